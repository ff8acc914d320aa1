import type { ClickHouse } from './clickhouse-client.js'
import { recordColumns } from './record-columns.js'
import {
  createLines,
  createLinesView,
  createLogs,
  createRecords,
  createRecordsIn,
  createRecordsView,
  createTotals,
  createTotalsView,
  createVersion,
  type SchemaOptions,
  schemaVersion,
  tables,
} from './schema.js'
import { tableOf } from './sql-text.js'

/** The tables cannot be used; nothing was written or altered. The message says what to do. */
export class SchemaError extends Error {
  readonly code = 'ERR_SPOOR_CLICKHOUSE_SCHEMA'

  constructor(message: string) {
    super(message)
    this.name = 'SchemaError'
  }
}

/** Our tables of one version, and the way to it from each version before. */
export interface Schema {
  readonly version: number
  /** Statements that create what is missing, in their order. Each may run in several processes at once. */
  readonly create: (options: SchemaOptions) => readonly string[]
  /** Statements that lead to a version from the one before. Each may run in several processes at once, and again. */
  readonly migrations: Readonly<Record<number, (options: SchemaOptions) => readonly string[]>>
}

/** The schema of this version of Spoor. */
export const schema: Schema = {
  version: schemaVersion,
  create: (options) =>
    [
      createVersion,
      createLogs,
      createLines,
      createTotals,
      createTotalsView,
      createLinesView,
      createRecords,
      createRecordsIn,
      createRecordsView,
    ].map((create) => create(options)),
  migrations: {},
}

// The columns that we write or read, and types that hold them. `otel_logs` may be that of an older collector.
const columns: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  [tables.logs]: {
    Timestamp: /^DateTime64\(/,
    TraceId: /String/,
    SpanId: /String/,
    SeverityText: /String/,
    SeverityNumber: /^U?Int/,
    ServiceName: /String/,
    Body: /String/,
    ResourceAttributes: /^Map\(.*String\)$/,
    ScopeName: /String/,
    LogAttributes: /^Map\(.*String\)$/,
  },
  [tables.lines]: { service: /^String$/, host: /^String$/, pid: /^String$/, batch: /^String$/, lines: /^String$/ },
  [tables.records]: Object.fromEntries([
    ...recordColumns.map(({ name }) => [name, /./]),
    ['record', /^String/],
    ['revision', /^UInt64$/],
  ]),
  [tables.recordsIn]: { record: /^String$/, readable: /^String$/, revision: /^UInt64$/ },
  [tables.totals]: { minute: /^DateTime/, account: /String/, route: /String/, requests: /UInt64/ },
  [tables.version]: { version: /^UInt32$/ },
}

interface Found {
  readonly table: string
  readonly name: string
  readonly type: string
}

/**
 * Makes the tables fit for this version: creates what is missing, and migrates what is older. Several processes may do so at once.
 *
 * @throws SchemaError if the tables are of a newer version, or others have their names; then nothing is altered
 */
export async function prepareSchema(
  clickHouse: ClickHouse,
  options: SchemaOptions,
  of: Schema = schema,
): Promise<void> {
  const { database } = options
  const known = await clickHouse.rows('SELECT 1 FROM system.databases WHERE name = {database:String}', { database })
  if (known.length === 0) await clickHouse.run(`CREATE DATABASE IF NOT EXISTS \`${database}\``)
  const found = await clickHouse.rows<Found>(
    'SELECT table, name, type FROM system.columns WHERE database = {database:String} AND table IN {tables:Array(String)}',
    { database, tables: Object.values(tables) },
  )
  // Before it is asked for the version: the table may be that of another program.
  checkColumns(database, found, [tables.version])
  const before = found.some(({ table }) => table === tables.version) ? await versionOf(clickHouse, database) : 0
  if (before > of.version) {
    throw new SchemaError(
      `database ${database}: its tables have version ${before}, and this version of Spoor knows version ${of.version}; update Spoor in this service`,
    )
  }
  // Tables of an older version lack columns that a migration adds.
  if (before === 0 || before === of.version) checkColumns(database, found)
  for (const statement of of.create(options)) await clickHouse.run(statement)
  if (before === of.version) return
  if (before > 0) {
    for (let version = before + 1; version <= of.version; version++) {
      for (const statement of of.migrations[version]?.(options) ?? []) await clickHouse.run(statement)
    }
  }
  await clickHouse.run(`INSERT INTO ${tableOf(database, tables.version)} (version) VALUES (${of.version})`)
}

async function versionOf(clickHouse: ClickHouse, database: string): Promise<number> {
  const [row] = await clickHouse.rows<{ version: number }>(
    `SELECT max(version) AS version FROM ${tableOf(database, tables.version)}`,
  )
  return Number(row?.version ?? 0)
}

function checkColumns(database: string, found: readonly Found[], names = Object.keys(columns)): void {
  for (const table of names) {
    const types = new Map(found.filter((one) => one.table === table).map(({ name, type }) => [name, type]))
    if (types.size === 0) continue
    for (const [name, pattern] of Object.entries(columns[table] ?? {})) {
      const type = types.get(name)
      if (type !== undefined && pattern.test(type)) continue
      const got = type === undefined ? 'no such column' : `type ${type}`
      throw new SchemaError(
        `table ${database}.${table}: expected the column ${name}, got ${got}; rename that table, or name another database in the option database`,
      )
    }
  }
}
