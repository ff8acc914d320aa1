/**
 * How a database system reads quotes and comments. Text whose meaning depends on a setting of the server, or on the system, is
 * not described here: the lexer withholds it.
 */
export interface Dialect {
  /** True if `"x"` is a string. In other dialects it is a name. */
  readonly doubleIsString: boolean
  /** True if `` `x` `` is a name. */
  readonly backtick: boolean
  /** True if `[x]` is a name. */
  readonly bracket: boolean
  /** True if `#` begins a comment. */
  readonly hash: boolean
  /** True if a comment may contain comments. */
  readonly nested: boolean
  /** True if `E'…'` is a string in which a backslash always escapes. */
  readonly e: boolean
  /** True if `--` begins a comment only before a space. */
  readonly dashNeedsSpace: boolean
  /** True if the system is unknown. All text that systems read differently is then withheld. */
  readonly unsure: boolean
}

const postgresql: Dialect = {
  doubleIsString: false,
  backtick: false,
  bracket: false,
  hash: false,
  nested: true,
  e: true,
  dashNeedsSpace: false,
  unsure: false,
}

const mysql: Dialect = {
  ...postgresql,
  doubleIsString: true,
  backtick: true,
  hash: true,
  nested: false,
  e: false,
  dashNeedsSpace: true,
}

const sqlite: Dialect = {
  ...postgresql,
  backtick: true,
  bracket: true,
  nested: false,
  e: false,
}

const sqlServer: Dialect = { ...sqlite, backtick: false, nested: true }

const unknown: Dialect = { ...mysql, e: true, dashNeedsSpace: false, unsure: true }

const dialects: ReadonlyMap<string, Dialect> = new Map([
  ['postgresql', postgresql],
  ['cockroachdb', postgresql],
  ['mysql', mysql],
  ['mariadb', mysql],
  ['sqlite', sqlite],
  ['microsoft.sql_server', sqlServer],
])

/** The dialect of a system, by OpenTelemetry's `db.system.name`. An unknown system gets the strictest dialect. */
export function dialectOf(system: string): Dialect {
  return dialects.get(system) ?? unknown
}
