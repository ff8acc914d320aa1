import { expect, test } from 'vitest'
import { epoch, made } from '../../test/records/made.js'
import type { StoredRecord } from '../records/record.js'
import { dependenciesOf } from './dependencies.js'

const of = (...records: StoredRecord[]) => dependenciesOf(records, epoch, epoch + 60_000)
const kind = { system: 'postgresql', summary: 'SELECT posts', calls: 0, ms: 0, slowestMs: 0 }
const sum = { calls: 3, ms: 260, busyMs: 260, slowestMs: 140, bySystem: { postgresql: { calls: 3, ms: 260 } } }
const runs = (...ms: number[]) => ms.map((durationMs) => ({ startMs: 0, durationMs, kind: 0 }))

test('queries are added up by system, with the durations and failures that records know', () => {
  const queryRuns = [...runs(10, 110), { startMs: 0, durationMs: 140, kind: 0, errorCode: '57014' }]
  const { systems } = of(made(1, { queries: sum, queryKinds: [kind], queryRuns }), made(2, { queries: sum }))
  expect(systems).toEqual([{ name: 'postgresql', calls: 6, ms: 520, p95Ms: 140, slowestMs: 140, failed: 1 }])
})

test('of queries whose own durations are unknown, only the sums are told', () => {
  const { systems, slowQueries } = of(made(1, { queries: sum, queryKinds: [], queryRuns: [] }))
  expect(systems).toEqual([{ name: 'postgresql', calls: 3, ms: 260 }])
  expect(slowQueries).toEqual([])
})

test('slow queries are one row for each text, with the work that sent most of them', () => {
  const from = (n: number, account: string, ...ms: number[]) =>
    made(n, { account, method: 'GET', route: '/search', queries: sum, queryKinds: [kind], queryRuns: runs(...ms) })
  const { slowQueries } = of(from(1, 'acme', 100, 99), from(2, 'globex', 312, 150), from(3, 'acme', 5))
  expect(slowQueries).toEqual([
    {
      system: 'postgresql',
      summary: 'SELECT posts',
      slow: 3,
      slowestMs: 312,
      mostFrom: { account: 'globex', method: 'GET', route: '/search', name: undefined },
    },
  ])
})

test('calls are added up by host; a status of 500 or above and an error are failures', () => {
  const call = { startMs: 0, method: 'GET', host: 'blog.example', route: '/' }
  const io = { outgoing: { calls: 3, byHost: { 'blog.example': { calls: 3, ms: 90 } } } }
  const outgoing = [
    { ...call, durationMs: 20, status: 200 },
    { ...call, durationMs: 30, status: 502 },
    { ...call, durationMs: 40, errorCode: 'ECONNRESET' },
    call,
  ]
  expect(of(made(1, { io, outgoing })).hosts).toEqual([
    { name: 'blog.example', calls: 3, ms: 90, p95Ms: 40, slowestMs: 40, failed: 2 },
  ])
})

test('records of a store that lack the lists still count', () => {
  const { queryKinds: _, queryRuns: __, outgoing: ___, ...old } = made(1, { queries: sum })
  expect(of(old as StoredRecord)).toMatchObject({ requests: 1, systems: [{ calls: 3 }] })
})
