import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext, type WorkContext } from '../../context/request-context.js'
import { loadSketches } from './sketches.js'
import { Totals } from './totals.js'
import type { TotalsEntry, TotalsRow } from './totals-types.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.UTC(2026, 0, 1)

/** Totals whose two clocks a test moves by hand. */
function totalsAt(own: { books?: () => { unattributed: number; watching: number } } = {}) {
  const clock = { now: 1_000, wall: start }
  const totals = new Totals({ ...own, clocks: { now: () => clock.now, wall: () => clock.wall } })
  const pass = (ms: number): void => {
    clock.now += ms
    clock.wall += ms
  }
  return { totals, clock, pass }
}

function entry(own: Partial<TotalsEntry> = {}): TotalsEntry {
  return {
    kind: 'request',
    account: 'acme',
    method: 'GET',
    route: '/',
    failed: false,
    durationMs: 10,
    bytes: 100,
    ...own,
  }
}

function rowOf(rows: readonly TotalsRow[], account: string): TotalsRow | undefined {
  return rows.find((row) => row.account === account)
}

function contextOf(account: string | undefined, route: string, method = 'POST'): WorkContext {
  const context = createContext('request', { account })
  context.work.route = route
  context.work.method = method
  return context
}

describe('totals', () => {
  test('sum up the requests and jobs of each account and each route', () => {
    const { totals } = totalsAt()
    const queries = { calls: 3, ms: 4, poolMs: 5, holdMs: 6 }
    totals.add(entry({ queries, counts: { tokens: 7 } }))
    totals.add(entry({ failed: true, durationMs: 30, route: '/posts/:id', counts: { tokens: 8 } }))
    totals.add(entry({ kind: 'job', name: 'receipt', method: undefined, route: undefined, account: 'globex' }))
    totals.add(entry({ account: undefined, route: undefined }))

    const { rows, all } = totals.read({ by: 'account', spanMs: hour })
    expect(rowOf(rows, 'acme')).toMatchObject({
      requests: 2,
      jobs: 0,
      errors: 1,
      queries: 3,
      queryMs: 4,
      poolMs: 5,
      holdMs: 6,
      bytes: 200,
      counts: { tokens: 15 },
      duration: { mean: 20 },
      exact: false,
    })
    expect(rowOf(rows, 'globex')).toMatchObject({ requests: 0, jobs: 1 })
    expect(rowOf(rows, '(anonymous)')).toMatchObject({ requests: 1 })
    expect(all).toMatchObject({ requests: 3, jobs: 1, errors: 1, bytes: 400 })

    const routes = totals.read({ by: 'route', spanMs: hour }).rows
    expect(routes.map(({ method, route, requests, jobs }) => [method, route, requests + jobs])).toEqual([
      ['GET', '/', 1],
      ['GET', '/posts/:id', 1],
      [undefined, 'job receipt', 1],
      [undefined, '(no route)', 1],
    ])
  })

  test('equal a count of all entries, in every span, and are never lost between buckets', () => {
    const accounts = fc.constantFrom('acme', 'globex', 'initech', undefined)
    const one = fc.record({
      account: accounts,
      route: fc.constantFrom('/', '/posts', undefined),
      durationMs: fc.integer({ min: 0, max: 100_000 }),
      bytes: fc.integer({ min: 0, max: 1e9 }),
      failed: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 5 * minute }),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (entries) => {
        const { totals, clock, pass } = totalsAt()
        const added: { at: number; account: string; bytes: number }[] = []
        for (const { afterMs, ...own } of entries) {
          pass(afterMs)
          totals.add(entry(own))
          added.push({ at: clock.wall, account: own.account ?? '(anonymous)', bytes: own.bytes })
        }
        for (const spanMs of [10 * minute, hour, day]) {
          const { rows, all, from } = totals.read({ by: 'account', spanMs })
          const within = added.filter(({ at }) => at >= from)
          expect(all.requests).toBe(within.length)
          for (const account of new Set(within.map((each) => each.account))) {
            const own = within.filter((each) => each.account === account)
            const row = rowOf(rows, account)
            expect(row?.requests).toBe(own.length)
            const bytes = own.reduce((sum, each) => sum + each.bytes, 0)
            expect(Math.abs((row?.bytes ?? -1) - bytes)).toBeLessThanOrEqual(bytes * 1e-6)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('forget what is older than a day', () => {
    const { totals, pass } = totalsAt()
    totals.add(entry())
    pass(25 * hour)
    totals.add(entry({ account: 'globex' }))
    expect(totals.read({ by: 'account', spanMs: day }).rows.map(({ account }) => account)).toEqual(['globex'])
  })

  test('keep 1,000 accounts and 500 routes, and sum up the others as (other)', () => {
    const { totals, pass } = totalsAt()
    for (let at = 0; at < 100_000; at++) {
      totals.add(entry({ account: `a${at}`, route: `/${at % 3_000}`, durationMs: 1 }))
      if (at % 50 === 0)
        totals.add(entry({ account: 'heavy', route: '/heavy', durationMs: 50, queries: { calls: 1, ms: 20 } }))
      if (at % 10_000 === 0) pass(11_000)
    }
    for (const spanMs of [10 * minute, hour, day]) {
      const { rows, all } = totals.read({ by: 'account', spanMs })
      expect(rows.length).toBeLessThanOrEqual(1_001)
      expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(102_000)
      expect(all.requests).toBe(102_000)
      expect(rowOf(rows, '(other)')?.requests).toBeGreaterThan(0)
      // Light accounts that come and go do not push a heavy one out.
      expect(rowOf(rows, 'heavy')?.requests).toBe(2_000)
      const routes = totals.read({ by: 'route', spanMs }).rows
      expect(routes.length).toBeLessThanOrEqual(501)
      expect(routes.reduce((sum, { requests }) => sum + requests, 0)).toBe(102_000)
    }
  })

  test('give readings of accounts named (other) and (anonymous) nothing of the work of others', () => {
    const { totals } = totalsAt()
    totals.add(entry({ account: undefined }))
    for (const account of ['(other)', '(anonymous)']) {
      for (const by of ['account', 'route'] as const) {
        expect(totals.read({ by, spanMs: hour, account }).rows).toEqual([])
      }
    }
    for (let at = 0; at < 3_000; at++) totals.add(entry({ account: `a${at}` }))
    expect(totals.read({ by: 'account', spanMs: hour, account: '(other)' }).rows).toEqual([])
    expect(totals.read({ by: 'route', spanMs: hour, account: '(other)' }).rows).toEqual([])
  })

  test('know the five heaviest routes of each account', () => {
    const { totals } = totalsAt()
    for (let at = 0; at < 20; at++) totals.add(entry({ route: `/${at}`, durationMs: 1_000 * at }))
    totals.add(entry({ account: 'globex', route: '/1' }))
    const row = rowOf(totals.read({ by: 'account', spanMs: hour }).rows, 'acme')
    expect(row?.routes?.map(({ route }) => route)).toEqual(['/19', '/18', '/17', '/16', '/15'])
    const { rows } = totals.read({ by: 'route', spanMs: hour, account: 'acme' })
    expect(rows.map(({ route, requests }) => [route, requests])).toEqual([
      ['/19', 1],
      ['/18', 1],
      ['/17', 1],
      ['/16', 1],
      ['/15', 1],
      ['(other)', 15],
    ])
  })

  test('know the percentiles of durations within 2 %', async () => {
    await loadSketches()
    const { totals, pass } = totalsAt()
    for (let at = 1; at <= 1_000; at++) totals.add(entry({ durationMs: at }))
    for (const spanMs of [10 * minute, hour, day]) {
      const { p50, p95, p99 } = (rowOf(totals.read({ by: 'account', spanMs }).rows, 'acme') as TotalsRow).duration
      expect(Math.abs((p50 as number) / 500 - 1)).toBeLessThan(0.025)
      expect(Math.abs((p95 as number) / 950 - 1)).toBeLessThan(0.025)
      expect(Math.abs((p99 as number) / 990 - 1)).toBeLessThan(0.025)
      pass(3 * minute)
    }
    pass(5 * hour)
    const { p99 } = (rowOf(totals.read({ by: 'account', spanMs: day }).rows, 'acme') as TotalsRow).duration
    expect(Math.abs((p99 as number) / 990 - 1)).toBeLessThan(0.025)
  })

  test('give the values of each minute, oldest first', () => {
    const { totals, pass } = totalsAt()
    totals.add(entry({ counts: { tokens: 5 } }))
    pass(2 * minute)
    totals.add(entry())
    totals.add(entry())
    const row = rowOf(totals.read({ by: 'account', spanMs: 5 * minute }).rows, 'acme') as TotalsRow
    expect(row.perMinute('requests')).toEqual([0, 0, 1, 0, 2])
    expect(row.perMinute('bytes')).toEqual([0, 0, 100, 0, 200])
    expect(row.perMinute('counts.tokens')).toEqual([0, 0, 5, 0, 0])
    expect(row.perMinute('nonsense')).toEqual([0, 0, 0, 0, 0])
  })

  test('estimate CPU and held-up times from windows', () => {
    const { totals } = totalsAt()
    const exporting = contextOf('globex', '/export')
    const [victim, own] = [contextOf('acme', '/'), contextOf('globex', '/')]
    totals.addWindow({
      ms: 50,
      forMs: 1_000,
      threadCpuMs: 40,
      unattributedMs: 5,
      overheadMs: 1,
      shares: [
        { context: exporting, cpuMs: 20 },
        { context: contextOf('globex', '/export'), cpuMs: 10 },
        { context: contextOf('acme', '/'), cpuMs: 4 },
      ],
      held: [
        { victim, by: exporting, ms: 10 },
        { victim, by: exporting, ms: 5 },
        { victim: own, by: exporting, ms: 3 },
        { victim, by: undefined, ms: 7 },
      ],
    })
    const reading = totals.read({ by: 'account', spanMs: hour })
    expect(reading).toMatchObject({ exact: false, windows: 1, unattributedMs: 100, overheadMs: 20 })
    expect(reading.all.cpuMs).toBe(800)
    expect(rowOf(reading.rows, 'globex')).toMatchObject({
      cpuMs: 600,
      exact: false,
      windows: 1,
      heldOthers: { requests: 20, ms: 300 },
    })
    const [route] = totals.read({ by: 'route', spanMs: hour }).rows
    expect(route).toMatchObject({ method: 'POST', route: '/export', heldOthers: { requests: 40, ms: 360 } })
  })

  test('have exact CPU where all work is measured, with late CPU and that of the thread', () => {
    const books = { threadCpuMs: 100, unattributed: 10, watching: 1 }
    const { totals } = totalsAt({ books: () => ({ ...books }) })
    totals.add(entry({ cpuMs: 20 }))
    totals.addLate(contextOf('acme', '/', 'GET'), 5)
    Object.assign(books, { threadCpuMs: 140, unattributed: 22, watching: 4 })
    const reading = totals.read({ by: 'account', spanMs: hour })
    expect(reading).toMatchObject({ exact: true, unattributedMs: 12, overheadMs: 3, all: { cpuMs: 40 } })
    expect(rowOf(reading.rows, 'acme')).toMatchObject({ cpuMs: 25, exact: true })
    expect(totals.read({ by: 'route', spanMs: hour }).rows).toMatchObject([{ route: '/', cpuMs: 25 }])
  })

  test('have no CPU where nothing is measured', () => {
    const { totals } = totalsAt()
    totals.add(entry())
    const { rows, all } = totals.read({ by: 'account', spanMs: hour })
    expect([rows[0]?.cpuMs, all.cpuMs]).toEqual([undefined, undefined])
  })

  test.each([
    ['forwards by days', 3 * day],
    ['backwards by days', -3 * day],
    ['backwards to the epoch', -start],
  ])('lose nothing when the clock of the system jumps %s', (_, jump) => {
    const { totals, clock, pass } = totalsAt()
    totals.add(entry())
    pass(2 * minute)
    clock.wall += jump
    totals.add(entry())
    pass(30_000)
    const { all, from, to } = totals.read({ by: 'account', spanMs: hour })
    expect(all.requests).toBe(2)
    expect(to).toBe(clock.wall)
    expect(to - from).toBeLessThanOrEqual(hour + minute)
  })

  test('stand still while the steady clock goes back, and need no loop after it slept for years', () => {
    const { totals, clock } = totalsAt()
    totals.add(entry())
    clock.now -= 10 * day
    totals.add(entry())
    expect(totals.read({ by: 'account', spanMs: hour }).all.requests).toBe(2)
    clock.now += 100 * 365 * day
    totals.add(entry())
    expect(totals.read({ by: 'account', spanMs: day }).all.requests).toBe(1)
  })

  test('take names that belong to Object.prototype', () => {
    const { totals } = totalsAt()
    totals.add(entry({ account: '__proto__', counts: JSON.parse('{"__proto__":1,"constructor":2}') }))
    const [row] = totals.read({ by: 'account', spanMs: hour }).rows
    expect(row?.account).toBe('__proto__')
    expect(Object.entries(row?.counts ?? {})).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })
})
