// How the tables are made, and what is left alone. Left out, by name, where the engine is not installed.
import { beforeEach, describe, expect, test } from 'vitest'
import { ClickHouse, type ClickHouseClient } from '../../src/records/clickhouse/clickhouse-client.js'
import { prepareSchema, type Schema, schema } from '../../src/records/clickhouse/prepare-schema.js'
import { schemaVersion, tables } from '../../src/records/clickhouse/schema.js'
import { hasChdb, rowsOf } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'
import { olderLogs } from './written.js'

describe.skipIf(!hasChdb)('the tables of ClickHouse', () => {
  const served = serveChdb()
  let database: string
  let clickHouse: ClickHouse
  beforeEach(async () => {
    database = await served.database()
    clickHouse = new ClickHouse(served.client as unknown as ClickHouseClient)
  })

  const options = (): { database: string; ttlDays: number } => ({ database, ttlDays: 30 })
  async function found(): Promise<string[]> {
    const rows = await rowsOf<{ name: string }>(
      served.client,
      'SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name',
      {
        database,
      },
    )
    return rows.map(({ name }) => name)
  }
  const versions = (): Promise<{ version: number }[]> =>
    rowsOf(served.client, `SELECT DISTINCT version FROM ${database}.spoor_schema ORDER BY version`)

  test('are made by two processes at once, with their database, and then left as they are', async () => {
    database = `${database}_new`
    const other = new ClickHouse(served.client as unknown as ClickHouseClient)
    await Promise.all([prepareSchema(clickHouse, options()), prepareSchema(other, options())])
    expect(await found()).toEqual(Object.values(tables).sort())
    expect(await versions()).toEqual([{ version: schemaVersion }])
    await prepareSchema(clickHouse, options())
    expect(await found()).toEqual(Object.values(tables).sort())
  })

  test('delete rows after the given days, or never', async () => {
    const ttlOf = async (name: string): Promise<string> => {
      const [row] = await rowsOf<{ q: string }>(
        served.client,
        `SELECT create_table_query AS q FROM system.tables WHERE database = '${database}' AND name = '${name}'`,
      )
      return row?.q ?? ''
    }
    await prepareSchema(clickHouse, options())
    expect(await ttlOf('otel_logs')).toContain('TTL TimestampTime + toIntervalDay(30)')
    expect(await ttlOf('spoor_records')).toContain('TTL toDateTime(startedAt) + toIntervalDay(30)')
    database = await served.database()
    await prepareSchema(clickHouse, { database, ttlDays: 0 })
    expect(await ttlOf('otel_logs')).not.toContain('TTL')
  })

  test("use the collector's otel_logs as it is, also an older one", async () => {
    await served.client.command({ query: olderLogs(database) })
    const columns = `SELECT name, type FROM system.columns WHERE database = '${database}' AND table = 'otel_logs'`
    const before = await rowsOf(served.client, columns)
    await prepareSchema(clickHouse, options())
    expect(await rowsOf(served.client, columns)).toEqual(before)
    const lines = '{"time":"2026-11-24T07:26:20.123Z","level":"info","logger":"a","n":1,"message":"m"}\n'
    const values = [{ service: 's', host: 'h', pid: '1', batch: 'b', lines }]
    await served.client.insert({ table: `${database}.spoor_lines`, values, format: 'JSONEachRow' })
    expect(await rowsOf(served.client, `SELECT Body, LogAttributes FROM ${database}.otel_logs`)).toEqual([
      { Body: 'm', LogAttributes: { n: '1', 'spoor.json': '["n"]' } },
    ])
  })

  test('of other programs are named, and nothing is made or altered', async () => {
    await served.client.command({
      query: `CREATE TABLE ${database}.spoor_totals (minute Date) ENGINE = MergeTree ORDER BY minute`,
    })
    await expect(prepareSchema(clickHouse, options())).rejects.toThrow(
      `table ${database}.spoor_totals: expected the column minute, got type Date; rename that table, or name another database in the option database`,
    )
    expect(await found()).toEqual(['spoor_totals'])
  })

  test.each(['version String, name String', 'id Int32'])(
    'with a spoor_schema of another program (%s) are refused, and nothing is written there',
    async (columns) => {
      const create = `CREATE TABLE ${database}.spoor_schema (${columns}) ENGINE = MergeTree ORDER BY tuple()`
      await served.client.command({ query: create })
      await expect(prepareSchema(clickHouse, options())).rejects.toThrow(
        `table ${database}.spoor_schema: expected the column version, got`,
      )
      expect(await found()).toEqual(['spoor_schema'])
      expect(await rowsOf(served.client, `SELECT * FROM ${database}.spoor_schema`)).toEqual([])
    },
  )

  test('with attributes as JSON, which the exporter can make, are not taken for its usual ones', async () => {
    await served.client.command({
      query: `CREATE TABLE ${database}.otel_logs (Timestamp DateTime64(9), TraceId String, SpanId String, SeverityText String,
        SeverityNumber UInt8, ServiceName String, Body String, ScopeName String, ResourceAttributes JSON, LogAttributes JSON)
        ENGINE = MergeTree ORDER BY Timestamp`,
    })
    await expect(prepareSchema(clickHouse, options())).rejects.toThrow(
      `table ${database}.otel_logs: expected the column ResourceAttributes, got type JSON`,
    )
  })

  test('of a newer version are refused', async () => {
    await prepareSchema(clickHouse, options())
    await served.client.command({
      query: `INSERT INTO ${database}.spoor_schema (version) VALUES (${schemaVersion + 1})`,
    })
    await expect(prepareSchema(clickHouse, options())).rejects.toThrow(
      `its tables have version ${schemaVersion + 1}, and this version of Spoor knows version ${schemaVersion}; update Spoor`,
    )
  })

  test('of an older version are migrated step by step, by two processes at once, and keep their rows', async () => {
    await prepareSchema(clickHouse, options())
    const record = JSON.stringify({ id: 'r-1', startedAt: '2026-11-24T12:00:00.000Z', route: '/a' })
    await served.client.insert({
      table: `${database}.spoor_records_in`,
      values: [{ record, readable: '', revision: 1 }],
      format: 'JSONEachRow',
    })
    const add = (column: string, value: string) => (of: { database: string }) => [
      `ALTER TABLE ${of.database}.spoor_records ADD COLUMN IF NOT EXISTS ${column} String DEFAULT ${value}`,
    ]
    const newer: Schema = {
      ...schema,
      version: schemaVersion + 2,
      migrations: {
        [schemaVersion + 1]: add('first', "upper(ifNull(route, ''))"),
        [schemaVersion + 2]: add('second', "concat(first, '!')"),
      },
    }
    await Promise.all([prepareSchema(clickHouse, options(), newer), prepareSchema(clickHouse, options(), newer)])
    expect(await rowsOf(served.client, `SELECT id, second FROM ${database}.spoor_records`)).toEqual([
      { id: 'r-1', second: '/A!' },
    ])
    expect(await versions()).toEqual([{ version: schemaVersion }, { version: schemaVersion + 2 }])
    await prepareSchema(clickHouse, options(), newer)
  })

  test('hold totals by minute, account and route of every request, measured or not', async () => {
    await prepareSchema(clickHouse, options())
    const line = (own: object, minute = 26): string =>
      JSON.stringify({
        time: `2026-11-24T07:${minute}:20.123Z`,
        level: 'info',
        logger: 'requests',
        requestId: 'r',
        ...own,
        message: 'm',
      })
    const request = { account: 'acme', kind: 'request', method: 'GET', route: '/a', status: 200, durationMs: 10 }
    const lines = [
      line({
        ...request,
        cpu: { ms: 2.5 },
        queries: { calls: 3, ms: 4, poolMs: 1 },
        io: { client: { readBytes: 5, writtenBytes: 6 } },
      }),
      line({ ...request, status: 503, durationMs: 30 }),
      line({ ...request, account: undefined }),
      line({ ...request, account: '' }),
      line({ account: 'acme', kind: 'job', name: 'mail', durationMs: 1, error: { message: 'x' } }, 27),
      line({ kind: 'totals', durationMs: 1 }),
      line({ kind: 'late', durationMs: 1 }),
      line(request).replace('"requests"', '"other"'),
    ]
    const values = [{ service: 's', host: 'h', pid: '1', batch: 'b', lines: `${lines.join('\n')}\n` }]
    await served.client.insert({ table: `${database}.spoor_lines`, values, format: 'JSONEachRow' })
    const sums = await rowsOf<{ quantiles: number[] }>(
      served.client,
      `SELECT minute, kind, hasAccount, account, method, route, sum(requests) AS requests, sum(errors) AS errors, sum(measured) AS measured,
        sum(durationMs) AS durationMs, sum(cpuMs) AS cpuMs, sum(queries) AS queries, sum(queryMs) AS queryMs, sum(bytes) AS bytes,
        quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(durations) AS quantiles
       FROM ${database}.spoor_totals GROUP BY minute, kind, hasAccount, account, method, route ORDER BY minute, hasAccount DESC, account DESC`,
    )
    const common = { minute: '2026-11-24 07:26:00', kind: 'request', method: 'GET', route: '/a' }
    const one = { requests: 1, errors: 0, measured: 0, durationMs: 10 }
    expect(sums).toMatchObject([
      {
        ...common,
        hasAccount: true,
        account: 'acme',
        requests: 2,
        errors: 1,
        measured: 1,
        durationMs: 40,
        cpuMs: 2.5,
        queries: 3,
        queryMs: 4,
        bytes: 11,
      },
      { ...common, hasAccount: true, account: '', ...one },
      { ...common, hasAccount: false, account: '', ...one },
      {
        minute: '2026-11-24 07:27:00',
        kind: 'job',
        account: 'acme',
        method: '',
        route: 'mail',
        requests: 1,
        errors: 1,
      },
    ])
    expect(sums[0]?.quantiles.at(-1)).toBeCloseTo(30, 0)
  })
})
