import { encodedQuote, type KeyBefore, keyBefore, maxBefore } from './key-before.js'
import { withoutKeys, withoutPrivateKeys } from './secret-shapes.js'

/** What `withoutSecrets` goes by. */
export interface TextRules {
  hides(key: string): boolean
  /** Whether numbers and booleans are hidden under `key` as well. */
  hidesNumbers(key: string): boolean
  readonly replace: string
  /** The end of the text was cut off: what begins like a secret and reaches the end is taken for one. */
  readonly cut: boolean
}

// Secrets that are told by what stands before them have one of these there; most text has none.
const suspicious = /[=:]|%3[ad]|<\/|bearer|basic/i
const shortestApplicationPassword = 29

/**
 * `text` with the secrets replaced that stand in it: userinfo of URLs, values of secret keys (`?token=…`,
 * `"password":"…"`, `<password>…</password>`, `Authorization: …`; one level of percent-encoding is seen through), bearer and basic credentials, WordPress application passwords, and what
 * JSON.parse quotes of its input; private keys, JWTs and the keys of well-known services by their looks. Each search takes time linear in the text's length: no pattern can go back over more
 * than a fixed number of characters.
 */
export function withoutSecrets(text: string, rules: TextRules): string {
  // What has spaces in it goes first, because the value of `password=` ends at one.
  let out =
    text.length < shortestApplicationPassword
      ? text
      : text.replace(applicationPassword, (run) => (isProse(run) ? run : rules.replace))
  if (out.includes(notJson)) out = withoutQuotedInput(out, rules)
  out = withoutPrivateKeys(out, rules.replace)
  if (suspicious.test(out)) out = withoutNamedSecrets(out, rules)
  // Last: a password may begin like a key and go on where no key would.
  return withoutKeys(out, rules.replace)
}

function withoutNamedSecrets(text: string, rules: TextRules): string {
  let out = withoutCredentials(text, rules)
  if (out.includes('://')) out = withoutUserinfo(out, rules)
  if (out.includes('</')) out = withoutSecretElements(out, rules)
  return withoutSecretMembers(out, rules)
}

// Six groups of four, as WordPress shows them; more groups, because the words before may have four letters, too. Each
// repeat has a fixed length and starts at a space, so that there is nothing to go back over.
const applicationPassword = /(?<![A-Za-z0-9])[A-Za-z0-9]{4}(?:[ +\u00a0][A-Za-z0-9]{4}){5,}(?![A-Za-z0-9])/g

// Words of four letters stand in a row in prose, too. Of 10^12 passwords one has no digit and no capital like these.
function isProse(run: string): boolean {
  return !/\d|[A-Za-z][A-Z]/.test(run)
}

// V8 quotes at most some 40 characters: `Unexpected token 'h', ..."ssword": hunter2"... is not valid JSON`.
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

// The authority of a URL ends at a slash, so that the next one begins behind it.
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

/** Where the userinfo ends that begins at `start`: at its `@`, or -1 if there is none. */
function userinfoEnd(text: string, start: number, cut: boolean): number {
  const authority = text.slice(start, indexOf(authorityEnd, text, start))
  const at = authority.lastIndexOf('@')
  if (at >= 0) return start + at
  // A URL is invalid with a slash in its password, and yet often written so. A port is digits only.
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

/** Texts of XML elements with a secret name. */
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

/** Values of secret keys: after `=` (query, form, configuration) and after `:` (JSON, inspected objects, headers). */
function withoutSecretMembers(text: string, rules: TextRules): string {
  let out = ''
  let hiddenTo = 0
  let overlapping = 0
  // Many headers in one line search for its end once.
  let line = -1
  const lineEndFrom = (start: number): number => {
    if (start > line) line = indexOf(lineEnd, text, start)
    return line
  }
  assignment.lastIndex = 0
  for (let sought = assignment.exec(text); sought !== null && hiddenTo < text.length; sought = assignment.exec(text)) {
    const [sign] = sought
    const behind = sought.index + sign.length
    // A word inside a hidden word ends with it.
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
    // What was hidden may itself hold the key of something that goes further: `token= password="…"`.
    assignment.lastIndex = found.isOpaque ? end : start
  }
  return out + text.slice(hiddenTo)
}

// `=>` is how Node shows a Map; %3D and %3A are `=` and `:` in a URL that is a parameter of another.
const assignment = /(?<![=!<>])=(?!=)>?|:|%3[ad]/gi
const blanks = /[^\S\r\n]{0,8}/y
// In JSON a value may stand on the next line.
const spaces = /\s{0,64}/y

/** Where what `pattern` takes at `at` ends. */
function skipped(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  pattern.test(text)
  return Math.max(at, pattern.lastIndex)
}

function isEncoded(sign: string): boolean {
  return sign.startsWith('%')
}

// Secrets in a query or form (OAuth 2, OIDC), and something else elsewhere: `code: 'ECONNREFUSED'`.
const parameterNames: ReadonlySet<string> = new Set(['code'])
const beforeParameter = /(?:[?&#]|%(?:3f|26|23))$/i
// What errors give for a code.
const errorCode = /^(?:[A-Z][A-Z0-9_]*|\d{1,5})(?![\w.~%/+-])/

/** Whether `key` is a parameter of a query, or the first of a form, that is a secret there. */
function isSecretParameter(text: string, at: number, behind: number, sign: string, key: KeyBefore): boolean {
  if (!parameterNames.has(key.name) || (sign !== '=' && sign.toLowerCase() !== '%3d')) return false
  const start = at - key.name.length
  if (beforeParameter.test(text.slice(Math.max(0, start - 3), start))) return true
  return start === 0 && sign === '=' && !errorCode.test(text.slice(behind, behind + maxBefore))
}

const literal = /^(?:-?\d[\d.eE+-]*|true|false)$/
const maxLiteralLength = 40

/** A number or boolean of JSON whose name hides texts only. */
function isShownLiteral(text: string, start: number, end: number, key: KeyBefore, rules: TextRules): boolean {
  if (!key.quoted || end - start > maxLiteralLength || !literal.test(text.slice(start, end))) return false
  return !rules.hidesNumbers(key.name)
}

const wordEnd = /[\s&;,"'<>(){}[\]|\\`]/g
const lineEnd = /[\r\n]/g

interface ValueAt {
  readonly end: number
  /** Not to be looked into again: to do so for objects in objects would take quadratic time. */
  readonly isOpaque?: boolean
  /** How many characters were searched for the end. */
  readonly searched?: number
}

/** How often the text may be searched for the ends of quotes that begin in a value which is hidden anyway. */
const maxOverlap = 4

const none: ValueAt = { end: -1 }

/** Where the value of `key` ends that begins at `start`, behind `sign` and perhaps space. */
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
  // `password: try again` is prose, `password: hunter2` at the end of a line is data; `auth-service: ready` is prose too.
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
// What programs say of a secret that they do not show.
const saidOfSecrets = new Set(
  'undefined null true false none missing required empty expired invalid unknown revoked wrong'.split(' '),
)
const wordThenMore = /^(\w{0,20})(.*)$/s

/** Whether a text is such a word, or no word at all. */
function isSaidOfSecrets(text: string): boolean {
  const [, said = '', more = ''] = wordThenMore.exec(text) ?? []
  return (said === '' || saidOfSecrets.has(said.toLowerCase())) && !/\w/.test(more)
}

/** Where the word ends that begins at `start` and is the last of its line; -1 for any other. */
function lastWordEnd(text: string, start: number): number {
  const end = indexOf(wordEnd, text, start)
  lineEndNext.lastIndex = end
  return lineEndNext.test(text) && !isSaidOfSecrets(text.slice(start, end)) ? end : -1
}

/** A number or a word of JSON. */
function isValue(text: string, start: number, key: KeyBefore): boolean {
  return key.quoted && !/[{[]/.test(text.charAt(start))
}

// `curl -H "Cookie: …"`: where a quote opens before the header, it closes behind it.
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

/** Behind the quote that closes the one at `start`: as many backslashes before it or fewer; else the end of the text. */
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

/** Behind the bracket that closes the one at `start`, whatever stands between. */
function nestedEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') depth++
    if ((character === '}' || character === ']') && --depth === 0) return at + 1
  }
  return text.length
}

const credentials = /(?<![A-Za-z0-9])(bearer|basic)((?:\s{1,4}|%20)(?:\\{0,8}["'`])?)([A-Za-z0-9._~+/=-]+)/gi
// What follows the word in prose about it.
const prose = new Set(
  (
    'a and auth authentication authorization credentials error for from header headers in is must not of or prefix ' +
    'realm required scheme the to token tokens was with'
  ).split(' '),
)

function withoutCredentials(text: string, { replace }: TextRules): string {
  return text.replace(credentials, (all, scheme: string, space: string, value: string) => {
    const isSecret = scheme.toLowerCase() === 'basic' ? isUserAndPassword(value) : !prose.has(word(value))
    return isSecret ? `${scheme}${space}${replace}` : all
  })
}

function word(value: string): string {
  return value.replace(/[.=-]{1,3}$/, '').toLowerCase()
}

// Basic credentials are base64 of `user:password` (RFC 7617); a plain word after "basic" is something else.
function isUserAndPassword(value: string): boolean {
  return Buffer.from(value, 'base64').includes(':')
}
