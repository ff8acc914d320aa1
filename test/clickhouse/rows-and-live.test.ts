// Request rows, totals, lists and live lines from ClickHouse, as from files.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { LineSource } from '../../src/reading/line-source.js'
import type { LiveEvent, Viewer } from '../../src/reading/lines/watching.js'
import { RowsReading } from '../../src/reading/rows-reading.js'
import { readAccess } from '../../src/records/read-access.js'
import { hasChdb } from '../chdb/chdb.js'
import { serveChdb } from './setup.js'
import { bothOf, idAt, lineOf, requestLineOf } from './written.js'

const everything = readAccess('all', undefined)
const acme = readAccess('account', 'acme')
const patience = { timeout: 30_000, interval: 50 }

/** Requests and jobs of the last minutes, and a line of totals of another process. */
function recentLines(now: number): string[] {
  const requests = Array.from({ length: 60 }, (_, at) => {
    const began = now - 1_000_000 + at * 15_000
    const id = idAt(began, at)
    const account = [undefined, 'acme', 'globex'][at % 3]
    const figures = { cpu: { ms: 3, slices: 2, clock: 'thread', fromMs: 0 }, queries: { calls: 2, ms: 4.5, poolMs: 1 } }
    const fields = {
      ...(at % 2 === 0 ? figures : {}),
      ...(at % 10 === 3
        ? { kind: 'job', name: 'receipt', method: undefined, route: undefined, status: undefined }
        : {}),
      ...(at % 7 === 0 ? { status: 503 } : {}),
      counts: { tokens: at },
      waits: { heldUpMs: at },
      io: { client: { readBytes: 10, writtenBytes: 20 } },
      route: at % 10 === 3 ? undefined : `/r/${at % 4}`,
      user: `user-${at % 5}`,
    }
    return requestLineOf(id, began, 20 + at, { account, fields })
  })
  const minute = now - (now % 60_000) - 300_000
  const told = {
    kind: 'totals',
    service: 'shop',
    instance: 'web-2:9',
    from: new Date(minute).toISOString(),
    to: new Date(minute + 60_000).toISOString(),
    accounts: [{ account: 'acme', requests: 5, jobs: 0, cpuMs: 40, duration: { mean: 3 } }],
    routes: [{ route: '/r/1', method: 'GET', requests: 5, jobs: 0, cpuMs: 40, duration: { mean: 3 } }],
    thread: { cpuMs: 50, unattributedMs: 5, overheadMs: 5, windows: 20 },
  }
  return [...requests, lineOf({ at: minute + 60_000, logger: 'requests', message: 'totals of a minute', fields: told })]
}

async function rowsOf(source: LineSource, from: number, access = everything): Promise<unknown[]> {
  const rows = []
  for await (const batch of source.rows({ access, from })) rows.push(...batch)
  return rows
}

describe.skipIf(!hasChdb)('request lines in ClickHouse', () => {
  const served = serveChdb()

  test('give the same rows, lists, overviews and totals as files do, for every reader', async () => {
    const both = await bothOf(served)
    const now = Date.now()
    await both.write(recentLines(now))
    for (const access of [everything, acme, readAccess('account', undefined)]) {
      expect(await rowsOf(both.table, now - 500_000, access)).toEqual(await rowsOf(both.files, now - 500_000, access))
      const [files, table] = [new RowsReading(both.files), new RowsReading(both.table)]
      const list = async (of: RowsReading, filter: object): Promise<unknown> => of.list(access, { from: 0, ...filter })
      for (const filter of [
        {},
        { limit: 7 },
        { account: 'globex' },
        { kind: 'job' as const },
        { status: '5xx' },
        { route: '/r/2', minMs: 40 },
        { user: 'user-1', limit: 2 },
        { to: now - 600_000 },
      ])
        expect(await list(table, filter)).toEqual(await list(files, filter))
      for (const by of ['account', 'route'] as const) {
        expect(await table.usage(access, by, {})).toEqual(await files.usage(access, by, {}))
        const top = async (of: LineSource) =>
          [...(await of.top({ access, from: now - 800_000, by }))].sort((a, b) => (a.name < b.name ? -1 : 1))
        expect(await top(both.table)).toEqual(await top(both.files))
      }
      expect((await table.overview(access, {})).summary).toBe((await files.overview(access, {})).summary)
      const { serverTime: _, ...ofFiles } = await files.session(access)
      expect(ofFiles.source).toBe('files')
      expect(await table.session(access)).toEqual({ ...ofFiles, source: 'clickhouse', serverTime: expect.any(String) })
    }
  })

  test('are listed page by page, newest first', async () => {
    const both = await bothOf(served)
    await both.write(recentLines(Date.now()))
    const reading = new RowsReading(both.table)
    const ids: string[] = []
    let before: string | undefined
    do {
      const page = await reading.list(everything, { limit: 7, before })
      ids.push(...page.items.map(({ id }) => id))
      before = page.next
    } while (before !== undefined)
    expect(ids).toHaveLength(60)
    expect(new Set(ids).size).toBe(60)
    expect(ids).toEqual(ids.toSorted().reverse())
  })

  test('have no rows for a reader of an account whose name is a piece of SQL', async () => {
    const both = await bothOf(served)
    await both.write(recentLines(Date.now()))
    for (const account of [`' OR 1=1 --`, `acme' OR ''='`, '{p0:String}', '\\', '%'])
      expect(await rowsOf(both.table, 0, readAccess('account', account))).toEqual([])
  })
})

describe.skipIf(!hasChdb)('live lines of ClickHouse', () => {
  const served = serveChdb()

  async function view(source: LineSource, viewer: Partial<Viewer> = {}, after?: string) {
    const events: LiveEvent[] = []
    const ids: string[] = []
    const send = (event: LiveEvent): boolean => {
      events.push(event)
      ids.push(event.id())
      return true
    }
    const end = await source.watch({ access: everything, filter: {}, send, ...viewer }, after)
    onTestFinished(end)
    const messages = () =>
      events.map((event) => (event.kind === 'dropped' ? `dropped ${event.lines}` : event.line.message))
    return { messages, ids, end }
  }

  test('are those that arrive from now on, each once, within access and filter, also from clocks seconds apart', async () => {
    const both = await bothOf(served)
    const now = Date.now()
    await both.write([lineOf({ at: now - 500, message: 'before' })])
    const [all, own, warned] = [
      await view(both.table),
      await view(both.table, { access: acme }),
      await view(both.table, { filter: { level: 'warn' } }),
    ]
    await both.write([
      lineOf({ at: now - 6_000, account: 'acme', message: 'behind' }),
      lineOf({ at: now + 6_000, account: 'globex', message: 'ahead' }),
      lineOf({ at: now, account: 'globex', message: 'twice' }),
      lineOf({ at: now, account: 'globex', message: 'twice' }),
    ])
    await vi.waitFor(() => expect(all.messages()).toHaveLength(4), patience)
    await both.write([lineOf({ at: now + 1_000, account: 'acme', level: 'error', message: 'last' })])
    await vi.waitFor(() => expect(warned.messages()).toEqual(['last']), patience)
    await vi.waitFor(
      () => expect(all.messages().toSorted()).toEqual(['ahead', 'behind', 'last', 'twice', 'twice']),
      patience,
    )
    await vi.waitFor(() => expect(own.messages()).toEqual(['behind', 'last']), patience)
  })

  test('go on after the last event that a viewer got', async () => {
    const both = await bothOf(served)
    const first = await view(both.table, { access: acme })
    await both.write([lineOf({ at: Date.now(), account: 'acme', message: 'seen' })])
    await vi.waitFor(() => expect(first.messages()).toEqual(['seen']), patience)
    first.end()
    const at = Date.now() + 5
    await both.write([
      lineOf({ at, account: 'acme', message: 'missed' }),
      lineOf({ at: at + 1, account: 'globex', message: 'of another account' }),
    ])
    const again = await view(both.table, { access: acme }, first.ids.at(-1))
    await vi.waitFor(() => expect(again.messages()).toEqual(['missed']), patience)
    await both.write([lineOf({ at: at + 2, account: 'acme', message: 'new' })])
    await vi.waitFor(() => expect(again.messages()).toEqual(['missed', 'new']), patience)
  })

  test('of a time in which the server could not be asked are shown afterwards', async () => {
    const both = await bothOf(served)
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now - 60_000 })
    onTestFinished(() => void vi.useRealTimers())
    const one = await view(both.table)
    vi.useRealTimers()
    await both.write([lineOf({ at: now - 40_000, message: 'meanwhile' }), lineOf({ at: now, message: 'now' })])
    await vi.waitFor(() => expect(one.messages()).toEqual(['meanwhile', 'now']), patience)
  })

  test('that are too many at a time are counted', async () => {
    const both = await bothOf(served)
    const one = await view(both.table)
    const at = Date.now()
    await both.write(
      Array.from({ length: 1_500 }, (_, number) => lineOf({ at: at + number, message: `line ${number}` })),
    )
    await vi.waitFor(() => expect(one.messages()).toHaveLength(1_001), patience)
    expect(one.messages()[0]).toBe('dropped 500')
    expect(one.messages().at(-1)).toBe('line 1499')
  })
})
