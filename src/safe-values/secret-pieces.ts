import type { Redaction } from './redaction.js'
import { textNamesSecret } from './secret-places.js'
import { readOrUndefined } from './value-kinds.js'

/** A text is searched for secrets up to this length. */
export const maxSearched = 8_192
const maxJson = 65_536
const maxJsonEnd = 16
const maxName = 40

/** True if the message of an error may quote secrets that can be recognized only by their names beside them. */
export function mayQuoteSecrets(message: string, redaction: Redaction): boolean {
  if (!/["'`[{]/.test(message)) return false
  const read = message.slice(0, maxSearched)
  return endsAsJson(read) || message.length > maxSearched || quotedSecrets(read, redaction).length > 0
}

/** The secrets in a text; in the text of an error also the values that are quoted beside the name of a secret. */
export function secretPieces(text: string, redaction: Redaction, isInError: boolean): string[] {
  const read = text.slice(0, maxSearched)
  const pieces = hiddenPieces(read, redaction.text(read), redaction.replace)
  return isInError ? [...pieces, ...quotedSecrets(read, redaction)] : pieces
}

/** The JSON at the end of a text. The errors of zod and of GraphQL clients have messages that are JSON, or end with JSON. */
export function jsonAtEnd(text: string): object | undefined {
  const start = text.search(/[[{]/)
  if (start < 0 || text.length > maxJson || !endsAsJson(text)) return undefined
  const json = readOrUndefined(() => JSON.parse(text.slice(start)) as unknown)
  return typeof json === 'object' && json !== null ? json : undefined
}

function endsAsJson(text: string): boolean {
  return /[\]}]\s*$/.test(text.slice(-maxJsonEnd))
}

const quoted = /(["'`])((?:(?!\1)[^\r\n]){1,256})\1/g
const saysValue = /(?:\b(?:values?|entry|received|got|input|given)|[(=:])[ :="'`(]{0,4}$/i
const maxBetween = 80

/** The values that a message quotes beside the quoted name of a secret: `"password" with value "x" fails`. */
function quotedSecrets(text: string, redaction: Redaction): string[] {
  const found = [...text.matchAll(quoted)].map((match) => ({
    text: match[2] as string,
    start: match.index,
    end: match.index + match[0].length,
  }))
  const isValue = (at: number): boolean => {
    const one = found[at]
    return one !== undefined && saysValue.test(text.slice(Math.max(0, one.start - 16), one.start))
  }
  const near = (one: number, other: number): boolean => {
    const [first, second] = [found[Math.min(one, other)], found[Math.max(one, other)]]
    return first !== undefined && second !== undefined && second.start - first.end <= maxBetween
  }
  const beside = found.filter(({ start, end }) => isBesideBareName(text, start, end, redaction)).map(({ text }) => text)
  const named = found.flatMap((name, at) => {
    if (name.text.length > maxName * 2 || !textNamesSecret(name.text, redaction)) return []
    return [at - 1, at + 1]
      .filter((other) => isValue(other) && near(at, other))
      .map((other) => found[other]?.text ?? '')
  })
  return [...named, ...beside.filter((value) => !redaction.hides(value))]
}

const bareNameBefore = /(?:^|[^\w-])([A-Za-z][\w-]{1,40})(?: (?:is|was)|:| =|=)? ?$/
const maxBare = 48

/** True if a name without quotes is beside the value: `invalid password 'x'`, `"x" is not a valid password`. */
function isBesideBareName(text: string, start: number, end: number, redaction: Redaction): boolean {
  const before = bareNameBefore.exec(text.slice(Math.max(0, start - maxBare), start))?.[1]
  if (before !== undefined && redaction.hides(before)) return true
  const after = text.slice(end, end + maxBare)
  if (!/^ (?:is|was|does|must|has|fails|cannot) /.test(after)) return false
  // Behind a value, only names of passwords count: `"users" is not a valid token` contains no secret.
  return after.split(/[^\w-]+/).some((word) => word !== '' && redaction.hidesNumbers(word))
}

/** The pieces of `text` that `redaction` hid. They are found between the texts that are left in `safe`. */
function hiddenPieces(text: string, safe: string, replace: string): string[] {
  if (safe === text || replace === '') return []
  const left = safe.split(replace)
  const pieces: string[] = []
  let at = (left[0] as string).length
  if (!text.startsWith(left[0] as string)) return []
  for (const next of left.slice(1)) {
    const end = next === '' ? text.length : text.indexOf(next, at)
    if (end < 0) return pieces
    pieces.push(text.slice(at, end))
    at = end + next.length
  }
  return pieces.flatMap((piece) => [piece, ...parts(piece)]).filter((piece) => !plainWord.test(piece))
}

// A short word is often not the secret but a word of the sentence: `password: Path is required`.
const plainWord = /^(?:.{0,3}|[A-Za-z]?[a-z]{1,7})$/s

// The quotes of a hidden value may be hidden too. Userinfo is a user and a password.
function parts(piece: string): string[] {
  const bare = piece.replace(/^\\{0,8}["'`]|\\{0,8}["'`@]$/g, '')
  const colon = bare.indexOf(':')
  const all = colon < 0 ? [bare] : [bare, bare.slice(colon + 1).replace(/@$/, '')]
  return all.filter((part) => part !== piece && part.length >= 4)
}
