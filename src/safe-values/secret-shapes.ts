// Keys that can be recognized by their form. Each row has the service, the beginnings of its keys, and the rest. Every
// rest has a fixed length, or takes as many characters as possible and needs no text behind it, so that the search is
// linear.
const keyShapes: readonly (readonly [of: string, prefixes: string, rest: string])[] = [
  // The secret key often follows the id directly.
  ['AWS', 'AKIA ASIA ABIA ACCA', '[A-Z0-9]{16}(?![A-Za-z0-9])(?:[\\s:,;]{1,3}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?'],
  ['Google', 'AIza', '[\\w-]{30,}'],
  ['Google OAuth', 'ya29.', '[\\w.-]{20,}'],
  ['Google OAuth clients', 'GOCSPX-', '[\\w-]{20,}'],
  ['GitHub', 'ghp_ gho_ ghu_ ghs_ ghr_', '\\w{20,}'],
  ['GitHub', 'github_pat_', '\\w{20,}'],
  ['GitLab', 'glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glimt- glagent- gloas- glffct-', '[\\w.-]{16,}'],
  ['Slack', 'xox', '[a-z]-[\\w-]{10,}'],
  ['Slack', 'xapp-', '[\\w-]{10,}'],
  ['npm', 'npm_', '[A-Za-z0-9]{30,}'],
  ['Stripe', 'sk_live_ sk_test_ rk_live_ rk_test_', '\\w{10,}'],
  ['Stripe webhooks', 'whsec_', '[A-Za-z0-9+/=]{16,}'],
  ['SendGrid', 'SG.', '[\\w-]{16,}\\.[\\w-]{16,}'],
  ['OpenAI', 'sk-', '[A-Za-z0-9]{20,}'],
  ['OpenAI, Anthropic', 'sk-proj- sk-svcacct- sk-admin- sk-ant- sk-or- sk-None-', '[\\w-]{16,}'],
  ['Hugging Face', 'hf_', '[A-Za-z0-9]{30,}'],
  ['Shopify', 'shpat_ shpca_ shppa_ shpss_', '[A-Fa-f0-9]{32}'],
  ['DigitalOcean', 'doo_v1_ dop_v1_ dor_v1_', '[a-f0-9]{40,}'],
  ['PyPI', 'pypi-', 'AgE[\\w-]{20,}'],
  // JSON Web Tokens, signed (three parts) and encrypted (five parts).
  ['JWT', 'eyJ', '[A-Za-z0-9]{5,}(?:\\.[\\w-]*){2,4}'],
]

const anyOf = (prefixes: readonly string[]): string => `(?:${prefixes.join('|').replaceAll('.', '\\.')})`
const allPrefixes = keyShapes.flatMap(([, prefixes]) => prefixes.split(' '))
const keys = new RegExp(
  `(?<![A-Za-z0-9])(?:${keyShapes.map(([, prefixes, rest]) => anyOf(prefixes.split(' ')) + rest).join('|')})`,
  'g',
)
// The shortest key: `xoxb-` and ten characters.
const minRun = 15

/** True if `text` may contain a key. This test is almost always false, and then replaces all other tests. */
export function mayHoldKey(text: string): boolean {
  return hasLongRun(text) && hasPrefix(text)
}

const prefixHere = new RegExp(anyOf(allPrefixes), 'y')
// The first two letters exclude almost all words.
const isStart = new Uint8Array(2 ** 14)
for (const prefix of allPrefixes) isStart[startAt(prefix, 0)] = 1

function startAt(text: string, at: number): number {
  return text.charCodeAt(at) * 128 + text.charCodeAt(at + 1)
}

/** True if keys of services begin with the character of this code. */
export function mayBeginKey(code: number): boolean {
  return allPrefixes.some((prefix) => prefix.charCodeAt(0) === code)
}

/** True if the word that starts at `at` begins like a key. */
export function beginsLikeKey(text: string, at: number): boolean {
  if (isStart[startAt(text, at)] !== 1) return false
  prefixHere.lastIndex = at
  return prefixHere.test(text)
}

function hasPrefix(text: string): boolean {
  let isInWord = false
  for (let at = 0; at < text.length; at++) {
    const isWord = isLetterOrDigit(text.charCodeAt(at))
    if (isWord && !isInWord && beginsLikeKey(text, at)) return true
    isInWord = isWord
  }
  return false
}

/**
 * True if 15 characters of keys follow one another. Most messages have shorter words. This loop is ten times faster
 * than a pattern.
 */
function hasLongRun(text: string): boolean {
  for (let start = 0; start + minRun <= text.length; ) {
    let at = start + minRun - 1
    while (at >= start && isKeyCode(text.charCodeAt(at))) at--
    if (at < start) return true
    start = at + 1
  }
  return false
}

// Letters, digits, `_`, `-` and `.`.
function isKeyCode(code: number): boolean {
  return isLetterOrDigit(code) || code === 95 || code === 45 || code === 46
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)
}

/** Replaces the keys in `text` that can be recognized by their form. */
export function withoutKeys(text: string, replace: string): string {
  return mayHoldKey(text) ? text.replace(keys, () => replace) : text
}

const privateKeyHead = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const privateKeyEnd = '-----END '
// A key that was cut off: base64, its headers, and line ends, also escaped ones.
const restOfKey = /[A-Za-z0-9+/=\s\\:,-]*/y

/** Replaces private keys in PEM (RFC 7468) in `text`, from the header to the footer. */
export function withoutPrivateKeys(text: string, replace: string): string {
  // A short pattern: for patterns of eight characters and more, V8 prepares a table, which takes longer than most
  // searches.
  if (!text.includes('-----')) return text
  let out = ''
  let from = 0
  let hasEnd = true
  for (const { index } of text.matchAll(privateKeyHead)) {
    if (index < from) continue
    const end: number = hasEnd ? text.indexOf(privateKeyEnd, index + 1) : -1
    hasEnd = end >= 0
    out += text.slice(from, index) + replace
    from = hasEnd ? endOfMark(text, end) : restEnd(text, index)
  }
  return out + text.slice(from)
}

const maxMark = 80

function endOfMark(text: string, start: number): number {
  const closing = text.slice(start + privateKeyEnd.length, start + maxMark).indexOf('-----')
  return closing < 0 ? restEnd(text, start) : start + privateKeyEnd.length + closing + '-----'.length
}

function restEnd(text: string, start: number): number {
  restOfKey.lastIndex = start
  restOfKey.test(text)
  return Math.max(start, restOfKey.lastIndex)
}
