// Records for tests: one with everything, and arbitrary ones, damaged ones among them.
import fc from 'fast-check'
import type { RequestDetail } from '../../../protocol.js'
import type { JobSeen, StoryInput, TimedLine } from './story-input.js'

/** A record of a request that took 100 ms, with other members on top. */
export function recordWith(more: Partial<RequestDetail> = {}): RequestDetail {
  return {
    id: 'r1',
    requestId: 'r1',
    kind: 'request',
    method: 'GET',
    path: '/a',
    route: '/a',
    status: 200,
    account: 'acme',
    service: 'publisher',
    pid: 1,
    instance: 'web-1:1',
    startedAt: '2026-11-24T14:03:07.000Z',
    durationMs: 100,
    measured: true,
    cpu: { ms: 10, slices: 3, clock: 'thread', fromMs: 0 },
    waits: { heldUpMs: 0, outgoingMs: 0, queriesMs: 0, poolMs: 0, stepsMs: 0, otherMs: 90, unmeasuredMs: 0 },
    io: {},
    heldUp: [],
    outgoing: [],
    steps: [],
    jobs: [],
    queryKinds: [],
    queryRuns: [],
    poolWaits: [],
    source: 'memory',
    summary: '100 ms',
    parts: [],
    notes: [],
    ...more,
  }
}

/** The input of the layout. */
export function inputWith(record: Partial<RequestDetail> = {}, more: Partial<StoryInput> = {}): StoryInput {
  return { record: recordWith(record), lines: [], jobs: [], isOpened: false, storyOf: (id) => `#${id}`, ...more }
}

/** A line at a moment. */
export function lineAt(atMs: number, kind: TimedLine['kind'] = 'plain'): TimedLine {
  return { atMs, kind, line: { message: 'a line', file: 'a.log' } }
}

/** `calls` queries of one statement, `everyMs` apart from `startMs` on. */
export function runsOf(kind: number, calls: number, startMs = 0, everyMs = 2): RequestDetail['queryRuns'] {
  return Array.from({ length: calls }, (_, at) => ({ startMs: startMs + at * everyMs, durationMs: everyMs / 2, kind }))
}

// Records come from files too, so a figure may be anything.
const figure = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -50, max: 500, noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e300, -1e300, 1e-9, Number.MAX_VALUE),
  },
)
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined })
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('__proto__', '<img onerror>', '\u202e', '😀'.repeat(99)),
)
const list = <T>(one: fc.Arbitrary<T>, maxLength = 12): fc.Arbitrary<T[]> => fc.array(one, { maxLength })

const job: fc.Arbitrary<JobSeen> = fc.record({
  id: text,
  name: text,
  count: fc.nat(5),
  queuedAtMs: figure,
  beganMs: maybe(figure),
  durationMs: maybe(figure),
  outcome: fc.constantFrom('succeeded', 'failed', 'will be tried again', 'runs', 'unknown'),
  attempt: fc.nat(3),
  instance: maybe(text),
})

/** Any record with any lines and jobs. */
export const anyInput: fc.Arbitrary<StoryInput> = fc
  .record({
    durationMs: fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: 0, max: 5_000, noNaN: true }) },
      { weight: 1, arbitrary: figure },
    ),
    measured: fc.boolean(),
    beforeStartMs: maybe(figure),
    truncated: fc.constantFrom(true, undefined),
    cpu: maybe(fc.record({ ms: figure, slices: fc.nat(), clock: fc.constant('thread' as const), fromMs: figure })),
    cpuEstimate: maybe(fc.record({ ms: figure, windows: fc.nat() })),
    waits: maybe(
      fc.record({
        heldUpMs: figure,
        outgoingMs: figure,
        queriesMs: figure,
        poolMs: figure,
        stepsMs: figure,
        otherMs: figure,
        unmeasuredMs: figure,
      }),
    ),
    late: maybe(fc.record({ cpuMs: figure, untilMs: figure })),
    timeline: maybe(list(fc.tuple(figure, figure), 40)),
    heldUp: list(
      fc.record({ startMs: figure, durationMs: figure, by: fc.constant({ kind: 'request' as const, id: 'x' }) }),
    ),
    outgoing: list(
      fc.record({
        startMs: figure,
        durationMs: maybe(figure),
        firstByteMs: maybe(figure),
        method: text,
        host: text,
        route: text,
      }),
    ),
    steps: list(fc.record({ name: text, startMs: figure, durationMs: maybe(figure) })),
    queries: maybe(
      fc.record({
        calls: fc.nat(),
        ms: figure,
        busyMs: figure,
        slowestMs: figure,
        poolMs: maybe(figure),
        bySystem: fc.dictionary(
          fc.constantFrom('postgresql', 'redis', 'x'),
          fc.record({ calls: fc.nat(), ms: figure }),
        ),
      }),
    ),
    queryKinds: list(
      fc.record({
        system: fc.constantFrom('postgresql', 'redis'),
        summary: maybe(text),
        calls: fc.nat(40),
        ms: figure,
        slowestMs: figure,
      }),
    ),
    queryRuns: list(fc.record({ startMs: figure, durationMs: maybe(figure), kind: maybe(fc.nat(14)) }), 40),
    poolWaits: list(fc.record({ startMs: figure, durationMs: figure })),
  })
  .chain((record) =>
    fc.record({
      record: fc.constant(recordWith(record)),
      lines: maybe(
        list(
          fc.tuple(figure, fc.constantFrom('plain', 'warn', 'fail')).map(([at, kind]) => lineAt(at, kind as 'plain')),
        ),
      ),
      jobs: list(job),
      isOpened: fc.boolean(),
      storyOf: fc.constant((id: string) => `#${id}`),
    }),
  )
