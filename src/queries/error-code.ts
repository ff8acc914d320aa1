const plain = /^[\w.-]{1,64}$/

/**
 * The code of a database's error: its `code`, otherwise `sqlState`, otherwise its name. Never the message, because messages quote
 * values.
 *
 * @example '23505', 'ER_DUP_ENTRY', 'ECONNREFUSED'
 */
export function queryErrorCode(error: unknown): string {
  for (const name of ['code', 'sqlState', 'name'] as const) {
    const text = memberOf(error, name)
    if (text !== undefined) return text
  }
  return 'Error'
}

// 08: the connection failed. 57P: the server is shutting down. The others are codes of Node and of the clients.
const severe = /^(?:08|57P|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH|PROTOCOL_|CONNECT)|TIMEOUT|Timeout/

/** True for a failure of the connection or of the server, false for one of the statement. */
export function isSevere(errorCode: string): boolean {
  return severe.test(errorCode)
}

function memberOf(error: unknown, name: 'code' | 'sqlState' | 'name'): string | undefined {
  try {
    const value = (error as Record<string, unknown> | null | undefined)?.[name]
    const text = typeof value === 'number' ? String(value) : value
    return typeof text === 'string' && plain.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
