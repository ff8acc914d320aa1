// Lines through the real engine and back: the same texts as in a file. Left out, by name, where the engine is not installed.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SpanIds } from '../../src/context/active-span.js'
import type { RequestContext } from '../../src/context/request-context.js'
import type { Entry } from '../../src/logging/entry.js'
import { levels } from '../../src/logging/levels.js'
import { json } from '../../src/logging/line.js'
import { type LineRow, lineColumns, lineOfRow } from '../../src/records/clickhouse/line-row.js'
import { createLines, createLinesView, createLogs } from '../../src/records/clickhouse/schema.js'
import { hasChdb, rowsOf } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'

const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  // Halves of surrogate pairs, control characters, separators of lines.
  anyUnits.map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '42',
    'null',
    '{"a":1}',
    '\\',
    '"',
    '\\ud800',
    '\u2028',
    'a\tb\nc',
    'spoor.json',
    '"}',
    ',"message":"x"}',
  ),
)
const anyName = fc.oneof(
  fc.constantFrom(
    'message',
    'account',
    'time',
    'level',
    'traceId',
    '__proto__',
    '2',
    '',
    'spoor.json',
    'spoor.line',
    'spanId',
    'service',
  ),
  anyText,
)
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(1e21, 2 ** 64, 5e-324),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    anyText,
    anyNumber,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyName, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))
const entry = fc.record({
  // The table has a part for each day of an insert.
  time: fc.oneof(
    fc.integer({ min: Date.parse('2026-11-24T00:00:00Z'), max: Date.parse('2026-11-26T00:00:00Z') }),
    fc.constantFrom(0, Date.parse('2199-12-31T23:59:59.999Z')),
  ),
  level: fc.constantFrom(...levels),
  logger: fc.oneof(fc.constantFrom('publish_sync', 'requests'), anyText),
  message: anyText,
  fields: fc.dictionary(anyName, value, { maxKeys: 5, noNullPrototype: true }),
})
const id = fc.stringMatching(/^[\w.-]{1,20}$/)
const context = fc.option(
  fc.record({ requestId: id, parentId: fc.option(id), traceId: fc.option(id), account: fc.option(anyText) }),
)

type Given = { requestId: string; parentId: string | null; traceId: string | null; account: string | null } | null

const span: SpanIds = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isSampled: true }

function lineOf(of: unknown, given: Given, active?: SpanIds): string {
  const own = given && {
    requestId: given.requestId,
    parentId: given.parentId ?? undefined,
    trace: given.traceId === null ? undefined : { traceId: given.traceId },
    account: given.account ?? undefined,
  }
  return json(of as Entry, (own ?? undefined) as RequestContext | undefined, active)
}

describe.skipIf(!hasChdb)('a line in otel_logs', () => {
  const served = serveChdb()
  let database: string
  beforeAll(async () => {
    database = await served.database()
    const of = { database, ttlDays: 0 }
    for (const query of [createLogs(of), createLines(of), createLinesView(of)]) await served.client.command({ query })
  })

  let count = 0
  async function through(lines: readonly string[]): Promise<LineRow[]> {
    const batch = `batch-${++count}`
    const values = [{ service: '', host: 'web-1', pid: '7', batch, lines: `${lines.join('\n')}\n` }]
    await served.client.insert({ table: `${database}.spoor_lines`, values, format: 'JSONEachRow' })
    const from = `FROM ${database}.otel_logs WHERE ResourceAttributes['spoor.batch'] = {batch:String}`
    return rowsOf<LineRow>(served.client, `SELECT ${lineColumns}, * ${from}`, { batch })
  }

  test('comes back as the same text, whatever its fields are', async () => {
    const lines = fc.array(fc.tuple(entry, context), { minLength: 1, maxLength: 80 })
    await fc.assert(
      fc.asyncProperty(lines, async (given) => {
        const written = given.map(([of, own], at) => lineOf(of, own, at % 2 === 0 ? span : undefined))
        const rows = await through(written)
        expect(rows.map(lineOfRow).sort()).toEqual(written.sort())
      }),
      { numRuns: 30 },
    )
  })

  test('has columns that dashboards know, and its fields as attributes', async () => {
    const fields = { postId: 42, title: 'é "x"', nested: { a: [1, null] }, ok: true }
    const of = {
      time: Date.parse('2026-11-24T07:26:20.123Z'),
      level: 'warn',
      logger: 'publish_sync',
      message: 'late',
      fields,
    }
    const line = lineOf(
      of,
      {
        requestId: 'r-1',
        parentId: 'p-1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        account: 'acme',
      },
      span,
    )
    const [row] = await through([line])
    expect(row).toMatchObject({
      Timestamp: '2026-11-24 07:26:20.123000000',
      SeverityText: 'WARN',
      SeverityNumber: 13,
      ServiceName: 'unknown_service:node',
      Body: 'late',
      ScopeName: 'publish_sync',
      TraceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      SpanId: '00f067aa0ba902b7',
      ResourceAttributes: { 'host.name': 'web-1', 'process.pid': '7' },
      LogAttributes: {
        requestId: 'r-1',
        parentId: 'p-1',
        account: 'acme',
        postId: '42',
        title: 'é "x"',
        nested: '{"a":[1,null]}',
        ok: 'true',
        'spoor.json': '["postId","nested","ok"]',
      },
    })
  })

  test('that the server cannot take apart keeps its ids, account, level and message beside the whole text', async () => {
    const own = { requestId: 'r-2', parentId: null, traceId: 'feed', account: 'ac"me' }
    for (const fields of [{ big: 2 ** 65 }, { half: '\ud83d' }, { 'spoor.json': 'x' }]) {
      const line = lineOf({ time: 0, level: 'error', logger: 'a"b', message: 'said "no"', fields }, own)
      const [row] = await through([line])
      expect(lineOfRow(row as LineRow)).toBe(line)
      expect(row).toMatchObject({
        Timestamp: '1970-01-01 00:00:00.000000000',
        SeverityText: 'ERROR',
        ScopeName: 'a"b',
        Body: 'said "no"',
        TraceId: 'feed',
        LogAttributes: { requestId: 'r-2', account: 'ac"me' },
      })
    }
  })

  test('that is not JSON is kept whole', async () => {
    const lines = ['Segmentation fault', '[2026-11-24T07:26:20.123Z] [INFO] plain {"logger":"a"}', '{"time":"x"}', '{}']
    const rows = await through(lines)
    expect(rows.map(lineOfRow).sort()).toEqual(lines.sort())
  })
})
