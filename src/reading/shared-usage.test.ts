import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CountingProcess, MemoryTotals } from '../../test/reading/shared-totals.js'
import { readAccess } from '../records/read-access.js'
import { Totals } from '../records/totals/totals.js'
import type { TotalsEntry, TotalsReading } from '../records/totals/totals-types.js'
import { usageOf } from './accounts.js'
import { OtherTotals } from './other-totals.js'
import { SharedUsage } from './shared-usage.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const all = readAccess('all', undefined)

beforeEach(() => {
  // The time of readers is that of the store. Half a minute leaves room before the minute ends.
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval'], now: Date.UTC(2026, 0, 1, 12, 7, 30) })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A reader beside some processes: its own totals are those of `own`. */
function readerOf(totals: MemoryTotals, own: CountingProcess): SharedUsage {
  const { store } = totals
  const { instance, run } = own
  return new SharedUsage({ read: (query) => own.totals.read(query), safe: String, instance, run }, store, async (ask) =>
    ask(store),
  )
}

async function accountsOf(usage: SharedUsage, spanMs = hour, process?: string): Promise<Record<string, number>> {
  const { rows } = (await usage.of(spanMs, process)).read({ by: 'account', spanMs })
  return Object.fromEntries(rows.map(({ account, requests }) => [String(account), requests]))
}

/** Lets time pass for all, also for what is kept for a while. */
function pass(ms: number, totals: MemoryTotals, ...processes: CountingProcess[]): void {
  vi.setSystemTime(Date.now() + ms)
  vi.advanceTimersByTime(0)
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + ms)
  totals.now += ms
  for (const one of processes) one.pass(ms)
}

function two() {
  const totals = new MemoryTotals()
  const [own, other] = [new CountingProcess(totals), new CountingProcess(totals, { instance: 'web-2:7' })]
  return { totals, own, other, usage: readerOf(totals, own) }
}

describe('the totals of all processes', () => {
  test('are those of this process and of the others, of whom the open minute is known, too', async () => {
    const { own, other, usage } = two()
    own.add()
    other.add()
    other.add({ account: 'globex' })
    await Promise.all([own.tell(), other.tell()])
    expect(await accountsOf(usage)).toEqual({ acme: 2, globex: 1 })
    expect(await accountsOf(usage, 10 * minute)).toEqual({ acme: 2, globex: 1 })
    expect(await accountsOf(usage, day)).toEqual({ acme: 2, globex: 1 })
  })

  test('count a stretch once, however often it was told, while it was open and when it is over', async () => {
    const { totals, own, other, usage } = two()
    other.add()
    await other.tell()
    await other.tell()
    expect(await accountsOf(usage)).toEqual({ acme: 1 })
    other.add()
    await other.tell()
    pass(5_000, totals, own, other)
    expect(await accountsOf(usage)).toEqual({ acme: 2 })
    pass(minute, totals, own, other)
    await other.tell()
    await other.tell()
    pass(minute, totals, own, other)
    other.add()
    await other.tell()
    for (const span of [hour, day]) expect(await accountsOf(usage, span)).toEqual({ acme: 3 })
    pass(20 * minute, totals, own, other)
    await other.tell()
    for (const span of [hour, day]) expect(await accountsOf(usage, span)).toEqual({ acme: 3 })
  })

  test('of an hour lose what is older, and those of a day still have it', async () => {
    const { totals, own, other, usage } = two()
    other.add()
    await other.end()
    pass(2 * hour, totals, own, other)
    expect(await accountsOf(usage)).toEqual({})
    expect(await accountsOf(usage, day)).toEqual({ acme: 1 })
    pass(day, totals, own, other)
    expect(await accountsOf(usage, day)).toEqual({})
  })

  test('fetch the lines of a stretch that is over once', async () => {
    const { totals, own, other, usage } = two()
    other.add()
    pass(minute, totals, own, other)
    await other.tell()
    await accountsOf(usage)
    pass(5_000, totals)
    expect(await accountsOf(usage)).toEqual({ acme: 1 })
    expect(totals.given).toBe(1)
    await Promise.all([accountsOf(usage), accountsOf(usage)])
    expect(totals.asked).toBe(2)
  })

  test('count a process that has the name of an earlier one, and the earlier one', async () => {
    const totals = new MemoryTotals()
    const [first, again] = ['a', 'b'].map((run) => new CountingProcess(totals, { instance: 'pod:1', run }))
    first?.add()
    await first?.end()
    again?.add()
    await again?.tell()
    expect(await accountsOf(readerOf(totals, again as CountingProcess))).toEqual({ acme: 2 })
  })

  test('do not depend on the clocks of machines', async () => {
    const totals = new MemoryTotals()
    const own = new CountingProcess(totals)
    totals.now -= 17 * minute
    for (const [at, offMs] of [-3 * hour, -4_000, 4_000, 3 * hour].entries()) {
      const other = new CountingProcess(totals, { instance: `web-${at}:7`, wall: Date.now() + offMs })
      other.add()
      await other.tell()
    }
    const usage = readerOf(totals, own)
    expect(await accountsOf(usage, 10 * minute)).toEqual({ acme: 4 })
    const [row] = (await usage.of(hour)).read({ by: 'account', spanMs: hour }).rows
    // The minutes of machines do not begin at the same time.
    const [before = 0, last = 0] = row?.perMinute('requests').slice(-2) ?? []
    expect(before + last).toBeCloseTo(4)
    expect(last).toBeGreaterThan(3.5)
  })

  test('stay those of one stretch if the clock of its machine is set in between', async () => {
    const { totals, own, other, usage } = two()
    other.add()
    await other.tell()
    other.clock.wall += 5 * minute
    other.add()
    pass(6_000, totals, own, other)
    await other.tell()
    expect(await accountsOf(usage)).toEqual({ acme: 2 })
  })

  test('are those of one process where a process is asked for', async () => {
    const { own, other, usage } = two()
    own.add()
    other.add({ account: 'globex' })
    await other.tell()
    expect(await accountsOf(usage, hour, 'web-2')).toEqual({ globex: 1 })
    expect(await accountsOf(usage, hour, 'web-1 1')).toEqual({ acme: 1 })
    const nobody = await usage.of(hour, 'web-9')
    expect(usageOf(nobody, all, 'account', { process: 'web-9' }).items).toEqual([])
    const answer = usageOf(await usage.of(hour, '7'), all, 'account', { process: '7' })
    expect(answer.items.map(({ account }) => account)).toEqual(['globex'])
  })

  test('show a reader of one account the work for it, of all processes, and nothing else', async () => {
    const { own, other, usage } = two()
    own.add({ route: '/own' })
    other.add({ route: '/there' })
    other.add({ account: 'globex', route: '/secret' })
    other.add({ account: undefined })
    await other.tell()
    const access = readAccess('account', 'acme')
    const source = await usage.of(hour)
    const accounts = usageOf(source, access, 'account', { by: 'requests' })
    expect(accounts.items).toMatchObject([{ account: 'acme', requests: 2 }])
    expect(JSON.stringify(accounts)).not.toMatch(/globex|secret|anonymous/)
    const routes = usageOf(source, access, 'route', { by: 'requests' })
    expect(routes.items.map(({ route }) => route).sort()).toEqual(['/own', '/there'])
    expect(usageOf(source, access, 'route', { account: 'globex' }).items).toEqual([])
  })

  test('are those of this process alone while the store fails, and of all when it is back', async () => {
    const { totals, own, other, usage } = two()
    own.add()
    other.add()
    await other.tell()
    expect(await accountsOf(usage)).toEqual({ acme: 2 })
    totals.failure = new Error('away')
    pass(5_000, totals, own, other)
    expect(await accountsOf(usage)).toEqual({ acme: 1 })
    other.add()
    await other.tell()
    pass(minute, totals, own, other)
    await other.tell()
    expect(other.failures).toHaveLength(2)
    totals.failure = undefined
    await other.tell()
    expect(await accountsOf(usage)).toEqual({ acme: 3 })
  })

  test('are known to readers who cannot wait after the first answer', async () => {
    const { other, usage } = two()
    other.add()
    await other.tell()
    expect(usage.known.read({ by: 'account', spanMs: hour }).rows).toEqual([])
    await vi.waitFor(() => expect(usage.known.read({ by: 'account', spanMs: hour }).rows).toHaveLength(1))
  })

  test('are exact if all processes measure all work, and have their CPU', async () => {
    const totals = new MemoryTotals()
    const [own, other] = ['web-1:1', 'web-2:2'].map(
      (instance) => new CountingProcess(totals, { instance, isExact: true }),
    ) as [CountingProcess, CountingProcess]
    for (const one of [own, other]) {
      one.add({ cpuMs: 3 })
      one.pass(1_000)
      await one.tell()
    }
    const reading = (await readerOf(totals, own).of(hour)).read({ by: 'account', spanMs: hour })
    expect(reading).toMatchObject({ exact: true, all: { cpuMs: 200 }, rows: [{ cpuMs: 6, exact: true }] })
    const third = new CountingProcess(totals, { instance: 'web-3:3' })
    third.add()
    await third.tell()
    const mixed = (await readerOf(totals, own).of(hour)).read({ by: 'account', spanMs: hour })
    expect(mixed).toMatchObject({ exact: false, rows: [{ requests: 3, cpuMs: 6, exact: false }] })
  })
})

const entries = fc.array(
  fc.record({
    process: fc.nat(2),
    afterMs: fc.integer({ min: 0, max: 4 * minute }),
    kind: fc.constantFrom('request' as const, 'job' as const),
    account: fc.constantFrom('acme', 'globex', 'a "quoted" one', undefined),
    route: fc.constantFrom('/posts', '/posts/:id', undefined),
    name: fc.constantFrom('receipt', undefined),
    failed: fc.boolean(),
    durationMs: fc.integer({ min: 0, max: 5_000 }),
    bytes: fc.nat(1_000_000),
    counts: fc.constantFrom(undefined, { tokens: 2 }, { tokens: 1, pages: 5 }),
  }),
  { maxLength: 40 },
)

test('the sum of processes is what one process would have counted', async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (made) => {
      const totals = new MemoryTotals()
      const processes = [0, 1, 2].map((at) => new CountingProcess(totals, { instance: `web-${at}:1` }))
      const clock = { now: 0, wall: Date.now() }
      const alone = new Totals({ clocks: { now: () => clock.now, wall: () => clock.wall } })
      for (const { process, afterMs, ...own } of made) {
        for (const one of processes) one.pass(afterMs)
        clock.now += afterMs
        clock.wall += afterMs
        totals.now += afterMs
        const entry = { ...own, method: own.kind === 'job' ? undefined : 'GET' } as TotalsEntry
        processes[process]?.add(entry)
        alone.add(entry)
        if (process === 1) await processes[1]?.tell()
      }
      vi.setSystemTime(clock.wall)
      const [own, ...others] = processes as [CountingProcess, ...CountingProcess[]]
      for (const one of others) await one.end()
      const usage = readerOf(totals, own)
      for (const spanMs of [hour, day])
        for (const query of [
          { by: 'account', spanMs },
          { by: 'route', spanMs },
          { by: 'route', spanMs, account: 'acme' },
        ] as const)
          expect(figuresOf((await usage.of(spanMs)).read(query))).toEqual(
            // Lines round to microseconds.
            figuresOf(alone.read(query)).map((row) => ({ ...row, mean: expect.closeTo(row.mean, 1) })),
          )
      vi.setSystemTime(clock.wall - clock.now)
    }),
    { numRuns: 40 },
  )
})

function figuresOf({ rows, all }: TotalsReading) {
  return [all, ...rows]
    .map(({ account, method, route, requests, jobs, errors, bytes, counts, duration, routes }) => ({
      name: JSON.stringify([account, method, route]),
      ...{ requests, jobs, errors, bytes },
      counts: counts ?? {},
      mean: duration.mean,
      routes: routes?.map((one) => `${one.method} ${one.route} ${one.requests} ${one.jobs}`).sort(),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

test('lines of other kinds are skipped', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json())), fc.boolean(), fc.nat(10 * day), (lines, isOver, agoMs) => {
      const other = new OtherTotals()
      other.add({ instance: 'web-1:1', run: 'a', kind: 'minute', start: 0, isOver, agoMs, lines })
      expect(other.readings({ by: 'account', spanMs: hour })[0]?.rows ?? []).toEqual([])
    }),
  )
})
