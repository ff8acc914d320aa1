/**
 * The rows that a result tells: of pg its `rowCount`, of a list its length, of mysql2 `affectedRows`. Never throws: a result
 * is an object of the service, and reading it may fail.
 */
export function rowsOf(result: unknown): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined
  try {
    if (Array.isArray(result)) return result.length
    const { rowCount, affectedRows } = result as { rowCount?: unknown; affectedRows?: unknown }
    if (typeof rowCount === 'number') return rowCount
    return typeof affectedRows === 'number' ? affectedRows : undefined
  } catch {
    return undefined
  }
}
