// The forms in which a secret may stand in a text.

/** Says in which form a text has the secret; undefined if it does not. */
export type FindSecret = (text: string) => string | undefined

/** Makes the search for a secret: as it is, and encoded. Base64 is found inside of longer encoded text, too. */
export function secretFinder(secret: string): FindSecret {
  const inAnyCase = [...formsInAnyCase(secret)].map(([form, text]) => [form, text.toLowerCase()] as const)
  const exact = [...base64Forms(secret)]
  return (text) => {
    const lower = text.toLowerCase()
    const found = inAnyCase.find(([, one]) => lower.includes(one)) ?? exact.find(([, one]) => text.includes(one))
    return found?.[0]
  }
}

/** Upper, lower and swapped case are found with them. */
function* formsInAnyCase(secret: string): Iterable<readonly [form: string, text: string]> {
  const inJson = JSON.stringify(secret).slice(1, -1)
  const inUrl = encodeURIComponent(Buffer.from(secret).toString())
  yield ['as it is', secret]
  yield ['JSON-escaped', inJson]
  yield ['JSON-escaped twice', JSON.stringify(inJson).slice(1, -1)]
  yield ['JSON-escaped', unicodeEscaped(secret)]
  yield ['URL-encoded', inUrl]
  yield ['URL-encoded', inUrl.replaceAll('%20', '+')]
  yield ['URL-encoded', percentEncoded(secret)]
  yield ['in hex', Buffer.from(secret).toString('hex')]
}

/** `\u0070`: each character. */
function unicodeEscaped(secret: string): string {
  const units = Array.from({ length: secret.length }, (_, at) => secret.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** `%70`: each byte. */
function percentEncoded(secret: string): string {
  return [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/** A character of base64 has six bits, so the same bytes look different behind 0, 1 or 2 others: `user:secret`. */
function* base64Forms(secret: string): Iterable<readonly [form: string, text: string]> {
  const bytes = Buffer.from(secret)
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // Only characters whose bits are all of the secret.
    const whole = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    yield ['in base64', whole]
    yield ['in base64url', whole.replaceAll('+', '-').replaceAll('/', '_')]
  }
}
