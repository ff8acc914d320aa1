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

/** Which keys hide their value, and what stands in its place. */
export interface Redaction {
  hides(key: string): boolean
  readonly replace: string
}

const mostKeysRemembered = 2_000

/**
 * The redaction by key that every line goes through.
 *
 * @param keys more keys to hide, beside `secretKeys`
 * @param replace what stands in place of a hidden value; default `[redacted]`
 */
export function redaction(keys: readonly string[] = [], replace = '[redacted]'): Redaction {
  const hidden = new Set([...secretKeys, ...keys].map(plain))
  const remembered = new Map<string, boolean>()
  return {
    replace,
    hides(key) {
      const known = remembered.get(key)
      if (known !== undefined) return known
      const answer = hidden.has(plain(key))
      // Keys may come from callers: a flood of new ones must not fill the memory.
      if (remembered.size < mostKeysRemembered) remembered.set(key, answer)
      return answer
    },
  }
}

function plain(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase()
}
