import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Call, CallList } from './calls.js'

const call = (host: string, start: number): Call => ({
  method: 'GET',
  host,
  route: '/',
  start,
  firstByte: undefined,
  end: undefined,
  status: undefined,
  errorCode: undefined,
  reused: undefined,
  readBytes: undefined,
  writtenBytes: undefined,
})

interface Interval {
  readonly host: string
  readonly start: number
  readonly length: number
}

const interval: fc.Arbitrary<Interval> = fc.record({
  host: fc.constantFrom('a.example', 'b.example', 'c.example'),
  start: fc.nat(50),
  length: fc.nat(20),
})

/** Plays begin and end in the order of time, as they come in life. */
function played(intervals: readonly Interval[]): CallList {
  const list = new CallList()
  const calls = intervals.map(({ host, start }) => call(host, start))
  for (let now = 0; now <= 100; now++) {
    for (const [at, { start }] of intervals.entries()) if (start === now) list.begin(calls[at] as Call)
    for (const [at, { start, length }] of intervals.entries()) {
      if (start + length !== now) continue
      const ended = calls[at] as Call
      ended.end = now
      list.end(ended)
    }
  }
  return list
}

/** How many of the steps from one moment to the next lie in one of the intervals. */
function unionOf(intervals: readonly Interval[]): number {
  const covered = new Set(intervals.flatMap(({ start, length }) => Array.from({ length }, (_, at) => start + at)))
  return covered.size
}

describe('the calls of a request', () => {
  it('sum up to the union of their intervals, in all and by host', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 30 }), (intervals) => {
        const list = played(intervals)
        expect(list.sum(1_000)).toEqual({ calls: intervals.length, ms: unionOf(intervals) })
        for (const [host, sum] of Object.entries(list.byHost(1_000))) {
          const own = intervals.filter((each) => each.host === host)
          expect(sum).toEqual({ calls: own.length, ms: unionOf(own) })
        }
      }),
    )
  })

  it('count up to now while they are open', () => {
    const list = new CallList()
    list.begin(call('a.example', 10))
    expect(list.sum(25)).toEqual({ calls: 1, ms: 15 })
    expect(list.byHost(25)).toEqual({ 'a.example': { calls: 1, ms: 15 } })
  })

  it('are listed up to 50, summed for up to 20 hosts, and only counted beyond', () => {
    const list = new CallList()
    for (let at = 0; at < 60; at++) {
      const made = call(`h${at % 30}.example`, at)
      list.begin(made)
      made.end = at + 1
      list.end(made)
    }
    expect(list.kept).toHaveLength(50)
    expect(Object.keys(list.byHost(0))).toHaveLength(20)
    expect(list.sum(0)).toEqual({ calls: 60, ms: 60 })
  })
})
