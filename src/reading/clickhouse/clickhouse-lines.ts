import { tables } from '../../records/clickhouse/schema.js'
import type { LineSource } from '../line-source.js'
import type { LogFileHealth } from '../reading.js'
import { LiveTable } from './live-table.js'
import { Tables, type TablesOptions } from './reading-client.js'
import { tablePage } from './table-page.js'
import { tableRows } from './table-rows.js'
import { TableSearch } from './table-search.js'
import { tableTop, tableTotals } from './table-totals.js'

/** Where lines are, and how they are read. */
export interface ClickhouseLinesOptions extends TablesOptions {
  /** Whether following keeps the process alive. Default: false. */
  readonly keepsAlive?: boolean | undefined
}

/** The lines of `otel_logs` in ClickHouse. Closing it ends live lines, and leaves the client open. */
export function clickhouseSource({ keepsAlive = false, ...options }: ClickhouseLinesOptions): LineSource {
  const of = new Tables(options)
  const live = new LiveTable(of, keepsAlive)
  const rows: LineSource['rows'] = (asked) => tableRows(of, asked)
  return {
    kind: 'clickhouse',
    search: (access) => new TableSearch(of, access),
    page: (access, asked) => tablePage(of, access, asked),
    watch: (viewer, after) => live.add(viewer, after),
    canReverse: true,
    rows,
    totals: (asked) => tableTotals(of, asked),
    top: (asked) => tableTop(of, asked),
    parts: async () => [await partOf(of)],
    close: () => live.close(),
  }
}

async function partOf(of: Tables): Promise<LogFileHealth> {
  // Every user may read system.tables; most other tables of the system need a grant.
  const sizes = `SELECT toString(total_bytes) AS bytes FROM system.tables WHERE database = {database:String} AND name = {table:String}`
  const [size] = await of.rows<{ bytes: string }>(sizes, { database: of.database, table: tables.logs })
  const [first] = await of.rows<{ n: number | string; oldest: number | string }>(
    `SELECT count() AS n, toUnixTimestamp(min(TimestampTime)) AS oldest FROM ${of.logs}`,
    {},
  )
  const part = { file: tables.logs, bytes: Number(size?.bytes ?? 0) }
  if (first === undefined || Number(first.n) === 0) return part
  return { ...part, oldest: new Date(Number(first.oldest) * 1_000).toISOString() }
}
