import type { Handler } from '../../logging/handlers/handler.js'
import { type ClickHouseLinesOptions, clickhouseLines as sentLines } from '../../records/clickhouse/clickhouse.js'
import { clickhouseSource } from './clickhouse-lines.js'

export {
  type ClickHouseCall,
  type ClickHouseClient,
  type ClickHouseLinesOptions,
  type ClickHouseOptions,
  type ClickHouseRecordsOptions,
  clickhouseRecords,
  SchemaError,
  type SpillOptions,
} from '../../records/clickhouse/clickhouse.js'

/**
 * A handler that sends lines to ClickHouse, into `otel_logs` as the exporter of OpenTelemetry's collector makes it, so that its
 * dashboards work. Lines are sent in batches, at the latest after 500 ms, and never wait for the server. While it does not take them, up
 * to 16 MB wait in memory, then in files; beyond that, lines go to the console, and `logs.health()` counts those that are lost.
 *
 * The inspector of a service whose loggers have no files reads its lines from there: those of all processes.
 *
 * @example
 * const clickhouse = clickhouseLines({ client: createClient({ url }), spill: 'logs/clickhouse' })
 * defineLogs({ files: false, loggers: { publish_sync: { handlers: [clickhouse] }, requests: { handlers: [clickhouse] } } })
 *
 * @throws OptionsError with every mistake
 */
export function clickhouseLines(given: ClickHouseLinesOptions): Handler {
  const handler = sentLines(given)
  const { client, database } = given
  return Object.assign(handler, { kept: { open: () => clickhouseSource({ client, database, isWriter: true }) } })
}
