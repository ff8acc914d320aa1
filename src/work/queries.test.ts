import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PoolWait, type Query, QueryList } from './queries.js'
import { repeatedKinds, slowestKinds } from './query-kinds.js'

const query = (start: number, own: Partial<Query> = {}): Query => ({
  system: 'postgresql',
  namespace: undefined,
  summary: 'SELECT posts',
  text: 'select * from posts where id = ?',
  start,
  end: undefined,
  rows: undefined,
  errorCode: undefined,
  ...own,
})

interface Interval {
  readonly system: string
  readonly text: string | undefined
  readonly start: number
  readonly length: number
  readonly rows: number | undefined
  readonly errorCode: string | undefined
  readonly isWait: boolean
  readonly isHold: boolean
}

const interval: fc.Arbitrary<Interval> = fc.record({
  system: fc.constantFrom('postgresql', 'mysql', 'redis'),
  text: fc.constantFrom('select a', 'select b', undefined),
  start: fc.nat(50),
  length: fc.nat(20),
  rows: fc.constantFrom(undefined, 0, 3),
  errorCode: fc.constantFrom(undefined, undefined, '23505'),
  isWait: fc.boolean(),
  isHold: fc.boolean(),
})

/** Plays begin and end in the order of time. Everything is a query, or a wait and perhaps a hold. */
function played(intervals: readonly Interval[], until = 100): QueryList {
  const list = new QueryList()
  const all = intervals.map(({ system, text, start }) => query(start, { system, text }))
  const waits = intervals.map(({ start }): PoolWait => ({ start, end: undefined, by: undefined }))
  for (let now = 0; now <= until; now++) {
    for (const [at, { start, isWait, isHold }] of intervals.entries()) {
      if (start !== now) continue
      if (isHold) list.beginHold(all[at] as Query)
      if (isWait) list.beginWait(waits[at] as PoolWait)
      else list.begin(all[at] as Query)
    }
    for (const [at, { start, length, isWait, isHold, rows, errorCode }] of intervals.entries()) {
      if (start + length !== now) continue
      if (isHold) list.endHold(all[at] as Query, now)
      const ended = isWait ? (waits[at] as PoolWait) : Object.assign(all[at] as Query, { rows, errorCode })
      ended.end = now
      if (isWait) list.endWait(ended as PoolWait)
      else list.end(ended as Query)
    }
  }
  return list
}

/** How many of the steps from one moment to the next lie in one of the intervals. */
const unionOf = (intervals: readonly Interval[]): number =>
  new Set(intervals.flatMap(({ start, length }) => Array.from({ length }, (_, at) => start + at))).size
const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)

describe('the queries of a request', () => {
  it('sum up to the union and to the total of their times, in all, by system and by kind', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 30 }), (intervals) => {
        const list = played(intervals)
        const queries = intervals.filter(({ isWait }) => !isWait)
        const lengths = queries.map(({ length }) => length)
        const rows = queries.flatMap((one) => one.rows ?? [])
        const holds = intervals.filter(({ isHold }) => isHold)
        const waits = intervals.filter(({ isWait }) => isWait)
        expect(list.sum(1_000)).toEqual({
          calls: queries.length,
          ms: unionOf(queries),
          busyMs: total(lengths),
          slowestMs: Math.max(0, ...lengths),
          poolMs: waits.length === 0 ? undefined : unionOf(waits),
          holdMs: holds.length === 0 ? undefined : total(holds.map(({ length }) => length)),
          rows: rows.length === 0 ? undefined : total(rows),
          errors: queries.filter(({ errorCode }) => errorCode !== undefined).length,
          unknown: 0,
        })
        for (const [system, sum] of Object.entries(list.bySystem(1_000))) {
          const own = queries.filter((each) => each.system === system)
          expect(sum).toEqual({ calls: own.length, ms: unionOf(own) })
        }
        for (const kind of list.kinds(1_000)) {
          const own = queries.filter(({ system, text }) => kind.system === system && kind.text === text)
          expect(kind).toMatchObject({ calls: own.length, ms: total(own.map(({ length }) => length)) })
        }
      }),
    )
  })

  it('count up to now while they are open, and so do waits and holds', () => {
    const list = new QueryList()
    list.begin(query(10))
    list.begin(query(20, { text: 'select 1' }))
    list.beginWait({ start: 12, end: undefined, by: undefined })
    list.beginHold({ start: 14 })
    expect(list.sum(25)).toMatchObject({ calls: 2, ms: 15, busyMs: 20, slowestMs: 15, poolMs: 13, holdMs: 11 })
    expect(list.kinds(25).map(({ ms }) => ms)).toEqual([15, 5])
    expect(list.bySystem(25)).toEqual({ postgresql: { calls: 2, ms: 15 } })
  })

  it('count once, even if their end is reported twice', () => {
    const list = new QueryList()
    const one = query(1)
    list.begin(one)
    one.end = 3
    for (let times = 0; times < 2; times++) list.end(one)
    expect(list.sum(10)).toMatchObject({ calls: 1, ms: 2, busyMs: 2 })
  })

  it('are bounded: 10,000 queries leave 50 runs, 50 kinds, 10 systems, 20 waits, and the sum of all', () => {
    const list = new QueryList()
    for (let at = 0; at < 10_000; at++) {
      const one = query(at, { system: `s${at % 30}`, text: `select ${at % 300}` })
      list.begin(one)
      one.end = at + 1
      list.end(one)
      const wait: PoolWait = { start: at, end: at + (at % 2), by: undefined }
      list.beginWait(wait)
      list.endWait(wait)
      list.beginHold(one)
      list.endHold(one, at + 1)
    }
    expect(list.sum(10_000)).toMatchObject({ calls: 10_000, ms: 10_000, busyMs: 10_000, holdMs: 10_000, poolMs: 5_000 })
    expect(list.runs).toHaveLength(50)
    expect(list.kinds(0)).toHaveLength(50)
    expect(Object.keys(list.bySystem(0))).toHaveLength(10)
    expect(list.poolWaits).toHaveLength(20)
    for (const { start, end } of list.poolWaits) expect((end as number) - start).toBeGreaterThanOrEqual(1)
    expect(slowestKinds(list.kinds(0))).toHaveLength(20)
  })

  it('are listed as the first 50, of which at most 20 are of caches, each with its kind', () => {
    const list = new QueryList()
    for (let at = 0; at < 30; at++) list.begin(query(at, { system: 'redis', summary: 'GET', text: undefined }))
    for (let at = 0; at < 40; at++) list.begin(query(at, { text: `select ${at % 3}` }))
    expect(list.runs).toHaveLength(50)
    expect(list.runs.filter(({ query: { system } }) => system === 'redis')).toHaveLength(20)
    const kinds = list.kinds(100)
    for (const { query: one, kind } of list.runs)
      expect(kinds[kind]).toMatchObject({ system: one.system, text: one.text })
  })

  it('of one kind have the same system, namespace and text', () => {
    const list = new QueryList()
    for (const system of ['postgresql', 'mysql']) {
      for (const namespace of [undefined, 'shop']) list.begin(query(0, { system, namespace }))
    }
    list.begin(query(0, { summary: 'another summary' }))
    expect(list.kinds(0).map(({ calls }) => calls)).toEqual([2, 1, 1, 1])
  })
})

describe('repeated queries', () => {
  const repeated = (queries: readonly [number, Partial<Query>][]): unknown[] => {
    const list = new QueryList()
    for (const [times, own] of queries) for (let at = 0; at < times; at++) list.begin(query(0, own))
    return repeatedKinds(list.kinds(0)).map(({ summary, calls }) => [summary, calls])
  }

  it('have one text, and at least 5 calls', () => {
    expect(repeated([[25, {}]])).toEqual([['SELECT posts', 25]])
    expect(repeated([[4, {}]])).toEqual([])
    expect(
      repeated(Array.from({ length: 6 }, (_, at) => [1, { text: `select * from posts where a${at} = ?` }])),
    ).toEqual([])
  })

  it('are the 5 most frequent', () => {
    const all = repeated(Array.from({ length: 9 }, (_, at) => [at + 4, { text: `select ${at}`, summary: `S${at}` }]))
    expect(all).toEqual([8, 7, 6, 5, 4].map((at) => [`S${at}`, at + 4]))
  })

  it('are never the statements of transactions, nor commands without a text', () => {
    for (const text of ['START TRANSACTION', 'begin', 'COMMIT', 'rollback', 'SAVEPOINT s1']) {
      expect(repeated([[9, { text, summary: text.toUpperCase() }]])).toEqual([])
      expect(repeated([[9, { text, summary: undefined }]])).toEqual([])
    }
    expect(repeated([[9, { system: 'redis', summary: 'GET', text: undefined }]])).toEqual([])
  })
})
