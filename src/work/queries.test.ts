import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type QueryKind, QueryList, type QueryRun } from './queries.js'

const kindOf = (text: string, system = 'postgresql'): QueryKind => ({
  system,
  namespace: undefined,
  summary: 'SELECT posts',
  text,
})
const runOf = (start: number, kind: QueryKind = kindOf('select ?')): QueryRun => ({
  kind,
  start,
  end: undefined,
  rows: undefined,
  errorCode: undefined,
})

/** Runs queries from `start` for `length` ms, in order of time. */
function listOf(spans: readonly (readonly [start: number, length: number])[], kind?: QueryKind): QueryList {
  const list = new QueryList()
  const runs = spans.map(([start, length]) => ({ run: runOf(start, kind), end: start + length }))
  const events = runs.flatMap(({ run, end }) => [
    { at: run.start, act: () => list.begin(run) },
    { at: end, act: () => list.end(Object.assign(run, { end })) },
  ])
  for (const { act } of events.sort((one, other) => one.at - other.at)) act()
  return list
}

describe('the queries of a request', () => {
  it('count time in which several were open once in ms, and for each of them in busyMs', () => {
    const list = listOf([
      [0, 30],
      [10, 30],
      [100, 10],
    ])
    expect(list.sum(200)).toEqual({ calls: 3, ms: 50 })
    expect([list.busyMs(200), list.slowestMs(200)]).toEqual([70, 30])
  })

  it('name a query that repeats late, after any number of other queries', () => {
    const others = Array.from({ length: 400 }, (_, n): [QueryKind, number] => [kindOf(`select ${n}`), 3 * (n % 200)])
    const list = new QueryList()
    const send = (kind: QueryKind, at: number, ms = 1): void => {
      const run = runOf(at, kind)
      list.begin(run)
      list.end(Object.assign(run, { end: at + ms }))
    }
    send(kindOf('slow'), 0, 5_000)
    for (const [kind, at] of others) send(kind, 6_000 + at)
    // Each repetition comes between other queries that come once.
    for (let n = 0; n < 25; n++) {
      send(kindOf('late'), 20_000 + n * 10)
      send(kindOf(`other ${n}`), 20_005 + n * 10)
    }
    const kinds = list.kinds(30_000)
    expect(kinds.length).toBeLessThanOrEqual(50)
    expect(kinds.find(({ kind }) => kind.text === 'late')?.calls).toBe(25)
    expect(kinds[0]).toMatchObject({ kind: { text: 'slow' }, ms: 5_000 })
  })

  it('never count more calls of a kind than there were, and count all while there are few kinds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 1_000 }), (texts) => {
        const list = new QueryList()
        const sent = new Map<string, number>()
        texts.forEach((text, at) => {
          const run = runOf(at, kindOf(`select ${text}`, text % 2 ? 'mysql' : 'postgresql'))
          list.begin(run)
          list.end(Object.assign(run, { end: at + 1 }))
          sent.set(`select ${text}`, (sent.get(`select ${text}`) ?? 0) + 1)
        })
        const kinds = list.kinds(2_000)
        expect(kinds.length).toBe(Math.min(50, sent.size))
        for (const { kind, calls } of kinds) {
          const all = sent.get(String(kind.text)) ?? 0
          if (sent.size <= 50) expect(calls).toBe(all)
          else expect(calls).toBeLessThanOrEqual(all)
        }
      }),
    )
  })

  it('tell the same text in two systems apart', () => {
    const list = new QueryList()
    for (const system of ['postgresql', 'mysql', 'postgresql']) {
      const run = runOf(0, kindOf('select ?', system))
      list.begin(run)
      list.end(Object.assign(run, { end: 1 }))
    }
    expect(list.kinds(2).map(({ kind, calls }) => [kind.system, calls])).toEqual([
      ['postgresql', 2],
      ['mysql', 1],
    ])
  })

  it('have no waiting time if the only wait is taken back', () => {
    const list = new QueryList()
    const wait = { start: 5, end: undefined, by: undefined }
    list.beginWait(wait)
    list.takeWaitBack(wait)
    expect(list.poolSum(10)).toBeUndefined()
    expect(list.waits).toEqual([])
  })

  it('have the same time as a sum and as stretches, for any queries', () => {
    const span = fc.tuple(fc.nat(1_000), fc.nat(100))
    fc.assert(
      fc.property(fc.array(span, { maxLength: 600 }), (spans) => {
        const list = listOf(spans)
        const { spans: stretches, laterMs } = list.openUntil(2_000)
        const ms = stretches.reduce((sum, [start, end]) => sum + end - start, laterMs)
        expect(ms).toBeCloseTo(list.sum(2_000).ms, 6)
      }),
    )
  })

  it('stay within their bounds for 10,000 queries of different kinds, systems and waits', () => {
    const list = new QueryList()
    for (let at = 0; at < 10_000; at++) {
      const run = runOf(at * 2, kindOf(`select ${at}`, `system${at % 30}`))
      list.begin(run)
      list.end(Object.assign(run, { end: at * 2 + 1, rows: 1 }))
      const wait = { start: at * 2, end: at * 2 + 1.5, by: undefined }
      list.beginWait(wait)
      list.endWait(wait)
    }
    expect(list.sum(20_000).calls).toBe(10_000)
    expect(list.rows).toBe(10_000)
    expect(list.runs).toHaveLength(50)
    expect(list.kinds(1_000)).toHaveLength(50)
    expect(list.waits).toHaveLength(20)
    expect(Object.keys(list.bySystem(20_000))).toHaveLength(10)
    expect(list.openUntil(20_000).spans.length).toBeLessThanOrEqual(256)
  })

  it('keep at most 20 runs of caches among the first 50', () => {
    const list = new QueryList()
    for (let at = 0; at < 40; at++) list.begin(runOf(at, kindOf('', 'redis')))
    for (let at = 40; at < 80; at++) list.begin(runOf(at))
    expect(list.runs.filter(({ kind }) => kind.system === 'redis')).toHaveLength(20)
    expect(list.runs).toHaveLength(50)
  })

  it('tell kinds of the same text apart by system and namespace', () => {
    const list = new QueryList()
    for (const [system, namespace] of [
      ['postgresql', 'a'],
      ['postgresql', 'b'],
      ['mysql', 'a'],
      ['postgresql', 'a'],
    ]) {
      const run = runOf(0, { system: system as string, namespace, summary: 'SELECT', text: 'select ?' })
      list.begin(run)
      list.end(Object.assign(run, { end: 1 }))
    }
    expect(list.kinds(1_000).map(({ kind, calls }) => [kind.system, kind.namespace, calls])).toEqual([
      ['postgresql', 'a', 2],
      ['postgresql', 'b', 1],
      ['mysql', 'a', 1],
    ])
  })
})
