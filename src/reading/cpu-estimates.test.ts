import { expect, test } from 'vitest'
import { readAccess } from '../records/read-access.js'
import type { TotalsQuery, TotalsReading, TotalsRow } from '../records/totals/totals-types.js'
import { CpuEstimates } from './cpu-estimates.js'

const row = (own: Partial<TotalsRow>): TotalsRow => ({
  method: 'GET',
  route: '/posts',
  requests: 10,
  jobs: 0,
  errors: 0,
  cpuMs: 200,
  exact: false,
  windows: 30,
  heldOthers: { requests: 0, ms: 0 },
  ...{ queries: 0, queryMs: 0, poolMs: 0, holdMs: 0, bytes: 0 },
  duration: { mean: 1 },
  perMinute: () => [],
  ...own,
})

/** Estimates from the rows of each account, and the questions that were asked. */
function estimates(rowsOf: (account: string | undefined) => readonly TotalsRow[], exact = false) {
  const asked: TotalsQuery[] = []
  const read = (query: TotalsQuery): TotalsReading => {
    asked.push(query)
    return { from: 0, to: 0, wallMs: 0, exact, all: row({}), rows: rowsOf(query.account) }
  }
  return { asked, of: new CpuEstimates({ read, safe: (name) => name, instance: 'web-2:1' }) }
}

const posts = { kind: 'request', method: 'GET', route: '/posts' } as const

test('the CPU of a request is estimated from its route, with the number of windows', () => {
  const { asked, of } = estimates(() => [
    row({}),
    row({ method: undefined, route: 'job receipt', cpuMs: 50, jobs: 10, requests: 0 }),
  ])
  const estimate = of.of(readAccess('all', undefined))
  expect(asked).toEqual([])
  expect(estimate(posts)).toEqual({ ms: 20, windows: 30 })
  expect(estimate({ kind: 'job', name: 'receipt' })).toEqual({ ms: 5, windows: 30 })
  expect(estimate({ ...posts, method: 'POST' })).toBeUndefined()
  expect(estimate({ kind: 'request', method: 'GET' })).toBeUndefined()
  expect(asked).toHaveLength(1)
})

test('nothing is estimated where no window saw the route, or all CPU is measured', () => {
  const all = readAccess('all', undefined)
  for (const own of [{ windows: undefined }, { cpuMs: undefined }, { requests: 0 }, { exact: true }])
    expect(estimates(() => [row(own)]).of.of(all)(posts)).toBeUndefined()
  expect(estimates(() => [row({})], true).of.of(all)(posts)).toBeUndefined()
})

test('a reader of one account gets estimates from the work of the account alone', () => {
  const { of, asked } = estimates((account) => (account === 'acme' ? [row({ cpuMs: 10 })] : [row({})]))
  expect(of.of(readAccess('account', 'acme'))(posts)?.ms).toBe(1)
  expect(asked).toMatchObject([{ account: 'acme' }])
  for (const account of [undefined, '(other)', '(anonymous)'])
    expect(of.of(readAccess('account', account))(posts)).toBeUndefined()
  expect(asked).toHaveLength(1)
})
