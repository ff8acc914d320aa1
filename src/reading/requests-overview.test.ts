import { describe, expect, test } from 'vitest'
import { epoch, idAt, made } from '../../test/records/made.js'
import type { StoredRecord } from '../records/record.js'
import { overviewOf } from './requests-overview.js'

const minute = 60_000
const times = (count: number, own: (n: number) => Partial<StoredRecord> = () => ({})): StoredRecord[] =>
  Array.from({ length: count }, (_, n) => made(n, { durationMs: n + 1, ...own(n) }))
const held = { heldUpMs: 60, outgoingMs: 0, queriesMs: 0, poolMs: 0, stepsMs: 0, otherMs: 0, unmeasuredMs: 0 }
const unmeasured = { cpu: undefined, waits: undefined, io: {} }

const overview = (records: readonly StoredRecord[], ms = minute, inFlight = 0, isCut = false) =>
  overviewOf({ records, from: epoch, to: epoch + ms, isCut, inFlight })

describe('the sentence of an overview', () => {
  test.each([
    ['No request ended in the last 15 minutes.', overview([])],
    ['No request has ended yet, 2 in flight.', overview([], minute, 2)],
    ['100 requests a second, 3 in flight, 95 % within 95 ms.', overview(times(100), 1_000, 3)],
    [
      '100 requests a second, 0 in flight, 95 % within 95 ms. 1 in 10 was held up by another.',
      overview(
        times(100, (n) => (n % 10 === 0 ? { durationMs: 60, waits: held } : {})),
        1_000,
      ),
    ],
    [
      '100 requests a second, 0 in flight, 95 % within 95 ms. Of 10 measured, 1 in 5 was held up by another.',
      overview(
        times(100, (n) => (n >= 10 ? unmeasured : n < 2 ? { durationMs: 60, waits: held } : {})),
        1_000,
      ),
    ],
    [
      '100 requests a second, 0 in flight, 95 % within 95 ms. None was measured.',
      overview(
        times(100, () => unmeasured),
        1_000,
      ),
    ],
    [
      '1 request a second, 0 in flight, 95 % within 57 ms. 1 in 20 failed.',
      overview(times(60, (n) => (n < 3 ? { status: 502 } : {}))),
    ],
    [
      '4 requests a minute, 0 in flight, 95 % within 4 ms. 75 % failed.',
      overview(times(4, (n) => (n < 3 ? { status: 502 } : {}))),
    ],
    ['1 request a minute, 0 in flight, 95 % within 1 ms. It failed.', overview(times(1, () => ({ status: 500 })))],
    ['2 requests a minute, 0 in flight, 95 % within 2 ms. All failed.', overview(times(2, () => ({ status: 500 })))],
    ['6 jobs a minute, 0 in flight, 95 % within 6 ms.', overview(times(6, () => ({ kind: 'job', status: undefined })))],
    [
      '6 requests and jobs a minute, 0 in flight, 95 % within 6 ms.',
      overview(times(6, (n) => (n === 0 ? { kind: 'job' } : {}))),
    ],
    ['less than 1 request a minute, 0 in flight, 95 % within 1 ms.', overview(times(1), 15 * minute)],
  ])('is %s', (sentence, { summary }) => {
    expect(summary).toBe(sentence)
  })
})

test('an overview adds up queries by system and calls by host, and names fields and counts', () => {
  const byHost = (host: string, ms: number) => ({ outgoing: { calls: 1, byHost: { [host]: { calls: 1, ms } } } })
  const queries = { calls: 2, ms: 5, busyMs: 5, slowestMs: 4, bySystem: { postgresql: { calls: 2, ms: 5 } } }
  const { systems, hosts, fields, counts } = overview([
    made(1, { io: byHost('a.example', 3), queries, fields: { plan: 'pro' } }),
    made(2, { io: byHost('b.example', 9), queries, counts: { tokens: 7 } }),
    made(3, { io: byHost('a.example', 4), fields: { plan: 'free', beta: true } }),
  ])
  expect(systems).toEqual([{ name: 'postgresql', calls: 4, ms: 10 }])
  expect(hosts).toEqual([
    { name: 'b.example', calls: 1, ms: 9 },
    { name: 'a.example', calls: 2, ms: 7 },
  ])
  expect([fields, counts]).toEqual([['beta', 'plan'], ['tokens']])
})

describe('the points of an overview', () => {
  test('say where most of the time went, as far as it is known', () => {
    const calls = { outgoing: { calls: 1, byHost: { 'blog.example': { calls: 1, ms: 700 } } } }
    const { points } = overview([
      made(1),
      made(2, unmeasured),
      made(3, { ...unmeasured, io: calls }),
      made(4, { waits: { ...held, heldUpMs: 790 } }),
      made(5, { status: 503 }),
    ])
    expect(points.map(({ dominant, failed }) => [dominant, failed])).toEqual([
      ['outgoing', undefined],
      ['unmeasured', undefined],
      ['outgoing', undefined],
      ['held', undefined],
      ['outgoing', true],
    ])
    expect(points[0]).toEqual({ id: idAt(1), atMs: 1, durationMs: 812.123, dominant: 'outgoing' })
  })

  test('are at most 2,000, with all failures and the slowest, oldest first', () => {
    const { points, count } = overview(
      times(5_000, (n) => ({ durationMs: n === 7 ? 9_999 : 5, status: n % 500 === 3 ? 500 : 200 })),
    )
    expect(count).toBe(5_000)
    expect(points.length).toBeGreaterThan(1_900)
    expect(points.length).toBeLessThanOrEqual(2_000)
    expect(points.filter(({ failed }) => failed)).toHaveLength(10)
    expect(points.some(({ durationMs }) => durationMs === 9_999)).toBe(true)
    expect(points.map(({ atMs }) => atMs)).toEqual([...points].map(({ atMs }) => atMs).sort((a, b) => a - b))
  })
})
