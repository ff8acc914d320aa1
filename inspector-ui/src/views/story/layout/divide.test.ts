import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coarse } from './coarse.js'
import { divide, type Piece, sized, tellsWhen } from './divide.js'
import { isTime, lengthOf } from './intervals.js'
import { anyInput, recordWith } from './records.testing.js'
import { scaleOf } from './scale.js'

const shown = (pieces: readonly Piece[]): string =>
  pieces.map(({ kind, from, to }) => `${kind} ${from}-${to}`).join(', ')

describe('the time of a request', () => {
  test('is divided by what goes first: own CPU, held up, calls, queries, the pool, steps, other waits', () => {
    const record = recordWith({
      timeline: [[0, 10]],
      heldUp: [{ startMs: 5, durationMs: 15, by: { kind: 'unattributed' } }],
      outgoing: [{ startMs: 15, durationMs: 15, method: 'GET', host: 'a', route: '/' }],
      queryRuns: [{ startMs: 25, durationMs: 15 }],
      poolWaits: [{ startMs: 35, durationMs: 15 }],
      steps: [{ name: 'a', startMs: 45, durationMs: 15 }],
    })
    expect(shown(divide(record))).toBe(
      'cpu 0-10, held 10-20, call 20-30, query 30-40, pool 40-50, step 50-60, wait 60-100',
    )
  })

  test('is not measured but for calls, queries and the pool, if the request was not measured', () => {
    const record = recordWith({
      measured: false,
      cpu: undefined,
      outgoing: [{ startMs: 20, durationMs: 30, method: 'GET', host: 'a', route: '/' }],
      queryRuns: [{ startMs: 40, durationMs: 20 }],
    })
    expect(shown(divide(record))).toBe('unknown 0-20, call 20-50, query 50-60, unknown 60-100')
  })

  test('is not measured before measuring began, and after it ended', () => {
    const record = recordWith({
      cpu: { ms: 10, slices: 1, clock: 'thread', fromMs: 10 },
      waits: { outgoingMs: 0, stepsMs: 0, otherMs: 60, unmeasuredMs: 30 },
      truncated: true,
      timeline: [[10, 10]],
    })
    expect(shown(divide(record))).toBe('unknown 0-10, cpu 10-20, wait 20-80, unknown 80-100')
  })

  test('is waiting where slices of CPU were joined over a query', () => {
    const record = recordWith({
      cpu: { ms: 2, slices: 20, clock: 'thread', fromMs: 0 },
      timeline: [[0, 50]],
      queryRuns: [{ startMs: 10, durationMs: 30 }],
    })
    expect(shown(divide(record))).toBe('cpu 0-10, query 10-40, cpu 40-50, wait 50-100')
  })

  test('goes on in a call that was still open at the end', () => {
    const record = recordWith({ outgoing: [{ startMs: 90, method: 'GET', host: 'a', route: '/' }] })
    expect(shown(divide(record))).toBe('wait 0-90, call 90-100')
  })

  test('is told by size alone if the record has the sums alone', () => {
    const record = recordWith({
      measured: false,
      cpu: undefined,
      waits: { outgoingMs: 30, queriesMs: 20, poolMs: 10, stepsMs: 0, otherMs: 0, unmeasuredMs: 40 },
    })
    expect(tellsWhen(record)).toBe(false)
    expect(shown(sized(record))).toBe('call 0-30, pool 30-40, query 40-60, unknown 60-100')
    expect(tellsWhen({ ...record, queryRuns: [{ startMs: 0, durationMs: 20 }] })).toBe(true)
    expect(tellsWhen(recordWith({ cpu: undefined, waits: undefined }))).toBe(true)
    fc.assert(fc.property(anyInput, (input) => expectTiles(sized(input.record), input.record.durationMs)))
  })

  test('is divided without gaps and overlaps, whatever the record says', () => {
    fc.assert(
      fc.property(anyInput, ({ record }) => {
        const pieces = divide(record)
        expectTiles(pieces, record.durationMs)
      }),
    )
  })
})

describe('pieces that are too thin to be seen', () => {
  const scale = scaleOf({ from: 0, to: 100 }, 0, 100)

  test('go to what took most of their time', () => {
    const pieces: Piece[] = []
    for (let at = 0; at < 100; at += 1)
      pieces.push({ kind: 'query', from: at, to: at + 0.7 }, { kind: 'wait', from: at + 0.7, to: at + 1 })
    expect(shown(coarse(pieces, scale))).toBe('query 0-100')
  })

  test('go to their neighbour if even together they are too thin', () => {
    const pieces: Piece[] = [
      { kind: 'call', from: 0, to: 50 },
      { kind: 'cpu', from: 50, to: 50.5 },
      { kind: 'query', from: 50.5, to: 100 },
    ]
    expect(shown(coarse(pieces, scale))).toBe('call 0-50.5, query 50.5-100')
  })

  test('leave no gap, and nothing thin but at the end', () => {
    fc.assert(
      fc.property(anyInput, fc.integer({ min: 20, max: 2_000 }), ({ record }, px) => {
        const pieces = divide(record)
        const end = record.durationMs
        if (pieces.length === 0) return
        const seen = coarse(pieces, scaleOf({ from: 0, to: end }, 0, px))
        expectTiles(seen, end)
        const thin = (Math.max(end, 0.05) / px) * 1.6 * 0.99
        for (const { from, to } of seen.slice(0, -1)) expect(to - from).toBeGreaterThanOrEqual(thin)
      }),
    )
  })
})

function expectTiles(pieces: readonly Piece[], end: number): void {
  if (!(end > 0) || !isTime(end)) {
    expect(pieces).toEqual([])
    return
  }
  expect(pieces[0]?.from).toBe(0)
  expect(pieces.at(-1)?.to).toBe(end)
  for (const [at, { from, to }] of pieces.entries()) {
    expect(to).toBeGreaterThan(from)
    if (at > 0) expect(from).toBe(pieces[at - 1]?.to)
  }
  expect(Math.abs(lengthOf(pieces) - end)).toBeLessThan(end * 1e-9 + 1e-9)
}
