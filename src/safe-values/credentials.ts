const credentials = /(?<![A-Za-z0-9])(bearer|basic)((?:\s{1,4}|%20)(?:\\{0,8}["'`])?)([A-Za-z0-9._~+/=-]+)/gi
// Words that follow "bearer" or "basic" in prose.
const prose = new Set(
  (
    'a and auth authentication authorization credentials error for from header headers in is must not of or prefix ' +
    'realm required scheme the to token tokens was with'
  ).split(' '),
)

/** Replaces bearer and basic credentials in a text (RFC 6750, RFC 7617). In time linear in its length. */
export function withoutCredentials(text: string, replace: string): string {
  return text.replace(credentials, (all, scheme: string, space: string, value: string) => {
    const isSecret = scheme.toLowerCase() === 'basic' ? isUserAndPassword(value) : !prose.has(word(value))
    return isSecret ? `${scheme}${space}${replace}` : all
  })
}

function word(value: string): string {
  return value.replace(/[.=-]{1,3}$/, '').toLowerCase()
}

// Basic credentials are base64 of `user:password` (RFC 7617). Any other text after "basic" is prose.
function isUserAndPassword(value: string): boolean {
  return Buffer.from(value, 'base64').includes(':')
}
