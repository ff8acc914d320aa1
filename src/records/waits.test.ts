import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallList } from '../work/calls.js'
import { newWork, type Work } from '../work/work.js'
import type { TrackedFigures } from './request-record.js'
import { waitsOf } from './waits.js'

type Span = readonly [start: number, length: number]

const start = 1_000

function work(calls: readonly Span[], steps: readonly Span[]): Work {
  const list = new CallList()
  for (const [at, length] of calls) {
    const times = { start: start + at, end: start + at + length, firstByte: undefined }
    const rest = { status: 200, errorCode: undefined, reused: undefined, readBytes: 0, writtenBytes: 0 }
    list.begin({ method: 'GET', host: 'blog.example', route: '/', ...times, ...rest })
  }
  const named = steps.map(([at, length]) => ({ name: 'step', start: start + at, end: start + at + length }))
  return { ...newWork(), calls: list, steps: named }
}

function figures(ms: number, timeline: readonly Span[], fromMs = 0): TrackedFigures['figures'] {
  const cpu = { ms, slices: timeline.length, clock: 'thread' as const, fromMs }
  return { cpu, timeline, process: { cpuMs: ms, heapDeltaBytes: 0, inFlight: 1 } }
}

const waits = (
  calls: readonly Span[],
  steps: readonly Span[],
  own: TrackedFigures['figures'],
  lasted = 100,
  until?: number,
) =>
  waitsOf(
    work(calls, steps),
    { figures: own, truncatedAt: until === undefined ? undefined : start + until },
    start,
    start + lasted,
  )

describe('where the time went', () => {
  it('is calls, then steps, then the rest, each without what came before it', () => {
    const own = figures(10, [
      [0, 5],
      [30, 5],
    ])
    // A call from 20 to 60 with 5 ms of CPU in it; a step from 50 to 80, of which 10 ms are the call's.
    expect(waits([[20, 40]], [[50, 30]], own)).toEqual({ outgoingMs: 35, stepsMs: 20, otherMs: 35, unmeasuredMs: 0 })
  })

  it('counts calls that overlap once', () => {
    const calls: Span[] = [
      [10, 40],
      [20, 40],
      [80, 10],
    ]
    expect(waits(calls, [], figures(0, []))).toMatchObject({ outgoingMs: 60, otherMs: 40 })
  })

  it('leaves out what was before measuring began and after it ended', () => {
    const measured = waits([[0, 100]], [], figures(10, [], 30), 100, 70)
    expect(measured).toEqual({ outgoingMs: 30, stepsMs: 0, otherMs: 0, unmeasuredMs: 60 })
  })

  it('adds up to the duration with the CPU, and is never below 0, with any overlaps', () => {
    const span = fc.tuple(fc.nat(120), fc.nat(120))
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 8 }),
        fc.array(span, { maxLength: 8 }),
        fc.array(span, { maxLength: 8 }),
        fc.nat(100),
        fc.nat(100),
        (calls, steps, timeline, cpu, from) => {
          const ms = Math.min(cpu, 100 - from)
          const { outgoingMs, stepsMs, otherMs, unmeasuredMs } = waits(calls, steps, figures(ms, timeline, from))
          const parts = [outgoingMs, stepsMs, otherMs, unmeasuredMs]
          for (const part of parts) expect(part).toBeGreaterThanOrEqual(0)
          expect(parts.reduce((sum, part) => sum + part, ms)).toBeCloseTo(100, 2)
        },
      ),
    )
  })
})
