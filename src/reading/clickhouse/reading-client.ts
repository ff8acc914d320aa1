import { ClickHouse, type ClickHouseClient } from '../../records/clickhouse/clickhouse-client.js'
import { type LineRow, lineColumns } from '../../records/clickhouse/line-row.js'
import { tables } from '../../records/clickhouse/schema.js'
import { tableOf } from '../../records/clickhouse/sql-text.js'
import { ReadingError } from '../reading-error.js'
import type { Conditions } from './conditions.js'

/** Where the tables are. */
export interface TablesOptions {
  readonly client: ClickHouseClient
  /** Default `default`. */
  readonly database?: string | undefined
  /** How long one query may take. Default 10 s. */
  readonly withinMs?: number | undefined
  /** True for the reader of a service that writes there: its first write creates the tables, and before it they have no rows. */
  readonly isWriter?: boolean | undefined
}

/** A line of `otel_logs`, with its place in time. */
export interface PlacedRow extends LineRow {
  /** Nanoseconds since the epoch: JSON has no number that is so exact. */
  readonly nanos: string
}

const defaultWithinMs = 10_000
// The server ends a query before the client stops waiting, so that its message can be told.
const graceMs = 2_000
const maxMessage = 200
/** The column by which `otel_logs` is sorted. Older versions of OpenTelemetry's collector make a table without it. */
const sortedTime = 'TimestampTime'
const otherTime = 'toDateTime(Timestamp)'

/** Asks the tables. Values are bound as parameters, and every query has bounds of time and rows. */
export class Tables {
  readonly #clickHouse: ClickHouse
  readonly #withinMs: number
  readonly #isWriter: boolean
  #hasSortedTime = true
  readonly database: string
  /** `otel_logs` with its database. */
  readonly logs: string
  readonly totals: string

  constructor({ client, database = 'default', withinMs = defaultWithinMs, isWriter = false }: TablesOptions) {
    this.#clickHouse = new ClickHouse(client, withinMs + graceMs)
    this.#withinMs = withinMs
    this.#isWriter = isWriter
    this.database = database
    this.logs = tableOf(database, tables.logs)
    this.totals = tableOf(database, tables.totals)
  }

  /**
   * The rows of a query.
   *
   * @throws ReadingError if ClickHouse does not answer in time, or refuses the query
   */
  async rows<Row>(query: string, params: Readonly<Record<string, unknown>>): Promise<Row[]> {
    const text = this.#hasSortedTime ? query : query.replaceAll(sortedTime, otherTime)
    try {
      const settings = { max_execution_time: Math.ceil(this.#withinMs / 1_000) }
      return await this.#clickHouse.rows<Row>(text, { ...params }, settings)
    } catch (error) {
      const { type } = error as { type?: unknown }
      if (this.#isWriter && isMissing(type)) return []
      // Asking for the columns first would cost every reader a query.
      if (type === 'UNKNOWN_IDENTIFIER' && text.includes(sortedTime)) {
        this.#hasSortedTime = false
        return this.rows(query, params)
      }
      throw new ReadingError('ERR_SPOOR_STORE', `ClickHouse: ${reasonOf(error, this.#withinMs)}`, { cause: error })
    }
  }

  /**
   * Lines that the conditions select.
   *
   * @param rest what follows WHERE: order and limit
   * @param more a column beside those of every line
   */
  lines<Row extends PlacedRow = PlacedRow>(where: Conditions, rest: string, more?: string): Promise<Row[]> {
    const columns = ['toString(toUnixTimestamp64Nano(Timestamp)) AS nanos', lineColumns, ...(more ? [more] : [])].join(
      ', ',
    )
    return this.rows(`SELECT ${columns} FROM ${this.logs} WHERE ${where.sql} ${rest}`, where.params)
  }

  /** The time of the last of the newest lines, in ns since the epoch; undefined without a line. */
  async oldestOf(where: Conditions, lines: number): Promise<bigint | undefined> {
    const newest = `SELECT Timestamp FROM ${this.logs} WHERE ${where.sql} ORDER BY Timestamp DESC LIMIT ${lines}`
    const [row] = await this.rows<{ n: number | string; at: string }>(
      `SELECT count() AS n, toString(toUnixTimestamp64Nano(min(Timestamp))) AS at FROM (${newest})`,
      where.params,
    )
    return row === undefined || Number(row.n) === 0 ? undefined : BigInt(row.at)
  }

  /** How many lines the conditions select. */
  async count(where: Conditions): Promise<number> {
    const [row] = await this.rows<{ n: number | string }>(
      `SELECT count() AS n FROM ${this.logs} WHERE ${where.sql}`,
      where.params,
    )
    return Number(row?.n ?? 0)
  }
}

/** Why a query failed, without its text: that may hold what was searched. */
function reasonOf(error: unknown, withinMs: number): string {
  const { name, code, type, message } = error as Error & { code?: unknown; type?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return `did not answer within ${(withinMs + graceMs) / 1_000} s`
  if (typeof type === 'string' && /^[A-Z_]{1,60}$/.test(type)) return `refused the query (${type})${fixOf(type)}`
  if (typeof code === 'string' && /^[A-Z_\d]{1,40}$/.test(code)) return `does not answer (${code})`
  return String(message).slice(0, maxMessage)
}

function isMissing(type: unknown): boolean {
  return type === 'UNKNOWN_TABLE' || type === 'UNKNOWN_DATABASE'
}

function fixOf(type: string): string {
  if (isMissing(type)) return '; check the name of the database, and that a service has written lines there'
  if (/AUTHENTICATION|REQUIRED_PASSWORD|WRONG_PASSWORD|UNKNOWN_USER/.test(type))
    return '; check the user and the password'
  if (type === 'ACCESS_DENIED') return '; the user needs SELECT on the tables'
  if (type === 'READONLY') return '; the user must be allowed to set max_execution_time: give it readonly = 2'
  if (type === 'TIMEOUT_EXCEEDED') return '; ask for less time'
  return ''
}
