/** What happens to the value of a name: shown; hidden, except numbers and booleans; hidden. */
export type Secrecy = 'shown' | 'hidden' | 'hidden with numbers'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

// All words of the default lists of Rails, Sentry and Laravel, and the parameters of OAuth 2, OIDC, SAML and CAS.
// Plurals count too. docs/redaction.md lists the words of this file.
const secretWords = words(
  'password passwd passwort kennwort contrasena senha wachtwoord passphrase passcode mnemonic seedphrase passwords pass pwd pw pswd secret token bearer auth authorization oauth ' +
    'cookie session sess sid phpsessid jsessionid sessid credential cred signature sig hmac jwt csrf xsrf crypt ' +
    'crypted encrypted bcrypt salt certificate otp totp hotp mfa pin ssn cvv cvc csc card creditcard cardnumber ' +
    'verifier assertion samlresponse samlrequest samlart relaystate apikey privatekey',
)

// Under these words, numbers and booleans are secrets too. Under the other words, they are counts, flags and times.
const numericWords = words(
  'password passwd passwort passphrase passcode pwd pw pswd otp totp hotp pin ssn cvv cvc csc card creditcard cardnumber',
)

// Secret only as the whole name: inside longer names, these words mean something else.
const secretNames = words(
  'accesstoken refreshtoken idtoken clientsecret setcookie proxyauthorization ticket samlresponse samlrequest samlart relaystate phpauthpw connectsid pgtiou pgtid',
)

// `key` is secret after one of these words, separate or written together (`AccountKey`, `accountkey`).
const keyWords = words(
  'api access private secret account encryption decryption signing sign shared master auth crypto cipher hmac ssh ssl ' +
    'tls rsa gpg pgp aes app application client consumer deploy license licence service server storage subscription ' +
    'functions function webhook session security recovery admin root integration stripe sendgrid openai aws azure ' +
    'google gcp github gitlab slack npm twilio mailgun sentry datadog symmetric host instrumentation',
)

const codeWords = words(
  'authorization authorisation security auth oauth device user verification otp pin recovery backup mfa 2fa sms factor',
)

// Words that no ordinary word contains. They also count inside a longer word (`PGPASSWORD`).
const glued =
  /passw|passphrase|passcode|pwd|secret(?!ar|e[ds]?$|es|i|ly|or)|credential(?!ed$|ing$)|authorization|signature|jwt|csrf|xsrf|cvv|creditcard|cardnumber|sessid|sessionid|connectsid|(?:api|access|private|secret|account|encryption|decryption|signing|shared|master|auth|license|storage|subscription|client|service|session|ssh|app)keys?$|privkey|tokens?$|cookies?$|(?:db|user|usr|my|mysql|pg|postgres|smtp|imap|mail|root|admin|ftp|ssh|redis|mongo|proxy|http|wp|ldap|ssl|tls)(?:pass|pw)$|(?:user|php|asp|web)session|(?:access|auth|csrf|refresh|id|session|api)token|(?:auth|device)code$|(?:oauth|code)verifier|cookiesecret|(?:set|http|session)cookie/

const gluedNumeric = /passw|passphrase|passcode|pwd|cvv|creditcard|cardnumber/

// A name that ends with one of these words describes a secret and does not contain it: `token_type`,
// `passwordChangedAt`, `sessionCount`.
const aboutSecrets = words(
  'type types kind count counts total length len size limit ttl expiry expires expiration expired lifetime timeout ' +
    'policy strength required enabled disabled endpoint at in seconds ms age attempts retries method methods status ' +
    'exists present alg algorithm issuer provider strategy scheme realm domain version format brand last4 rate title color colour error',
)

// Words for tokens that are counted (language models), and for tokens that name a place in a list.
const countedTokens = words(
  'total max maximum min minimum prompt completion input output reasoning thinking cached cache audio text image used remaining ' +
    'consumed billed num number per count counts usage limit budget prediction accepted rejected generated estimated ' +
    'avg average context details length',
)
const tokensOfPages = words('page next previous prev continuation pagination sync resume cursor scroll skip')
const idOf = words('key certificate card credential')

// Every secret name matches this pattern, so most names need only this one test.
const mayBeSecret =
  /pass|pwd|pw|pswd|secret|token|bearer|auth|cookie|sess|sid|cred|signature|sig|hmac|jwt|csrf|xsrf|crypt|salt|cert|otp|mfa|pin|ssn|cv[vc]|csc|card|verifier|assertion|saml|relay|ticket|pgt|key|code|wort|woord|contras|senha|mnemonic|phrase/i

// The boundaries between words: characters other than letters and digits, and those in `userName`, `DBPass`,
// `PGpassword2`.
const wordBoundary =
  /[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)/

const maxName = 256

/** Decides whether a name is the name of a secret, in time linear in its length. */
export function secrecyOf(written: string): Secrecy {
  const name = withoutAccents(written)
  if (!mayBeSecret.test(name)) return 'shown'
  if (name.length > maxName) return secrecyOfLong(name)
  const parts = wordsOf(name)
  const plain = parts.join('')
  if (secretNames.has(plain)) return 'hidden'
  const last = parts.findLast((word) => !/^\d/.test(word)) ?? ''
  if (aboutSecrets.has(last) || (last === 'name' && parts.length > 1)) return 'shown'
  if (last === 'id' && idOf.has(singular(parts.at(-2) ?? ''))) return 'shown'
  const secret = parts.filter((word, at) => isSecretWord(word, at, parts))
  if (secret.length === 0 && !isGluedAcross(plain)) return 'shown'
  const isNumeric = secret.some((word) => numericWords.has(singular(word)) || gluedNumeric.test(word))
  return isNumeric || gluedNumeric.test(plain) ? 'hidden with numbers' : 'hidden'
}

const outsideAscii = /[^\0-\x7f]/

/** `contraseña` → `contrasena`. Letters of full width become plain letters, too. */
function withoutAccents(name: string): string {
  return outsideAscii.test(name) ? name.normalize('NFKD').replace(/\p{M}+/gu, '') : name
}

// Names of this length are texts of callers. Both ends are checked like names, and the rest only for unusual words.
function secrecyOfLong(name: string): Secrecy {
  const whole = name.toLowerCase()
  if (gluedNumeric.test(whole)) return 'hidden with numbers'
  const ends = [secrecyOf(name.slice(-maxName)), secrecyOf(name.slice(0, maxName))]
  return ends.find((secrecy) => secrecy !== 'shown') ?? (glued.test(whole) ? 'hidden' : 'shown')
}

/** The words of a name in lower case: `userApiKey`, `USER_API_KEY` → `user`, `api`, `key`. */
export function wordsOf(name: string): string[] {
  return name
    .split(wordBoundary)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

function isSecretWord(word: string, at: number, parts: readonly string[]): boolean {
  const one = singular(word)
  if (one === 'token' || glueOfToken.test(word)) return !isHarmlessToken(word, at, parts)
  if (secretWords.has(word) || secretWords.has(one)) return true
  const before = parts[at - 1] ?? ''
  if (one === 'key') return keyWords.has(before)
  if (one === 'code') return codeWords.has(before)
  return glued.test(word)
}

const glueOfToken = /tokens?$/

/** True for tokens that are not secret: `total_tokens`, `tokenCount`, `nextPageToken`. */
function isHarmlessToken(word: string, at: number, parts: readonly string[]): boolean {
  if (tokensOfPages.has(parts[at - 1] ?? '')) return true
  const isCounted = parts.some((part) => countedTokens.has(part))
  return word.endsWith('s') ? isCounted : parts.length > at + 1 && countedTokens.has(parts[at + 1] ?? '')
}

// True if the name without its boundaries is a secret word: `DbPassWord`, `pass_word` and `tOKEN`.
function isGluedAcross(plain: string): boolean {
  return (
    secretWords.has(plain) ||
    secretWords.has(singular(plain)) ||
    /passw(?:or)?d|passphrase|passcode|apikeys?$|creditcard/.test(plain)
  )
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word
}
