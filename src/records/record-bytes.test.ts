import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { made, madeCall } from '../../test/records/made.js'
import { recordBytes } from './record-bytes.js'

const written = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const span = (n: number): [number, number] => [(n * 133) / 100, (25 + n) / 100]

const records = {
  'an unmeasured request': made(1, { cpu: undefined, waits: undefined, process: undefined, io: {} }),
  'a measured request': made(1),
  'a request with calls, steps, jobs and a timeline': made(1, {
    outgoing: many(3, (n) => madeCall(n)),
    steps: many(2, (n) => ({ name: `render ${n}`, startMs: n, durationMs: 1.5 })),
    jobs: many(2, (n) => ({ id: 'x'.repeat(36), name: 'verify', queuedAtMs: n + 0.123 })),
    timeline: many(20, span),
    late: { cpuMs: 1.123, untilMs: 841.2 },
  }),
  'a failed request with its stack': made(1, {
    error: { type: 'TypeError', message: 'x is not a function', stack: String(new TypeError('x').stack).repeat(4) },
  }),
  'a request with all there is': made(1, {
    clientRequestId: 'theirs-7',
    clientTraceId: 'a'.repeat(32),
    parentId: 'b'.repeat(36),
    attempt: 2,
    queuedMs: 12.5,
    name: 'verify_publication',
    aborted: true,
    contextLost: true,
    truncated: true,
    gcMs: 1.2,
    memory: { allocatedBytes: 3_400_123 },
    io: {
      client: { readBytes: 4_198, writtenBytes: 612 },
      outgoing: {
        calls: 3,
        readBytes: 5_526,
        writtenBytes: 1_236,
        byHost: { 'blog.acme.example': { calls: 3, ms: 530.4 } },
      },
      fs: { readBytes: 18_204, writtenBytes: 0, operations: 3 },
    },
    outgoing: [madeCall(1, { status: undefined, errorCode: 'ECONNRESET' })],
    late: { cpuMs: 1.123, untilMs: 841.2, gcMs: 0.5, lines: 3 },
  }),
  'a request with queries': made(1, {
    queries: {
      calls: 41,
      ms: 212.125,
      busyMs: 260.5,
      slowestMs: 31.25,
      poolMs: 35.1,
      holdMs: 240.5,
      rows: 212,
      errors: 1,
      bySystem: { postgresql: { calls: 30, ms: 200.1 }, redis: { calls: 11, ms: 12.1 } },
      repeated: [{ system: 'postgresql', summary: 'SELECT posts', calls: 25, ms: 120.5 }],
    },
    queryKinds: many(12, (n) => ({
      system: 'postgresql',
      namespace: 'publisher',
      summary: `SELECT posts${n}`,
      text: `select id, title from posts${n} where account = ? and id in (?)`,
      calls: 3,
      ms: 17.125,
      slowestMs: 6.5,
      rows: 12,
    })),
    queryRuns: many(41, (n) => ({ startMs: 10.5 + n, durationMs: 5.125, kind: n % 12, rows: 1 })),
    poolWaits: many(3, (n) => ({
      startMs: 10.5 + n,
      durationMs: 12.125,
      by: { kind: 'request', id: 'c'.repeat(36), route: '/api/v1/posts', account: 'globex', ms: 11.5 },
    })),
  }),
  'as many calls as are kept': made(1, { outgoing: many(50, (n) => madeCall(n)) }),
  'as many spans as are kept': made(1, { timeline: many(500, span) }),
  'long names outside of ASCII': made(1, { steps: many(50, (n) => ({ name: '😀ü中'.repeat(20), startMs: n })) }),
  'a path of control characters': made(1, { path: '\u0001'.repeat(5_000) }),
  'a path of halves of surrogate pairs': made(1, { path: '\ud800'.repeat(2_000) }),
  'an error of nothing but quotes': made(1, { error: { type: 'E', message: '"\\'.repeat(4_000) } }),
  'an error of many small values': made(1, { error: many(200, () => [{ a: true, b: null, c: [] }]) }),
  'an error of names outside of ASCII': made(1, { error: Object.fromEntries(many(200, (n) => [`中文\n${n}`, true])) }),
  'an error of numbers': made(1, { error: many(1_000, (n) => 10 ** (n % 16)) }),
}

describe('the size of a record', () => {
  for (const [name, record] of Object.entries(records)) {
    test(`is within 10 % of its JSON: ${name}`, () => {
      const counted = recordBytes(record) / written(record)
      expect(Math.abs(counted - 1), 'src/records/record-bytes.ts miscounts a member').toBeLessThan(0.1)
    })
  }

  test('is within 30 % of the JSON of any error of strings and numbers', () => {
    const figure = fc.oneof(
      fc.integer(),
      fc.integer({ min: 0, max: 1e9 }).map((n) => n / 1_000),
    )
    const { error } = fc.letrec((tie) => ({
      error: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        figure,
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('error')),
        fc.dictionary(fc.string(), tie('error')),
      ),
    }))
    fc.assert(
      fc.property(error, (value) => {
        const record = made(1, { error: value as never })
        expect(Math.abs(recordBytes(record) / written(record) - 1)).toBeLessThan(0.3)
      }),
    )
  })

  test('is a positive whole number for any invalid member', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e300, 5e-324, undefined, () => 0, Symbol('x')]) {
      const bytes = recordBytes(made(1, { durationMs: value as number }))
      expect(Number.isSafeInteger(bytes)).toBe(true)
      expect(bytes).toBeGreaterThan(0)
    }
  })
})
