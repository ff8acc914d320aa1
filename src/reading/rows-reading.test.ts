import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../test/programs/folder.js'
import { idAt } from '../../test/records/made.js'
import { readAccess } from '../records/read-access.js'
import { fileLines } from './files/file-lines.js'
import { groupsBelow } from './files/log-groups.js'
import type { LineSource } from './line-source.js'
import { RowsReading } from './rows-reading.js'

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme', true)
const minute = 60_000
/** The begin of a minute that is over. */
const begin = Math.floor(Date.now() / minute) * minute - 5 * minute

let count = 0
/** A request line, `at` ms after the begin. */
function request(at: number, own: Record<string, unknown> = {}): string {
  const id = idAt(++count)
  const time = new Date(begin + at).toISOString()
  const durationMs = 100
  const line = {
    ...{ time, level: 'info', logger: 'requests', requestId: id, account: 'acme', kind: 'request', id },
    ...{ method: 'GET', route: '/posts', path: '/posts', status: 200, service: 'shop', version: '2.0.0', pid: 7 },
    ...{ startedAt: new Date(begin + at - durationMs).toISOString(), durationMs },
    io: { client: { readBytes: 10, writtenBytes: 90 } },
    ...own,
    message: 'GET /posts 200',
  }
  return JSON.stringify(line)
}

/** A line of the totals of one account in a minute. */
function totals(at: number, { cpuMs = 500, windows = 60, requests = 40, pid = 7, account = 'globex' } = {}): string {
  const row = { requests, jobs: 0, errors: 2, cpuMs, windows, queries: 5, queryMs: 50, duration: { mean: 100 } }
  return JSON.stringify({
    ...{ time: new Date(begin + at + minute).toISOString(), level: 'info', logger: 'requests', kind: 'totals' },
    from: new Date(begin + at).toISOString(),
    to: new Date(begin + at + minute).toISOString(),
    ...{ service: 'shop', pid, instance: `web-2:${pid}` },
    thread: { cpuMs: cpuMs + 100, unattributedMs: 60, overheadMs: 40, windows },
    accounts: [{ account, ...row, routes: [{ method: 'GET', route: '/export', ...row }] }],
    routes: [{ method: 'GET', route: '/export', ...row }],
    message: 'totals of 1 account',
  })
}

function sourceOf(...lines: string[]): LineSource {
  const directory = temporaryFolder()
  writeFileSync(join(directory, 'requests.jsonl'), lines.map((line) => `${line}\n`).join(''))
  return fileLines(() => groupsBelow(directory))
}

function reading(...lines: string[]): RowsReading {
  return new RowsReading(sourceOf(...lines))
}

describe('the use of the server, from log files', () => {
  test('is added up from request lines', async () => {
    const files = reading(
      request(0),
      request(10, { status: 500, queries: { calls: 3, ms: 9, poolMs: 2, holdMs: 4 } }),
      request(20, { account: undefined, counts: { tokens: 12 } }),
      request(30, { kind: 'job', name: 'receipt', method: undefined, route: undefined, error: { message: 'no' } }),
    )
    const { items, exact } = await files.usage(all, 'account', { by: 'requests' })
    expect(exact).toBe(false)
    expect(items).toMatchObject([
      { account: 'acme', requests: 2, jobs: 1, errors: 2, queries: 3, queryMs: 9, poolMs: 2, holdMs: 4, bytes: 300 },
      { account: '(anonymous)', requests: 1, counts: { tokens: 12 } },
    ])
    expect(items[0]).not.toHaveProperty('cpuMs', expect.any(Number))
    expect(items[0]?.routes).toMatchObject([
      { route: '/posts', requests: 2 },
      { route: 'job receipt', jobs: 1 },
    ])
    expect(items[0]?.perMinute?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2, 6)
    expect((await files.usage(all, 'route', { by: 'requests' })).items[0]).toMatchObject({
      route: '/posts',
      requests: 3,
    })
  })

  test('has the CPU of lines of totals, which count in place of the request lines of their minute', async () => {
    const files = reading(request(5), request(10), totals(0), request(minute + 5))
    const { items, windows, exact, summary } = await files.usage(all, 'account', {})
    expect([windows, exact]).toEqual([60, false])
    expect(items).toMatchObject([
      { account: 'globex', requests: 40, cpuMs: 500, errors: 2 },
      { account: 'acme', requests: 1 },
    ])
    expect(summary).toMatch(/^globex used 83 % of the CPU in the last hour, .*Estimated from 60 windows\.$/)
  })

  test('is exact where all requests were measured', async () => {
    const cpu = { ms: 30, slices: 1, clock: 'thread', fromMs: 0 }
    const { items, exact } = await reading(request(0, { cpu }), request(9, { cpu })).usage(all, 'account', {})
    expect([exact, items[0]?.cpuMs]).toEqual([true, 60])
    const some = await reading(request(0, { cpu }), request(9)).usage(all, 'account', {})
    expect([some.exact, some.items[0]?.cpuMs]).toEqual([false, undefined])
  })

  test('is only the own work for a reader of one account', async () => {
    const files = reading(request(0), request(1, { account: 'globex' }), totals(2 * minute, { account: 'acme' }))
    for (const of of ['account', 'route'] as const) {
      const answer = await files.usage(acme, of, { by: 'requests' })
      expect(answer.items).toMatchObject([{ requests: 1 }])
      expect(JSON.stringify(answer)).not.toContain('globex')
      expect(JSON.stringify(answer)).not.toContain('export')
    }
  })

  test('can be asked for one process', async () => {
    const files = reading(request(0), request(1, { pid: 8 }), totals(2 * minute, { pid: 8 }))
    const requestsOf = async (process: string) =>
      (await files.usage(all, 'account', { by: 'requests', process })).items.map(({ account, requests }) => [
        account,
        requests,
      ])
    expect(await requestsOf('7')).toEqual([['acme', 1]])
    expect(await requestsOf('web-2 8')).toEqual([
      ['globex', 40],
      ['acme', 1],
    ])
    expect(await requestsOf('web-2:8')).toEqual([
      ['globex', 40],
      ['acme', 1],
    ])
    expect(await requestsOf('9')).toEqual([])
  })
})

describe('requests in log files', () => {
  test('say whether they were measured, and estimate the CPU of the others', async () => {
    const cpu = { ms: 30, slices: 1, clock: 'thread', fromMs: 0 }
    const files = reading(
      request(0, { cpu }),
      request(9 - minute, { route: '/export', outgoing: { calls: 1, ms: 60, byHost: {} } }),
      totals(-minute),
    )
    const { items } = await files.list(all, {})
    expect(items.map(({ measured }) => measured)).toEqual([true, false])
    expect(items[1]).toMatchObject({
      cpuEstimate: { ms: 12.5, windows: 60 },
      waits: { outgoingMs: 60, queriesMs: 0, poolMs: 0, unmeasuredMs: 40 },
    })
    expect((await files.list(all, { measured: true })).items).toHaveLength(1)
    expect((await files.list(all, { process: '8' })).items).toHaveLength(0)
    expect(await files.record(all, items[1]?.id as string)).toMatchObject({
      measured: false,
      summary: '100 ms: 60 ms waiting for calls, 40 ms not measured',
    })
  })

  test('have a summary', async () => {
    const overview = await reading(request(0), request(9, { account: 'globex', status: 502 })).overview(all, {})
    expect(overview).toMatchObject({ count: 2, failed: 1, inFlight: 0 })
  })

  test('tell the service and its processes', async () => {
    const session = await reading(request(0), request(1, { pid: 8 }), totals(0, { pid: 8 })).session(all)
    expect(session).toMatchObject({ source: 'files', service: 'shop', version: '2.0.0', mode: 'off', read: 'all' })
    expect(session.processes.map(({ instance }) => instance)).toEqual(['unknown', 'web-2:8'])
    expect((await reading(request(0)).session(acme)).account).toBe('acme')
  })

  test('tell when each process wrote last, in whatever order its lines come', async () => {
    const lines = [request(20_000), request(0), request(10_000)]
    const { processes } = await reading(...lines).session(all)
    expect(processes[0]?.lastHeardAt).toBe(new Date(begin + 20_000).toISOString())
  })

  test('say where they are read from', async () => {
    const table = new RowsReading({ ...sourceOf(request(0)), kind: 'clickhouse' })
    expect((await table.session(all)).source).toBe('clickhouse')
  })
})
