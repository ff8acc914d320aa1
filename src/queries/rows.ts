/** The number of rows in a result: `rowCount` of pg, `affectedRows` of mysql2, or the length of a list. Undefined if unknown. */
export function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length
  const { rowCount, affectedRows } = (result ?? {}) as { rowCount?: unknown; affectedRows?: unknown }
  if (typeof rowCount === 'number') return rowCount
  return typeof affectedRows === 'number' ? affectedRows : undefined
}
