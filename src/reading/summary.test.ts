import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { made, madeCall } from '../../test/records/made.js'
import type { StoredRecord } from '../records/record.js'
import { summary } from './summary.js'

const measured = (
  cpuMs: number,
  waits: Partial<NonNullable<StoredRecord['waits']>> = {},
  own: Partial<StoredRecord> = {},
) => {
  const all = { outgoingMs: 0, stepsMs: 0, otherMs: 0, unmeasuredMs: 0, ...(waits as object) }
  const durationMs = cpuMs + Object.values(all).reduce((sum, ms) => sum + ms, 0)
  return made(1, { durationMs, cpu: { ms: cpuMs, slices: 7, clock: 'thread', fromMs: 0 }, waits: all, ...own })
}
const unmeasured = (own: Partial<StoredRecord> = {}) =>
  made(1, { durationMs: 812, cpu: undefined, waits: undefined, process: undefined, ...own })
const blog = { outgoing: [madeCall(1)] }
const byHost = (hosts: Record<string, number>) => ({
  io: {
    outgoing: {
      calls: 3,
      byHost: Object.fromEntries(Object.entries(hosts).map(([host, ms]) => [host, { calls: 1, ms }])),
    },
  },
})
const error = { type: 'Error', message: 'connect', code: 'ECONNREFUSED' }
const asked = (calls: number, repeated?: number, own: object = {}): Partial<StoredRecord> => ({
  queries: {
    calls,
    ms: 212,
    busyMs: 212,
    slowestMs: 9,
    bySystem: { postgresql: { calls, ms: 212 } },
    repeated: repeated ? [{ system: 'postgresql', summary: 'SELECT posts', calls: repeated, ms: 100 }] : undefined,
    ...own,
  },
})
const heldBy = (by?: NonNullable<StoredRecord['poolWaits'][number]['by']>): Partial<StoredRecord> => ({
  ...asked(1),
  poolWaits: [
    { startMs: 0, durationMs: 2 },
    { startMs: 0, durationMs: 35, by },
  ],
})

const exportOf = { kind: 'request', id: '0198', method: 'POST', route: '/api/v1/export', account: 'globex' } as const
const heldUp = (by: StoredRecord['heldUp'][number]['by'], startMs = 10, durationMs = 240): Partial<StoredRecord> => ({
  heldUp: [
    { startMs, durationMs, by },
    { startMs: startMs < 0 ? -6 : 300, durationMs: 5, by: { kind: 'unattributed' } },
  ],
})

const sentences: readonly [string, StoredRecord][] = [
  [
    '812 ms: 316 ms waiting for blog.acme.example, 240 ms held up by POST /api/v1/export of globex and 1 other, ' +
      '14 ms own CPU, 242 ms other waits',
    measured(14, { heldUpMs: 240, outgoingMs: 316, otherMs: 242 }, { ...blog, ...heldUp(exportOf) }),
  ],
  ['100 ms: 60 ms held up, 40 ms own CPU', measured(40, { heldUpMs: 60 })],
  [
    '100 ms: 60 ms held up by another account and 1 other, 40 ms own CPU',
    measured(40, { heldUpMs: 60 }, heldUp({ kind: 'other account' })),
  ],
  [
    '100 ms: 60 ms held up by unattributed code, 40 ms own CPU',
    measured(40, { heldUpMs: 60 }, heldUp({ kind: 'unattributed' })),
  ],
  [
    '100 ms: 60 ms held up by job 0198 and 1 other, 40 ms own CPU',
    measured(40, { heldUpMs: 60 }, heldUp({ kind: 'job', id: '0198' })),
  ],
  [
    '50 ms: 50 ms own CPU; held up for at most 302 ms before its start by POST /api/v1/export of globex and 1 other',
    measured(50, { heldUpMs: 0 }, { beforeStartMs: 302, ...heldUp(exportOf, -302, 295) }),
  ],
  ['50 ms: 50 ms own CPU', measured(50, { heldUpMs: 0 }, { beforeStartMs: 9 })],
  [
    '812 ms: 530 ms waiting for blog.acme.example, 14 ms own CPU, 268 ms other waits',
    measured(14, { outgoingMs: 530, otherMs: 268 }, blog),
  ],
  [
    '260 ms: 212 ms in 41 queries, 25 of them the same SELECT posts, 48 ms own CPU',
    measured(48, { queriesMs: 212 }, asked(41, 25)),
  ],
  ['260 ms: 212 ms in 1 query, 48 ms own CPU', measured(48, { queriesMs: 212 }, asked(1))],
  [
    '260 ms: 212 ms in 25 queries, all the same SELECT posts, 48 ms own CPU',
    measured(48, { queriesMs: 212 }, asked(25, 25)),
  ],
  ['812 ms: 600 ms not measured, 212 ms in 41 queries', unmeasured(asked(41))],
  [
    '812 ms: 565 ms not measured, 212 ms in 1 query, 35 ms waiting for a connection',
    unmeasured(asked(1, 0, { poolMs: 35 })),
  ],
  ['40 ms: 35 ms waiting for a connection, 5 ms own CPU', measured(5, { poolMs: 35 }, heldBy())],
  [
    '40 ms: 35 ms waiting for a connection that request 0198 held, 5 ms own CPU',
    measured(5, { poolMs: 35 }, heldBy({ kind: 'request', id: '0198', account: 'acme', ms: 30 })),
  ],
  [
    '40 ms: 35 ms waiting for a connection that job 0198 held, 5 ms own CPU',
    measured(5, { poolMs: 35 }, heldBy({ kind: 'job', id: '0198', ms: 30 })),
  ],
  [
    '40 ms: 35 ms waiting for a connection that scope 0198 held, 5 ms own CPU',
    measured(5, { poolMs: 35 }, heldBy({ kind: 'run', id: '0198', ms: 30 })),
  ],
  [
    '40 ms: 35 ms waiting for a connection that another account held, 5 ms own CPU',
    measured(5, { poolMs: 35 }, heldBy({ kind: 'other account', ms: 30 })),
  ],
  ['8.4 ms: 8.4 ms own CPU', measured(8.4)],
  ['2.41 s: 2.4 s own CPU', measured(2_400, { otherMs: 10 })],
  ['52 ms: 2 ms own CPU, 50 ms other waits', measured(2, { otherMs: 50 })],
  ['0.42 ms: 0.42 ms own CPU', measured(0.42)],
  // Measured, and it was nothing: that is known.
  ['50 ms: 0 ms own CPU, 50 ms other waits', measured(0, { otherMs: 50 })],
  // A part below a hundredth of the time is not named.
  ['1 s: 990 ms own CPU, 10 ms other waits', measured(990, { stepsMs: 6, otherMs: 4 }, { durationMs: 1_000 })],
  [
    '100 ms: 60 ms in step render, 40 ms own CPU',
    measured(40, { stepsMs: 60 }, { steps: [{ name: 'render', startMs: 1, durationMs: 60 }] }),
  ],
  [
    '100 ms: 60 ms in step "upload hero" and 2 other steps, 40 ms own CPU',
    measured(
      40,
      { stepsMs: 60 },
      {
        steps: [
          { name: 'a', startMs: 1, durationMs: 5 },
          { name: 'upload hero', startMs: 1, durationMs: 55 },
          { name: 'b', startMs: 1, durationMs: 2 },
        ],
      },
    ),
  ],
  ['100 ms: 60 ms not measured, 40 ms own CPU', measured(40, { unmeasuredMs: 60 })],
  [
    '100 ms: 60 ms waiting for slow.example and 2 other hosts, 40 ms own CPU',
    measured(40, { outgoingMs: 60 }, byHost({ 'a.example': 1, 'slow.example': 50, 'b.example': 20 })),
  ],
  [
    '100 ms: 60 ms waiting for a.example and 1 other host, 40 ms own CPU',
    measured(40, { outgoingMs: 60 }, byHost({ 'a.example': 50, 'b.example': 20 })),
  ],
  ['100 ms: 60 ms waiting for calls, 40 ms own CPU', measured(40, { outgoingMs: 60 })],
  ['100 ms: 100 ms own CPU (40 ms of it collecting garbage)', measured(100, {}, { gcMs: 40 })],
  ['100 ms: 100 ms own CPU', measured(100, {}, { gcMs: 4 })],
  [
    '100 ms: at most 40 ms own CPU, 60 ms other waits',
    measured(40, { otherMs: 60 }, { cpu: { ms: 40, slices: 1, clock: 'wall', fromMs: 0 } }),
  ],
  ['812 ms: not measured', unmeasured()],
  [
    '812 ms: 530 ms waiting for blog.acme.example, 282 ms not measured',
    unmeasured(byHost({ 'blog.acme.example': 530 })),
  ],
  // Calls side by side: no longer than the whole.
  ['812 ms: 812 ms waiting for a.example and 1 other host', unmeasured(byHost({ 'a.example': 700, 'b.example': 600 }))],
  [
    '812 ms: at most 530 ms waiting for a.example, 14 ms own CPU',
    unmeasured({ ...byHost({ 'a.example': 530 }), cpu: { ms: 14, slices: 1, clock: 'thread', fromMs: 0 } }),
  ],
  ['failed with 503 (ECONNREFUSED) after 8 ms: 8 ms own CPU', measured(8, {}, { status: 503, error })],
  ['failed with 500 after 8 ms: 8 ms own CPU', measured(8, {}, { status: 500, error: 'text' })],
  ['8 ms: 8 ms own CPU', measured(8, {}, { status: 404, error })],
  ['failed (ECONNREFUSED) after 8 ms: 8 ms own CPU', measured(8, {}, { kind: 'job', status: undefined, error })],
  ['aborted after 8 ms: 8 ms own CPU', measured(8, {}, { status: undefined, aborted: true, error })],
  ['failed with 500 after 8 ms: 8 ms own CPU; aborted', measured(8, {}, { status: 500, aborted: true })],
  ['upgraded, closed after 61 s: not measured', unmeasured({ upgraded: true, status: 101, durationMs: 61_000 })],
  ['30 s: 30 s own CPU; measuring ended before it did', measured(30_000, {}, { truncated: true })],
  [
    '8 ms: 8 ms own CPU; attempt 3; waited 2.5 s in its queue',
    measured(8, {}, { kind: 'job', status: undefined, attempt: 3, queuedMs: 2_500 }),
  ],
  ['8 ms: 8 ms own CPU', measured(8, {}, { kind: 'job', status: undefined, attempt: 1, queuedMs: 0.3 })],
  [
    '8 ms: 8 ms own CPU; queued job verify_publication',
    measured(8, {}, { jobs: [{ id: 'x', name: 'verify_publication', queuedAtMs: 1 }] }),
  ],
  ['8 ms: 8 ms own CPU; queued 1 job', measured(8, {}, { jobs: [{ id: 'x', queuedAtMs: 1 }] })],
  [
    '8 ms: 8 ms own CPU; queued 2 jobs',
    measured(
      8,
      {},
      {
        jobs: [
          { id: 'x', queuedAtMs: 1 },
          { id: 'y', queuedAtMs: 2 },
        ],
      },
    ),
  ],
  ['8 ms: 8 ms own CPU; then 1.1 ms CPU late', measured(8, {}, { late: { cpuMs: 1.1, untilMs: 9 } })],
  ['80 ms: 80 ms own CPU', measured(80, {}, { late: { cpuMs: 1.1, untilMs: 9 } })],
  // Names that would be taken for parts of the sentence, move the cursor or turn the text round.
  [
    '100 ms: 60 ms waiting for "a.example, 500 ms own CPU", 40 ms own CPU',
    measured(40, { outgoingMs: 60 }, byHost({ 'a.example, 500 ms own CPU': 60 })),
  ],
  [
    String.raw`100 ms: 60 ms in step "\u001b[2J\n\u202e\"x", 40 ms own CPU`,
    measured(40, { stepsMs: 60 }, { steps: [{ name: '\u001b[2J\n\u202e"x', startMs: 1 }] }),
  ],
  [
    `100 ms: 60 ms waiting for "${'x'.repeat(39)}…", 40 ms own CPU`,
    measured(40, { outgoingMs: 60 }, byHost({ ['x'.repeat(10_000)]: 60 })),
  ],
]

describe('the summary of a record', () => {
  test.each(sentences)('%s', (sentence, record) => {
    expect(summary(record)).toBe(sentence)
  })

  const ms = fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(0, 1e-9, 999.6, 1e300, Number.NaN))
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.constant('\u202e\n"'.repeat(5_000)))
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const few = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 4 })
  const records = fc.record({
    kind: fc.constantFrom('request', 'job'),
    durationMs: ms,
    status: maybe(fc.constantFrom(200, 404, 500)),
    aborted: maybe(fc.constant(true)),
    upgraded: maybe(fc.constant(true)),
    truncated: maybe(fc.constant(true)),
    attempt: maybe(fc.nat()),
    queuedMs: maybe(ms),
    gcMs: maybe(ms),
    error: maybe(fc.oneof(fc.anything(), fc.record({ code: name }))),
    cpu: maybe(fc.record({ ms, clock: fc.constantFrom('thread', 'wall') })),
    waits: maybe(fc.record({ outgoingMs: ms, stepsMs: ms, otherMs: ms, unmeasuredMs: ms })),
    io: fc.record({ outgoing: maybe(fc.record({ byHost: fc.dictionary(name, fc.record({ ms }), { maxKeys: 4 }) })) }),
    outgoing: few(fc.record({ host: name, durationMs: maybe(ms) })),
    steps: few(fc.record({ name, durationMs: maybe(ms) })),
    jobs: few(fc.record({ name: maybe(name) })),
    late: maybe(fc.record({ cpuMs: ms })),
  })

  test('is one line of at most 300 characters for any names and figures', () => {
    fc.assert(
      fc.property(records, (own) => {
        const sentence = summary(made(1, own as unknown as Partial<StoredRecord>))
        expect(sentence.length).toBeLessThanOrEqual(300)
        expect(sentence).toMatch(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u)
        if (own.cpu === undefined) expect(sentence).not.toMatch(/\d m?s own CPU/)
      }),
      { numRuns: 500 },
    )
  })
})
