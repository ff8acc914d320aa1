import { sayUnwritten } from '../../logging/handlers/console.js'
import type { Handler } from '../../logging/handlers/handler.js'
import { type Check, check, checkOptions, either, object, optional, text, wholeNumber } from '../../options.js'
import type { RecordStore } from '../record-store.js'
import { ClickHouse, type ClickHouseCall, type ClickHouseClient, isClickHouseClient } from './clickhouse-client.js'
import { LineSender } from './line-sender.js'
import { ClickHouseRecords } from './record-store.js'
import { SpillFiles } from './spill-files.js'
import { databaseName } from './sql-text.js'

export { SchemaError } from './prepare-schema.js'
export type { ClickHouseCall, ClickHouseClient }

/** Options that lines and records share. */
export interface ClickHouseOptions {
  /** The service's own client of `@clickhouse/client`. The service closes it. */
  client: ClickHouseClient
  /** The database of the tables; created if it is missing. Default `default`, as for the exporter of OpenTelemetry's collector. */
  database?: string | undefined
  /** How many days the tables keep their rows, at most 20,000; 0: for ever. Applies to tables when they are created. Default 30. */
  ttlDays?: number | undefined
}

/** Where lines wait once memory is full. */
export interface SpillOptions {
  /** A directory of this machine. Services may share it. */
  directory: string
  /** The most bytes of one process. Default 256 MB. */
  maxBytes?: number | undefined
}

/** Options of `clickhouseLines`. */
export interface ClickHouseLinesOptions extends ClickHouseOptions {
  /**
   * Where lines wait while ClickHouse is away and 16 MB of memory are full: a directory, or `{ directory, maxBytes }`. They are sent
   * when it is back, by a later process too. `false`: nowhere.
   */
  spill: string | SpillOptions | false
  /**
   * The column `ServiceName`. Default: the environment variable OTEL_SERVICE_NAME, or a line's own field `service`, or
   * `unknown_service:node`.
   */
  service?: string | undefined
}

/** Options of `clickhouseRecords`. */
export interface ClickHouseRecordsOptions extends ClickHouseOptions {}

const client = check(isClickHouseClient, 'a client of @clickhouse/client', 'write createClient({ url })')
const database = check(
  (value) => typeof value === 'string' && databaseName.test(value),
  'a name of letters, digits and _, with at most 63 characters',
)
// DateTime ends in 2106. A row whose time and days come to more counts as expired, and is deleted at once.
const maxDays = 20_000
const someDays = wholeNumber(0, 'days')
const notTooMany = check(
  (value) => !Number.isSafeInteger(value) || (value as number) <= maxDays,
  `at most ${maxDays} days`,
  'write 0 to keep rows for ever',
)
const days: Check = (...given) => {
  someDays(...given)
  notTooMany(...given)
}
const common = { client, database: optional(database), ttlDays: optional(days) }
const spillObject = object({ directory: text, maxBytes: optional(wholeNumber(2 ** 20, 'bytes')) })
const spill = either(
  false,
  Object.assign(
    (value: unknown, path: string, problems: string[]): void => {
      if (typeof value !== 'string' || value === '') spillObject(value, path, problems)
    },
    { taken: (value: unknown) => (typeof value === 'string' ? value : spillObject.taken?.(value)) },
  ),
)
const recordOptions = object(common)
const lineOptions = object({ ...common, spill, service: optional(text) })

const defaultDatabase = 'default'
const defaultDays = 30
const defaultSpillBytes = 256 * 2 ** 20
const warnAgainMs = 60_000

/**
 * A handler that sends lines to ClickHouse, into `otel_logs` as the exporter of OpenTelemetry's collector makes it, so that its
 * dashboards work. Lines are sent in batches, at the latest after 500 ms, and never wait for the server. While it does not take them, up
 * to 16 MB wait in memory, then in files; beyond that, lines go to the console, and `logs.health()` counts those that are lost.
 *
 * @example
 * const clickhouse = clickhouseLines({ client: createClient({ url }), spill: 'logs/clickhouse' })
 * defineLogs({ loggers: { publish_sync: { handlers: [clickhouse] }, requests: { handlers: [clickhouse] } } })
 *
 * @throws OptionsError with every mistake
 */
export function clickhouseLines(given: ClickHouseLinesOptions): Handler {
  const checked = checkOptions('clickhouseLines', given, lineOptions)
  const { database = defaultDatabase, ttlDays = defaultDays, spill } = checked
  return new LineSender({
    clickHouse: new ClickHouse(checked.client),
    schema: { database, ttlDays },
    service: checked.service ?? process.env['OTEL_SERVICE_NAME'] ?? '',
    spill: spill === false ? undefined : spillFiles(spill, database),
    warn: warnings(),
    unsent: (lines) => sayUnwritten(lines, 'ClickHouse'),
  })
}

/**
 * Stores records in ClickHouse, in the table `spoor_records`, which has a column for each member. Requests never wait for the server:
 * records are written in batches, 100 ms after they end. While the server does not answer, up to 64 MB of records wait in the process,
 * which can read them, and are written later. Beyond that, the first are given up and counted.
 *
 * @example
 * createSpoor({ service: 'publisher', logs, records: clickhouseRecords({ client: createClient({ url }) }) })
 *
 * @throws OptionsError with every mistake
 */
export function clickhouseRecords(given: ClickHouseRecordsOptions): RecordStore {
  const checked = checkOptions('clickhouseRecords', given, recordOptions)
  const { database = defaultDatabase, ttlDays = defaultDays } = checked
  return new ClickHouseRecords({ clickHouse: new ClickHouse(checked.client, 10_000), schema: { database, ttlDays } })
}

function spillFiles(spill: string | SpillOptions, database: string): SpillFiles {
  const { directory, maxBytes = defaultSpillBytes } = typeof spill === 'string' ? { directory: spill } : spill
  return new SpillFiles(directory, maxBytes, database)
}

/** Warns at most once a minute: a server may come and go. */
function warnings(): (message: string) => void {
  let quietUntil = Number.NEGATIVE_INFINITY
  return (message) => {
    if (performance.now() < quietUntil) return
    quietUntil = performance.now() + warnAgainMs
    process.emitWarning(message, { type: 'SpoorWarning', code: 'SPOOR_CLICKHOUSE' })
  }
}
