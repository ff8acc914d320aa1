/** The rows that a result tells: of pg its `rowCount`, of a list its length, of mysql2 `affectedRows`. */
export function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length
  const { rowCount, affectedRows } = (result ?? {}) as { rowCount?: unknown; affectedRows?: unknown }
  if (typeof rowCount === 'number') return rowCount
  return typeof affectedRows === 'number' ? affectedRows : undefined
}
