import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallList } from '../work/calls.js'
import { HeldUp } from '../work/held-up.js'
import { QueryList } from '../work/queries.js'
import { newWork, type Work } from '../work/work.js'
import type { TrackedFigures } from './request-record.js'
import { waitsOf } from './waits.js'

type Span = readonly [start: number, length: number]

const start = 1_000

function work(calls: readonly Span[], steps: readonly Span[], asked: Asked = {}): Work {
  const list = new CallList()
  for (const [at, length] of calls) {
    const times = { start: start + at, end: start + at + length, firstByte: undefined }
    const rest = { status: 200, errorCode: undefined, reused: undefined, readBytes: 0, writtenBytes: 0 }
    list.begin({ method: 'GET', host: 'blog.example', route: '/', ...times, ...rest })
  }
  const named = steps.map(([at, length]) => ({ name: 'step', start: start + at, end: start + at + length }))
  return { ...newWork(), calls: list, steps: named, queries: queriesOf(asked) }
}

interface Asked {
  readonly queries?: readonly Span[]
  readonly pool?: readonly Span[]
}

/** A list of queries and waits for connections, which begin and end in order of time. */
function queriesOf({ queries = [], pool = [] }: Asked): QueryList {
  const list = new QueryList()
  const kind = { system: 'postgresql', namespace: undefined, summary: 'SELECT posts', text: 'select ?' }
  const events = [
    ...queries.flatMap(([at, length]) => {
      const run = { kind, start: start + at, end: start + at + length, rows: undefined, errorCode: undefined }
      return [
        { at: run.start, act: () => list.begin(run) } as const,
        { at: run.end, act: () => list.end(run) } as const,
      ]
    }),
    ...pool.flatMap(([at, length]) => {
      const wait = { start: start + at, end: start + at + length, by: undefined }
      return [
        { at: wait.start, act: () => list.beginWait(wait) },
        { at: wait.end, act: () => list.endWait(wait) },
      ]
    }),
  ]
  for (const { act } of events.sort((one, other) => one.at - other.at)) act()
  return list
}

function figures(
  ms: number,
  timeline: readonly Span[],
  fromMs = 0,
  heldUp: HeldUp | undefined = undefined,
): TrackedFigures['figures'] {
  const cpu = { ms, slices: timeline.length, clock: 'thread' as const, fromMs }
  return { cpu, timeline, heldUp, process: { cpuMs: ms, heapDeltaBytes: 0, inFlight: 1 } }
}

/** What the engine notes of stretches, in order of time. */
function heldUpIn(stretches: readonly Span[]): HeldUp {
  const heldUp = new HeldUp()
  for (const [at, length] of stretches) heldUp.add(start + at, start + at + length)
  return heldUp
}

const waits = (
  calls: readonly Span[],
  steps: readonly Span[],
  own: TrackedFigures['figures'],
  lasted = 100,
  until?: number,
  asked: Asked = {},
) =>
  waitsOf(
    work(calls, steps, asked),
    { figures: own, truncatedAt: until === undefined ? undefined : start + until },
    start,
    start + lasted,
  )

describe('the parts of the duration', () => {
  it('are calls, then steps, then the rest, without overlap', () => {
    const own = figures(10, [
      [0, 5],
      [30, 5],
    ])
    // A call from 20 to 60 with 5 ms of CPU in it; a step from 50 to 80, of which 10 ms are the call's.
    expect(waits([[20, 40]], [[50, 30]], own)).toMatchObject({
      outgoingMs: 35,
      stepsMs: 20,
      otherMs: 35,
      unmeasuredMs: 0,
    })
  })

  it('are calls, then queries, then waits for a connection, then steps', () => {
    const own = figures(0, [])
    const asked: Asked = {
      queries: [
        [20, 20],
        [30, 20],
      ],
      pool: [[45, 20]],
    }
    expect(waits([[10, 20]], [[0, 100]], own, 100, undefined, asked)).toEqual({
      outgoingMs: 20,
      queriesMs: 20,
      poolMs: 15,
      stepsMs: 45,
      otherMs: 0,
      unmeasuredMs: 0,
    })
  })

  it('are held up first, even if a call and a query are open', () => {
    const own = figures(10, [[0, 10]], 0, heldUpIn([[20, 40]]))
    const asked: Asked = { queries: [[50, 20]], pool: [[55, 30]] }
    expect(waits([[10, 20]], [[0, 100]], own, 100, undefined, asked)).toEqual({
      heldUpMs: 40,
      outgoingMs: 10,
      queriesMs: 10,
      poolMs: 15,
      stepsMs: 15,
      otherMs: 0,
      unmeasuredMs: 0,
    })
  })

  it('count the time held up of a request without calls, queries and steps', () => {
    expect(waits([], [], figures(10, [[0, 10]], 0, heldUpIn([[20, 40]])))).toMatchObject({ heldUpMs: 40, otherMs: 50 })
  })

  it('count thousands of stretches of being held up', () => {
    const stretches = Array.from({ length: 3_000 }, (_, at): Span => [at * 3, 2])
    const parts = waits([[0, 9_000]], [], figures(0, [], 0, heldUpIn(stretches)), 9_000)
    expect(parts).toMatchObject({ heldUpMs: 6_000, outgoingMs: 3_000, otherMs: 0 })
  })

  it('count queries between slices that the timeline joins', () => {
    // Ten queries of 0.9 ms, with 0.1 ms of CPU after each: the timeline joins the slices to one of 10 ms.
    const queries = Array.from({ length: 10 }, (_, at): Span => [at, 0.9])
    const parts = waits([], [], figures(1, [[0, 10]]), 10, undefined, { queries })
    expect(parts.queriesMs).toBeGreaterThan(8)
    expect(parts.otherMs).toBeLessThan(1)
  })

  it('are right for 10,000 queries one after the other', () => {
    const queries = Array.from({ length: 10_000 }, (_, at): Span => [at, 0.75])
    const parts = waits([], [], figures(0, []), 10_000, undefined, { queries })
    expect(parts.queriesMs).toBeCloseTo(7_500, 0)
    expect(parts.otherMs).toBeCloseTo(2_500, 0)
  })

  it('count overlapping calls once', () => {
    const calls: Span[] = [
      [10, 40],
      [20, 40],
      [80, 10],
    ]
    expect(waits(calls, [], figures(0, []))).toMatchObject({ outgoingMs: 60, otherMs: 40 })
  })

  it('leave out the time before and after measuring', () => {
    const measured = waits([[0, 100]], [], figures(10, [], 30), 100, 70)
    expect(measured).toMatchObject({ outgoingMs: 30, stepsMs: 0, otherMs: 0, unmeasuredMs: 60 })
  })

  it('add up to the duration with the CPU, and are never negative, for any overlap', () => {
    const span = fc.tuple(fc.nat(120), fc.nat(120))
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 8 }),
        fc.array(span, { maxLength: 8 }),
        fc.array(span, { maxLength: 8 }),
        fc.array(span, { maxLength: 600 }),
        fc.array(span, { maxLength: 8 }),
        fc.option(fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 30 })), { maxLength: 300 }), {
          nil: undefined,
        }),
        fc.nat(100),
        fc.nat(100),
        (calls, steps, timeline, queries, pool, gaps, cpu, from) => {
          const ms = Math.min(cpu, 100 - from)
          // Stretches never overlap.
          let at = 0
          const stretches = gaps?.map(([gap, length]): Span => {
            const begin = at + gap
            at = begin + length
            return [begin, length]
          })
          const own = figures(ms, timeline, from, stretches && heldUpIn(stretches))
          const { heldUpMs, ...others } = waits(calls, steps, own, 100, undefined, { queries, pool })
          expect(heldUpMs === undefined).toBe(stretches === undefined)
          const parts = [heldUpMs ?? 0, ...Object.values(others)]
          for (const part of parts) expect(part).toBeGreaterThanOrEqual(0)
          expect(parts.reduce<number>((sum, part = 0) => sum + part, ms)).toBeCloseTo(100, 2)
        },
      ),
    )
  })
})
