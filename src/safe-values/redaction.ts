import { type Secrecy, secrecyOf, wordsOf } from './secret-names.js'
import { withoutSecrets } from './secret-text.js'

/**
 * Built-in secret names. Their values never reach a line: at any depth, in any case, written with `-`, `_` or neither.
 */
export const secretKeys: readonly string[] = [
  'password',
  'passwd',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'api_key',
  'apikey',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'private_key',
  'application_password',
  'client_secret',
  'signature',
  'session',
  'credit_card',
  'cvv',
]

/** Decides which names are secret, hides secrets inside texts, and says which text replaces a secret. */
export interface Redaction {
  /** True if `key` is the name of a secret: a secret word stands anywhere in it (`userPassword`, `PGPASSWORD`). */
  hides(key: string): boolean
  /** True if numbers and booleans are hidden under `key` as well: under passwords, pins and card numbers. */
  hidesNumbers(key: string): boolean
  /** Returns `text` with its secrets replaced. `cut` is true if the end of `text` was cut off. */
  text(text: string, cut?: boolean): string
  /** The text that replaces a hidden value. */
  readonly replace: string
}

const maxRememberedKeys = 2_000
const maxRememberedLength = 128

/**
 * Makes the redaction that every line goes through.
 *
 * @param keys more secret names, beside the built-in ones; numbers and booleans are hidden under them too
 * @param replace the text that replaces a hidden value; default `[redacted]`
 */
export function redaction(keys: readonly string[] = [], replace = '[redacted]'): Redaction {
  const own = new Set(keys.map(plain))
  const judge = (key: string): Secrecy => (own.size > 0 && holdsOwn(key, own) ? 'hidden with numbers' : secrecyOf(key))
  const remembered = new Map<string, Secrecy>()
  const secrecy = (key: string): Secrecy => {
    const known = remembered.get(key)
    if (known !== undefined) return known
    const answer = judge(key)
    if (key.length > maxRememberedLength) return answer
    // Keys may come from callers: many different keys must not fill the memory.
    if (remembered.size >= maxRememberedKeys) remembered.clear()
    remembered.set(key, answer)
    return answer
  }
  const hides = (key: string): boolean => secrecy(key) !== 'shown'
  const hidesNumbers = (key: string): boolean => secrecy(key) === 'hidden with numbers'
  // Written out, because `...` takes a third of a microsecond for each text.
  const text = (text: string, cut = false): string => withoutSecrets(text, { hides, hidesNumbers, replace, cut })
  return { hides, hidesNumbers, replace, text }
}

function plain(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase()
}

const maxOwnWords = 8
const maxOwnLength = 256

/** True if `key` contains one of the service's own keys as whole words, also in the plural or with a number. */
function holdsOwn(key: string, own: ReadonlySet<string>): boolean {
  if (own.has(plain(key)) || own.has(plain(key).replace(/s?\d{0,3}$/, ''))) return true
  const parts = wordsOf(key.slice(-maxOwnLength))
  return parts.some((_, from) => {
    let joined = ''
    return parts.slice(from, from + maxOwnWords).some((part) => {
      joined += part
      return own.has(joined) || (joined.endsWith('s') && own.has(joined.slice(0, -1)))
    })
  })
}
