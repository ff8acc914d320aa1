// The same lines in log files and in ClickHouse.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { clickhouseSource } from '../../src/reading/clickhouse/clickhouse-lines.js'
import { fileLines } from '../../src/reading/files/file-lines.js'
import { groupsBelow } from '../../src/reading/files/log-groups.js'
import type { LineSource } from '../../src/reading/line-source.js'
import { ClickHouse } from '../../src/records/clickhouse/clickhouse-client.js'
import { prepareSchema } from '../../src/records/clickhouse/prepare-schema.js'
import type { Served } from './setup.js'

/** The members of a line that tests give; the others have values of their own. */
export interface Made {
  readonly at: number
  readonly id?: string | undefined
  readonly parentId?: string | undefined
  readonly traceId?: string | undefined
  readonly account?: string | undefined
  readonly level?: string | undefined
  readonly logger?: string | undefined
  readonly message?: string | undefined
  readonly fields?: object | undefined
}

export const start: number = Date.parse('2026-11-24T07:00:00.000Z')

/** A UUIDv7 of a time. */
export function idAt(ms: number, last = 1): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${last.toString(16).padStart(12, '0')}`
}

export function lineOf({ at, id, level = 'info', logger = 'shop', message = 'x', fields, ...ids }: Made): string {
  const head = { time: new Date(at).toISOString(), level, logger, requestId: id }
  const { parentId, traceId, account } = ids
  return JSON.stringify({ ...head, parentId, traceId, account, ...fields, message })
}

/** The request line of a request or job that took `ms`. */
export function requestLineOf(id: string, at: number, ms: number, more: Omit<Partial<Made>, 'at' | 'id'> = {}): string {
  const fields = {
    kind: 'request',
    id,
    method: 'GET',
    route: '/posts/:id',
    path: '/posts/7',
    status: 200,
    service: 'shop',
    instance: 'web-1:7',
    pid: 7,
    startedAt: new Date(at).toISOString(),
    durationMs: ms,
    ...more.fields,
  }
  return lineOf({ ...more, at: at + ms, id, logger: 'requests', message: 'GET /posts/7 200', fields })
}

/** Both sources of the same lines. */
export interface Both {
  readonly files: LineSource
  readonly table: LineSource
  readonly database: string
  readonly directory: string
  /** Adds lines to both. */
  write(lines: readonly string[]): Promise<void>
}

/** `otel_logs` as the collector made it before it had the column TimestampTime. */
export function olderLogs(database: string): string {
  return `CREATE TABLE ${database}.otel_logs (Timestamp DateTime64(9), TraceId String, SpanId String, TraceFlags UInt32,
    SeverityText LowCardinality(String), SeverityNumber Int32, ServiceName LowCardinality(String), Body String,
    ResourceSchemaUrl String, ResourceAttributes Map(LowCardinality(String), String), ScopeSchemaUrl String, ScopeName String,
    ScopeVersion String, ScopeAttributes Map(LowCardinality(String), String), LogAttributes Map(LowCardinality(String), String)
  ) ENGINE = MergeTree ORDER BY (ServiceName, Timestamp)`
}

/**
 * An empty database and an empty directory, with their sources.
 *
 * @param logs the statement that makes `otel_logs`. Default: Spoor makes it
 */
export async function bothOf(served: Served, logs?: (database: string) => string): Promise<Both> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-both-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const database = await served.database()
  if (logs !== undefined) await served.client.command({ query: logs(database) })
  await prepareSchema(new ClickHouse(served.client as never), { database, ttlDays: 0 })
  const table = clickhouseSource({ client: served.client as never, database })
  onTestFinished(() => table.close())
  const all: string[] = []
  let batch = 0
  return {
    files: fileLines(() => groupsBelow(directory)),
    table,
    database,
    directory,
    write: async (lines) => {
      all.push(...lines)
      const isOfRequests = (line: string): boolean => line.includes('"logger":"requests"')
      const textOf = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('')
      writeFileSync(join(directory, 'shop.log'), textOf(all.filter((line) => !isOfRequests(line))))
      writeFileSync(join(directory, 'requests.jsonl'), textOf(all.filter(isOfRequests)))
      const values = [{ service: 'shop', host: 'web-1', pid: '7', batch: `b${++batch}`, lines: textOf(lines) }]
      await served.client.insert({ table: `${database}.spoor_lines`, values, format: 'JSONEachRow' })
    },
  }
}
