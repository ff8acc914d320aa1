/** What `withoutSecrets` goes by. */
export interface TextRules {
  hides(key: string): boolean
  readonly replace: string
  /** The end of the text was cut off: what begins like a secret and reaches the end is taken for one. */
  readonly cut: boolean
}

// All but the first two kinds of secrets hold one of these; most text holds none.
const suspicious = /[=:]|bearer|basic/i
const shortestApplicationPassword = 29

/**
 * `text` with the secrets replaced that stand in it: userinfo of URLs, values of secret keys (`?token=…`,
 * `"password":"…"`, `Authorization: …`), bearer and basic credentials, WordPress application passwords, and what
 * JSON.parse quotes of its input. Each search takes time linear in the text's length: no pattern can go back over more
 * than a fixed number of characters.
 */
export function withoutSecrets(text: string, rules: TextRules): string {
  // What has spaces in it goes first, because the value of `password=` ends at one.
  let out = text.length < shortestApplicationPassword ? text : text.replace(applicationPassword, () => rules.replace)
  if (out.includes(notJson)) out = withoutQuotedInput(out, rules)
  if (!suspicious.test(out)) return out
  out = withoutCredentials(out, rules)
  if (out.includes('://')) out = withoutUserinfo(out, rules)
  return withoutSecretMembers(out, rules)
}

// Six groups of four, as WordPress shows them; more groups, because the words before may have four letters, too. Each
// repeat has a fixed length and starts at a space, so that there is nothing to go back over.
const applicationPassword = /(?<![A-Za-z0-9])[A-Za-z0-9]{4}(?:[ +\u00a0][A-Za-z0-9]{4}){5,}(?![A-Za-z0-9])/g

// V8 quotes at most some 40 characters: `Unexpected token 'h', ..."ssword": hunter2"... is not valid JSON`.
const notJson = ' is not valid JSON'
const longestQuote = 120

function withoutQuotedInput(text: string, { replace }: TextRules): string {
  let out = ''
  let from = 0
  for (let end = text.indexOf(notJson); end >= 0; end = text.indexOf(notJson, end + 1)) {
    const begin = Math.max(from, end - longestQuote)
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
const longestUserinfo = 512

/** Where the userinfo ends that begins at `start`: at its `@`, or -1 if there is none. */
function userinfoEnd(text: string, start: number, cut: boolean): number {
  const authority = text.slice(start, indexOf(authorityEnd, text, start))
  const at = authority.lastIndexOf('@')
  if (at >= 0) return start + at
  // A password with a slash in it is no valid URL and yet often written; a port is digits only.
  const colon = authority.indexOf(':')
  if (colon < 0 || /^\d*$/.test(authority.slice(colon + 1))) return -1
  const rest = text.slice(start, start + longestUserinfo)
  const end = indexOf(urlEnd, rest, 0)
  const late = rest.slice(0, end).lastIndexOf('@')
  if (late >= 0) return start + late
  return cut && end === rest.length ? text.length : -1
}

function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? text.length
}

/** Values of secret keys: after `=` (query, form, configuration) and after `:` (JSON, inspected objects, headers). */
function withoutSecretMembers(text: string, rules: TextRules): string {
  let out = ''
  let hiddenTo = 0
  assignment.lastIndex = 0
  for (let found = assignment.exec(text); found !== null && hiddenTo < text.length; found = assignment.exec(text)) {
    const start = found.index + found[0].length
    const isWord = found[0].includes('=') && !isQuote(text, start)
    // A word inside a hidden word ends with it.
    if (isWord && start < hiddenTo) continue
    const key = keyBefore(text, found.index)
    if (key === undefined || !rules.hides(key.name)) continue
    const end = isWord ? indexOf(wordEnd, text, start) : memberEnd(text, start, key)
    if (end <= start) continue
    if (start >= hiddenTo) out += text.slice(hiddenTo, start) + rules.replace
    hiddenTo = Math.max(hiddenTo, end)
    // What was hidden may itself hold the key of something that goes further: `token= password="…"`. Not so objects and
    // headers; to look into them again and again would take quadratic time.
    assignment.lastIndex = isWord || isQuote(text, start) || isValue(text, start, key) ? start : end
  }
  return out + text.slice(hiddenTo)
}

const assignment = /(?:(?<![=!<>])=(?!=)|:) {0,2}/g
const mostBefore = 80

interface KeyBefore {
  readonly name: string
  readonly quoted: boolean
  /** What stands before the key. */
  readonly before: string
}

/** The key that ends at `end`: quoted (also with escaped quotes, as in JSON in JSON), or a word. */
function keyBefore(text: string, end: number): KeyBefore | undefined {
  const before = text.slice(Math.max(0, end - mostBefore), end).trimEnd()
  const quote = before.at(-1)
  if (quote === '"' || quote === "'" || quote === '`') {
    const inside = before.slice(0, -1).replace(/\\{1,8}$/, '')
    return { name: inside.slice(inside.lastIndexOf(quote) + 1), quoted: true, before: quote }
  }
  const name = before.match(/[\w.%[\]-]{1,80}$/)?.[0]
  if (name === undefined) return undefined
  return { name: decoded(name), quoted: false, before: before.charAt(before.length - name.length - 1) }
}

function decoded(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

const wordEnd = /[\s&;,"'<>(){}[\]|\\`]/g
const lineEnd = /[\r\n]/g

// `password: try again` is prose; a quoted key, a quoted value or a header's name makes it data.
function memberEnd(text: string, start: number, key: KeyBefore): number {
  if (isQuote(text, start)) return quotedEnd(text, start)
  if (isValue(text, start, key)) return indexOf(wordEnd, text, start)
  if (key.quoted) return nestedEnd(text, start)
  return headerName.test(key.name) ? headerEnd(text, start, key.before) : -1
}

/** A number or a word of JSON. */
function isValue(text: string, start: number, key: KeyBefore): boolean {
  return key.quoted && !/[{[]/.test(text.charAt(start))
}

// `curl -H "Cookie: …"`: where a quote opens before the header, it closes behind it.
function headerEnd(text: string, start: number, before: string): number {
  const end = indexOf(lineEnd, text, start)
  const quote = /["'`]/.test(before) ? text.indexOf(before, start) : -1
  return quote >= 0 && quote < end ? quote : end
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
function quotedEnd(text: string, start: number): number {
  const depth = backslashes(text, start)
  const quote = text.charAt(start + depth)
  let escapes = 0
  for (let at = start + depth + 1; at < text.length; at++) {
    if (text[at] === quote && escapes <= depth) return at + 1
    escapes = text[at] === '\\' ? escapes + 1 : 0
  }
  return text.length
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

const credentials = /(?<![A-Za-z0-9])(bearer|basic)(\s{1,4}|%20)([A-Za-z0-9._~+/=-]+)/gi
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

// Basic credentials are base64 of `user:password` (RFC 7617); a plain word after "basic" is none.
function isUserAndPassword(value: string): boolean {
  return Buffer.from(value, 'base64').includes(':')
}
