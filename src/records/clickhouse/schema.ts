import { addedValues, mappedLines } from './line-mapping.js'
import { mappedRecords, recordColumns } from './record-columns.js'
import { tableOf } from './sql-text.js'
import { mappedTotals, totalsColumns } from './totals-columns.js'

/** The version of our tables. A change of a table or view needs a new version and a migration. */
export const schemaVersion = 1

/** Where our tables are, and how long they keep their rows. */
export interface SchemaOptions {
  readonly database: string
  /** 0: for ever. */
  readonly ttlDays: number
}

/** The names of our tables. */
export const tables = {
  version: 'spoor_schema',
  logs: 'otel_logs',
  lines: 'spoor_lines',
  linesView: 'spoor_lines_view',
  recordsIn: 'spoor_records_in',
  records: 'spoor_records',
  recordsView: 'spoor_records_view',
  totals: 'spoor_totals',
  totalsView: 'spoor_totals_view',
} as const

/**
 * `otel_logs` as the exporter of OpenTelemetry's collector creates it
 * (https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter), with two indexes of
 * our own: one for request ids is smaller than that of all values, so ClickHouse reads less of it; and the values of fields that a service
 * adds stand in one attribute, as JSON.
 */
export function createLogs({ database, ttlDays }: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.logs)} (
  Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  TimestampTime DateTime DEFAULT toDateTime(Timestamp),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  TraceFlags UInt8,
  SeverityText LowCardinality(String) CODEC(ZSTD(1)),
  SeverityNumber UInt8,
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  Body String CODEC(ZSTD(1)),
  ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ScopeName String CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  EventName String CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_scope_attr_key mapKeys(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_scope_attr_value mapValues(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_log_attr_key mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_log_attr_value mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8,
  INDEX spoor_request_id LogAttributes['requestId'] TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX spoor_fields ${fieldsIndex}
) ENGINE = MergeTree
PARTITION BY toDate(TimestampTime)
PRIMARY KEY (ServiceName, TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp)
${ttl('TimestampTime', ttlDays)}
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`
}

const fieldsIndex = `${addedValues} TYPE bloom_filter(0.01) GRANULARITY 1`

/** Batches of lines on their way to `otel_logs`. Keeps nothing. */
export function createLines({ database }: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.lines)} (
  service String, host String, pid String, batch String, lines String
) ENGINE = Null`
}

export function createLinesView({ database }: SchemaOptions): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableOf(database, tables.linesView)} TO ${tableOf(database, tables.logs)} AS
${mappedLines(tableOf(database, tables.lines))}`
}

function ttl(column: string, days: number): string {
  return days === 0 ? '' : `TTL ${column} + toIntervalDay(${days})`
}

/** Records on their way to `spoor_records`. `readable`: a JSON that the server can read, where it cannot read `record`; otherwise empty. */
export function createRecordsIn({ database }: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.recordsIn)} (
  record String, readable String, revision UInt64
) ENGINE = Null`
}

/** Records: the JSON, and columns made from it. Of several rows with one id, that with the highest `revision` counts. */
export function createRecords({ database, ttlDays }: SchemaOptions): string {
  const columns = recordColumns.map(({ name, type }) => `  \`${name}\` ${type} CODEC(ZSTD(1))`)
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.records)} (
  record String CODEC(ZSTD(3)),
  revision UInt64,
${columns.join(',\n')},
  INDEX by_id id TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX by_request requestId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX by_parent parentId TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_account account TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(revision)
PARTITION BY toDate(startedAt)
ORDER BY (startedAt, id)
${ttl('toDateTime(startedAt)', ttlDays)}
SETTINGS ttl_only_drop_parts = 1`
}

export function createRecordsView({ database }: SchemaOptions): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableOf(database, tables.recordsView)} TO ${tableOf(database, tables.records)} AS
${mappedRecords(tableOf(database, tables.recordsIn))}`
}

/** Totals by minute, account and route. Kept for 13 months. */
export function createTotals({ database }: SchemaOptions): string {
  const sums = totalsColumns.map(({ name, type }) => `  ${name} ${type}`)
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.totals)} (
  minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String),
  pid UInt32,
  kind LowCardinality(String),
  hasAccount Bool,
  account String,
  method LowCardinality(String),
  route String,
${sums.join(',\n')}
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, hasAccount, account, service, pid, kind, route, method)
TTL minute + toIntervalDay(400)`
}

export function createTotalsView({ database }: SchemaOptions): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableOf(database, tables.totalsView)} TO ${tableOf(database, tables.totals)} AS
${mappedTotals(tableOf(database, tables.logs))}`
}

/** The version of our tables; the highest counts. */
export function createVersion({ database }: SchemaOptions): string {
  return `CREATE TABLE IF NOT EXISTS ${tableOf(database, tables.version)} (
  version UInt32, at DateTime('UTC') DEFAULT now()
) ENGINE = MergeTree ORDER BY version`
}
