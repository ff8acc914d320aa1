/** A text as a literal of ClickHouse's SQL. For texts of our own; values of readers are bound as parameters. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A name of letters, digits and _ that does not begin with a digit: a database. */
export const databaseName: RegExp = /^[A-Za-z_]\w{0,62}$/

/** A table with its database. */
export function tableOf(database: string, table: string): string {
  if (!databaseName.test(database)) throw new TypeError('database: expected a name of letters, digits and _')
  return `\`${database}\`.\`${table}\``
}
