import { withoutCredentials } from './credentials.js'
import { encodedQuote, type KeyBefore, keyBefore, maxBefore } from './key-before.js'
import { withoutKeys, withoutPrivateKeys } from './secret-shapes.js'

/** The rules of `withoutSecrets`. */
export interface TextRules {
  hides(key: string): boolean
  /** True if numbers and booleans are hidden under `key` as well. */
  hidesNumbers(key: string): boolean
  readonly replace: string
  /** True if the end of the text was cut off: then a text at the end that begins like a secret is treated as one. */
  readonly cut: boolean
}

// Text with a named secret contains one of these; most text does not.
const suspicious = /[=:]|%3[ad]|<\/|bearer|basic/i
const shortestApplicationPassword = 29

/**
 * Replaces the secrets in `text`:
 *
 * - the userinfo of URLs
 * - the values of secret names, also percent-encoded once: `?token=…`, `"password":"…"`, `<password>…`, `Cookie: …`
 * - bearer and basic credentials, and WordPress application passwords
 * - the input that `JSON.parse` quotes in its message
 * - private keys, JWTs and the keys of well-known services, by their form
 *
 * Each search takes linear time: no pattern goes back over more than a fixed number of characters.
 */
export function withoutSecrets(text: string, rules: TextRules): string {
  // Application passwords contain spaces. They are replaced first, because the value of `password=` ends at a space.
  let out =
    text.length < shortestApplicationPassword
      ? text
      : text.replace(applicationPassword, (run) => (isProse(run) ? run : rules.replace))
  if (out.includes(notJson)) out = withoutQuotedInput(out, rules)
  out = withoutPrivateKeys(out, rules.replace)
  if (suspicious.test(out)) out = withoutNamedSecrets(out, rules)
  // Keys come last: a password may begin like a key and continue with characters that no key has.
  return withoutKeys(out, rules.replace)
}

function withoutNamedSecrets(text: string, rules: TextRules): string {
  let out = withoutCredentials(text, rules.replace)
  if (out.includes('://')) out = withoutUserinfo(out, rules)
  if (out.includes('</')) out = withoutSecretElements(out, rules)
  return withoutSecretMembers(out, rules)
}

// Six groups of four characters, as WordPress shows them. More groups are allowed, because the words before may have
// four letters too. Each repetition has a fixed length and starts at a space, so the search never goes back.
const applicationPassword = /(?<![A-Za-z0-9])[A-Za-z0-9]{4}(?:[ +\u00a0][A-Za-z0-9]{4}){5,}(?![A-Za-z0-9])/g

// In prose, words of four letters may follow one another too. Of 10^12 passwords, one has no digit and no capital like
// these.
function isProse(run: string): boolean {
  return !/\d|[A-Za-z][A-Z]/.test(run)
}

// V8 quotes at most about 40 characters: `Unexpected token 'h', ..."ssword": hunter2"... is not valid JSON`.
const notJson = ' is not valid JSON'
const maxQuoteLength = 120

function withoutQuotedInput(text: string, { replace }: TextRules): string {
  let out = ''
  let from = 0
  for (let end = text.indexOf(notJson); end >= 0; end = text.indexOf(notJson, end + 1)) {
    const begin = Math.max(from, end - maxQuoteLength)
    const before = text.slice(begin, end)
    const token = before.indexOf('Unexpected token ')
    const start = token >= 0 ? token : before.indexOf('"')
    if (start < 0) continue
    out += text.slice(from, begin + start) + replace
    from = end
  }
  return out + text.slice(from)
}

// The authority of a URL ends at a slash, so the next authority begins behind it.
function withoutUserinfo(text: string, { replace, cut }: TextRules): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3
    if (start < from) continue
    const end = userinfoEnd(text, start, cut)
    if (end < 0) continue
    out += text.slice(from, start) + replace
    from = end
  }
  return out + text.slice(from)
}

const authorityEnd = /[\s/?#"'<>\\`]/g
const urlEnd = /[\s"'<>\\`]/g
const maxUserinfoLength = 512

/** The end of the userinfo that begins at `start`: the index of its `@`, or -1 if there is no userinfo. */
function userinfoEnd(text: string, start: number, cut: boolean): number {
  const authority = text.slice(start, indexOf(authorityEnd, text, start))
  const at = authority.lastIndexOf('@')
  if (at >= 0) return start + at
  // A slash in a password makes a URL invalid, but such URLs are common. A port has digits only.
  const colon = authority.indexOf(':')
  if (colon < 0 || /^\d*$/.test(authority.slice(colon + 1))) return -1
  const rest = text.slice(start, start + maxUserinfoLength)
  const end = indexOf(urlEnd, rest, 0)
  const late = rest.slice(0, end).lastIndexOf('@')
  if (late >= 0) return start + late
  return cut && end === rest.length ? text.length : -1
}

function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

const openingTag = /<([\w.:-]{1,80})(?:\s[^<>]{0,200})?>/g
const cdata = '<![CDATA['

/** Replaces the texts of XML elements with a secret name. */
function withoutSecretElements(text: string, { hides, replace, cut }: TextRules): string {
  let out = ''
  let from = 0
  for (const found of text.matchAll(openingTag)) {
    const [tag, name] = found as unknown as [string, string]
    const start = found.index + tag.length
    if (start < from || !hides(name)) continue
    const next = text.indexOf('<', text.startsWith(cdata, start) ? start + cdata.length : start)
    const end = next < 0 && cut ? text.length : next
    if (end < 0 || (end < text.length && !text.startsWith(`</${name}`, end))) continue
    out += text.slice(from, start) + replace
    from = end
  }
  return out + text.slice(from)
}

/** Replaces the values of secret names: after `=` (query, form, configuration) and `:` (JSON, objects, headers). */
function withoutSecretMembers(text: string, rules: TextRules): string {
  let out = ''
  let hiddenTo = 0
  let overlapping = 0
  // The end of a line is searched once for all headers in it.
  let line = -1
  const lineEndFrom = (start: number): number => {
    if (start > line) line = indexOf(lineEnd, text, start)
    return line
  }
  assignment.lastIndex = 0
  for (let sought = assignment.exec(text); sought !== null && hiddenTo < text.length; sought = assignment.exec(text)) {
    const [sign] = sought
    const behind = sought.index + sign.length
    // A word inside a hidden word ends with the hidden word.
    if (behind < hiddenTo && (isEncoded(sign) || (sign === '=' && !isQuote(text, skipped(blanks, text, behind)))))
      continue
    const key = keyBefore(text, sought.index, sign)
    if (key === undefined) continue
    const isParameter = isSecretParameter(text, sought.index, behind, sign, key)
    if (!isParameter && !rules.hides(key.name)) continue
    const start = skipped(key.quoted && sign !== '=' ? spaces : blanks, text, behind)
    const found = valueAt(text, sign, start, start > behind, key, lineEndFrom, rules.hides)
    overlapping += start < hiddenTo ? (found.searched ?? 0) : 0
    // Quotes in quotes in quotes. To search each of them to its end would take more than linear time.
    const end = overlapping > text.length * maxOverlap ? text.length : found.end
    if (end <= start || isShownLiteral(text, start, end, key, rules)) continue
    if (start >= hiddenTo) out += text.slice(hiddenTo, start) + rules.replace
    hiddenTo = Math.max(hiddenTo, end)
    // A hidden value may itself contain a name whose value is longer: `token= password="…"`.
    assignment.lastIndex = found.isOpaque ? end : start
  }
  return out + text.slice(hiddenTo)
}

// Node shows a Map with `=>`. %3D and %3A are `=` and `:` in a URL that is a parameter of another URL.
const assignment = /(?<![=!<>])=(?!=)>?|:|%3[ad]/gi
const blanks = /[^\S\r\n]{0,8}/y
// In JSON, a value may be on the next line.
const spaces = /\s{0,64}/y

/** The end of the match of `pattern` at `at`. */
function skipped(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  pattern.test(text)
  return Math.max(at, pattern.lastIndex)
}

function isEncoded(sign: string): boolean {
  return sign.startsWith('%')
}

// Names that are secret in a query or form (OAuth 2, OIDC), and mean something else elsewhere: `code: 'ECONNREFUSED'`.
const parameterNames: ReadonlySet<string> = new Set(['code'])
const beforeParameter = /(?:[?&#]|%(?:3f|26|23))$/i
// The form of an error's code.
const errorCode = /^(?:[A-Z][A-Z0-9_]*|\d{1,5})(?![\w.~%/+-])/

/** True if `key` is a parameter of a query, or the first parameter of a form, that is secret there. */
function isSecretParameter(text: string, at: number, behind: number, sign: string, key: KeyBefore): boolean {
  if (!parameterNames.has(key.name) || (sign !== '=' && sign.toLowerCase() !== '%3d')) return false
  const start = at - key.name.length
  if (beforeParameter.test(text.slice(Math.max(0, start - 3), start))) return true
  return start === 0 && sign === '=' && !errorCode.test(text.slice(behind, behind + maxBefore))
}

const literal = /^(?:-?\d[\d.eE+-]*|true|false)$/
const maxLiteralLength = 40

/** True for a number or boolean in JSON under a name that hides only strings. */
function isShownLiteral(text: string, start: number, end: number, key: KeyBefore, rules: TextRules): boolean {
  if (!key.quoted || end - start > maxLiteralLength || !literal.test(text.slice(start, end))) return false
  return !rules.hidesNumbers(key.name)
}

const wordEnd = /[\s&;,"'<>(){}[\]|\\`]/g
const lineEnd = /[\r\n]/g

interface ValueAt {
  readonly end: number
  /** True if the value is not searched again: searching objects inside objects would take quadratic time. */
  readonly isOpaque?: boolean
  /** How many characters were searched for the end. */
  readonly searched?: number
}

/** How often the text may be searched for the ends of quotes that begin in a value which is hidden anyway. */
const maxOverlap = 4

const none: ValueAt = { end: -1 }

/** The end of the value of `key` that begins at `start`, after `sign` and perhaps spaces. */
function valueAt(
  text: string,
  sign: string,
  start: number,
  hasSpace: boolean,
  key: KeyBefore,
  lineEndFrom: (start: number) => number,
  hides: (key: string) => boolean,
): ValueAt {
  if (isEncoded(sign)) return encodedValue(text, start)
  if (sign === '=>' && !key.quoted) return none
  if (isQuote(text, start)) return quotedValue(text, start)
  if (sign === '=' || isValue(text, start, key)) return { end: indexOf(wordEnd, text, start) }
  if (key.quoted) return { end: nestedEnd(text, start), isOpaque: true }
  const isSubject = hides(lastWord(key.name)) || namedKey.test(key.name)
  if (isSubject && headerName.test(key.name)) return { end: headerEnd(text, start, key.before, lineEndFrom(start)) }
  // `password: try again` is prose. `password: hunter2` at the end of a line is a secret. `auth-service: ready` is
  // prose.
  if (!hasSpace) return none
  const end = lastWordEnd(text, start)
  return isSubject || end < 0 || !plainWord.test(text.slice(start, end)) ? { end } : none
}

const encodedEnd = /%(?:0[ad]|2[02367c]|3[bce]|5d|7d)|[\s&;,"'<>(){}[\]|\\`]/gi
const encodedQuoteEnd = /%22|[\s&;"'<>\\`]/g

function encodedValue(text: string, start: number): ValueAt {
  if (!text.startsWith(encodedQuote, start)) return { end: indexOf(encodedEnd, text, start) }
  return { end: indexOf(encodedQuoteEnd, text, start + encodedQuote.length) }
}

const lineEndNext = /[)}\]>,;]{0,4}[^\S\r\n]{0,8}[)}\]>,;]{0,4}(?:[\r\n"'`\\]|$)/y
// Words that programs write in place of a secret.
const saidOfSecrets = new Set(
  'undefined null true false none missing required empty expired invalid unknown revoked wrong'.split(' '),
)
const wordThenMore = /^(\w{0,20})(.*)$/s

/** True if a text is one of these words, or contains no word. */
function isSaidOfSecrets(text: string): boolean {
  const [, said = '', more = ''] = wordThenMore.exec(text) ?? []
  return (said === '' || saidOfSecrets.has(said.toLowerCase())) && !/\w/.test(more)
}

/** The end of the word that begins at `start`, if it is the last of its line; otherwise -1. */
function lastWordEnd(text: string, start: number): number {
  const end = indexOf(wordEnd, text, start)
  lineEndNext.lastIndex = end
  return lineEndNext.test(text) && !isSaidOfSecrets(text.slice(start, end)) ? end : -1
}

/** True for a number or a word in JSON. */
function isValue(text: string, start: number, key: KeyBefore): boolean {
  return key.quoted && !/[{[]/.test(text.charAt(start))
}

// If a quote opens before the header, the header ends at the closing quote: `curl -H "Cookie: …"`.
function headerEnd(text: string, start: number, before: string, end: number): number {
  const quote = /["'`]/.test(before) ? text.indexOf(before, start) : -1
  return quote >= 0 && quote < end ? quote : end
}

const namedKey = /key$/i
const plainWord = /^[A-Za-z]{1,40}$/

function lastWord(name: string): string {
  return name.split(/[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z])/).findLast((word) => word !== '') ?? ''
}

const headerName = /^(?:authorization|cookie|[A-Za-z0-9]{1,40}-[A-Za-z0-9-]{1,60})$/i

function isQuote(text: string, at: number): boolean {
  return /["'`]/.test(text.charAt(at + backslashes(text, at)))
}

function backslashes(text: string, at: number): number {
  let count = 0
  while (text[at + count] === '\\') count++
  return count
}

/** The value from its quote at `start` to the quote that closes it (with no more backslashes before it), else to the end. */
function quotedValue(text: string, start: number): ValueAt {
  const depth = backslashes(text, start)
  const quote = text.charAt(start + depth)
  let escapes = 0
  for (let at = start + depth + 1; at < text.length; at++) {
    if (text[at] === quote && escapes <= depth) return { end: at + 1, searched: at + 1 - start }
    escapes = text[at] === '\\' ? escapes + 1 : 0
  }
  return { end: text.length, searched: text.length - start }
}

/** The index behind the bracket that closes the bracket at `start`. */
function nestedEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') depth++
    if ((character === '}' || character === ']') && --depth === 0) return at + 1
  }
  return text.length
}
