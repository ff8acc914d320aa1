/** The maximum distance between a key and its value's sign, in characters. */
export const maxBefore = 80
const escapeLength = 6
/** A quote in a URL. */
export const encodedQuote = '%22'

/** The key of a value in a text. */
export interface KeyBefore {
  readonly name: string
  readonly quoted: boolean
  /** The text before the key. */
  readonly before: string
}

/** The key that ends at `end`: a quoted text (also with escaped quotes, as in JSON inside JSON), or a word. */
export function keyBefore(text: string, end: number, sign: string): KeyBefore | undefined {
  if (sign.toLowerCase() === '%3a') return encodedKeyBefore(text, end)
  const last = blanksBefore(text, end)
  const quote = text.charAt(last - 1)
  if (quote === '"' || quote === "'" || quote === '`') return quotedKeyBefore(text, end, last - 1, quote)
  return wordBefore(text, last)
}

/** The start of the blanks that end at `end`. */
function blanksBefore(text: string, end: number): number {
  const least = Math.max(0, end - maxBefore)
  let at = end
  while (at > least && isBlank(text.charCodeAt(at - 1))) at--
  return at
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0
}

function quotedKeyBefore(text: string, end: number, at: number, quote: string): KeyBefore {
  const near = text.slice(Math.max(0, end - maxBefore), at)
  const isEscaped = near.includes('\\u')
  const inside = isEscaped ? text.slice(Math.max(0, end - maxBefore * escapeLength), at) : near
  let last = inside.length
  while (last > 0 && last > inside.length - 8 && inside[last - 1] === '\\') last--
  const name = inside.slice(inside.lastIndexOf(quote, last - 1) + 1, last)
  return { name: isEscaped ? unescaped(name) : name, quoted: true, before: quote }
}

// In a URL, a colon follows a name only in JSON: `%22token%22%3A`.
function encodedKeyBefore(text: string, end: number): KeyBefore | undefined {
  return text.startsWith(encodedQuote, end - encodedQuote.length)
    ? wordBefore(text, end - encodedQuote.length)
    : undefined
}

/**
 * The word that ends at `end`, with percent-encoding decoded. An encoded character that cannot be in a name ends the
 * word.
 */
function wordBefore(text: string, end: number): KeyBefore | undefined {
  const least = Math.max(0, end - maxBefore)
  let at = end
  while (at > least) {
    if (isNameCode(text.charCodeAt(at - 1)) && !isEncodedAt(text, at - 3)) at--
    else if (at - 3 >= least && isEncodedAt(text, at - 3) && isNameCode(codeAt(text, at - 3))) at -= 3
    else break
  }
  if (at === end) return undefined
  return { name: decoded(text.slice(at, end)), quoted: false, before: text.charAt(at - 1) }
}

// Letters, digits, `_`, `.`, `-`, `[` and `]`.
function isNameCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 91) ||
    (code >= 48 && code <= 57) ||
    (code >= 45 && code <= 46) ||
    code === 95 ||
    code === 93
  )
}

/** True if `%` and two hexadecimal digits are at `at`. */
function isEncodedAt(text: string, at: number): boolean {
  return text.charCodeAt(at) === 37 && isHexCode(text.charCodeAt(at + 1)) && isHexCode(text.charCodeAt(at + 2))
}

function isHexCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

function codeAt(text: string, at: number): number {
  return Number.parseInt(text.slice(at + 1, at + 3), 16)
}

function unescaped(name: string): string {
  return name.replace(/\\{1,8}u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

// `decodeURIComponent` would throw at a character that was cut in two. Secret names are ASCII.
function decoded(name: string): string {
  if (!name.includes('%')) return name
  return name.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
