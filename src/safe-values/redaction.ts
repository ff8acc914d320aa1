import { withoutSecrets } from './secret-text.js'

/** Keys whose values never reach a line, at any depth, in any case, written with `-`, `_` or neither. */
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

// Beside them, the other names that cookies and passwords go by in Node's world: express-session's `connect.sid`, the
// keys of AWS and Stripe, the fields of sign-up forms.
const alsoSecret: readonly string[] = [
  'session_id',
  'sid',
  'secret_key',
  'secret_access_key',
  'access_key',
  'passphrase',
  'pwd',
  'password_confirmation',
]

/** What is hidden, and what stands in its place. */
export interface Redaction {
  /**
   * Whether the value under `key` is hidden: a key is secret, or ends with the words of a secret one (`userPassword`),
   * also in the plural or numbered (`tokens`, `password1`).
   */
  hides(key: string): boolean
  /** `text` with the secrets hidden that stand in it; `cut` says that its end was cut off. */
  text(text: string, cut?: boolean): string
  /** What stands in place of a hidden value. */
  readonly replace: string
}

const mostKeysRemembered = 2_000
const longestKey = 128

/**
 * The redaction that every line goes through.
 *
 * @param keys more keys to hide, beside `secretKeys`
 * @param replace what stands in place of a hidden value; default `[redacted]`
 */
export function redaction(keys: readonly string[] = [], replace = '[redacted]'): Redaction {
  const hidden = new Set([...secretKeys, ...alsoSecret, ...keys].map(plain))
  const remembered = new Map<string, boolean>()
  const hides = (key: string): boolean => {
    const known = remembered.get(key)
    if (known !== undefined) return known
    // A secret word at the end of a long key counts, too.
    const end = key.slice(-longestKey)
    const answer = [plain(end), ...endings(end)].some((word) => hidden.has(word) || hidden.has(singular(word)))
    if (key.length > longestKey) return answer
    // Keys may come from callers: a flood of new ones must not fill the memory.
    if (remembered.size >= mostKeysRemembered) remembered.clear()
    remembered.set(key, answer)
    return answer
  }
  return { hides, replace, text: (text, cut = false) => withoutSecrets(text, { hides, replace, cut }) }
}

function plain(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase()
}

function singular(word: string): string {
  return word.replace(/s?\d{0,3}$/, '')
}

/** What a key of several words ends with: `userApiKey` → `userapikey`, `apikey`, `key`. */
function endings(key: string): string[] {
  const words = key.split(/[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z])/).filter((word) => word !== '')
  return words.map((_, from) => words.slice(from).join('').toLowerCase())
}
