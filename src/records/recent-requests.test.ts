import { describe, expect, test } from 'vitest'
import { epoch, idAt } from '../../test/records/made.js'
import { type Call, CallList } from '../work/calls.js'
import { QueryList } from '../work/queries.js'
import { newWork } from '../work/work.js'
import { readAccess } from './read-access.js'
import { recentLists } from './recent-lists.js'
import { type RecentBounds, RecentRequests, type RecentTexts } from './recent-requests.js'
import type { RequestRecord } from './record.js'

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')
const withoutAccount = readAccess('account', undefined)

const madeRequest = (n: number, own: Partial<RequestRecord> = {}): RequestRecord => ({
  id: idAt(n),
  requestId: idAt(n),
  kind: 'request',
  account: 'acme',
  method: 'GET',
  route: '/api/v1/posts',
  path: '/api/v1/posts',
  status: 200,
  service: 'publisher',
  pid: 4127,
  startedAt: new Date(epoch + n).toISOString(),
  durationMs: 10,
  logs: { lines: 2, warnings: 1, errors: 0 },
  ...own,
})

const noCall: Call = {
  method: 'GET',
  host: 'blog.example',
  route: '/posts/:id',
  start: 0,
  firstByte: undefined,
  end: undefined,
  status: undefined,
  errorCode: undefined,
  reused: undefined,
  readBytes: undefined,
  writtenBytes: undefined,
}

const unchanged: RecentTexts = { safe: (value) => value as never }

function kept(requests: readonly RequestRecord[], bounds: RecentBounds = {}, texts: RecentTexts = unchanged) {
  const clock = { now: 0 }
  const recent = new RecentRequests(bounds, texts, () => clock.now)
  for (const request of requests) recent.add(request, undefined)
  const ids = async (access = all, filter = {}) => (await recent.list(access, filter)).items.map(({ id }) => id)
  return { recent, clock, ids }
}

describe('requests that were not measured', () => {
  test('are listed, newest first, as their lines tell', async () => {
    const { recent } = kept([madeRequest(1), madeRequest(2)])
    const { items } = await recent.list(all, {})
    expect(items.map(({ id }) => id)).toEqual([idAt(2), idAt(1)])
    expect(items[0]).toMatchObject({ route: '/api/v1/posts', status: 200, logs: { lines: 2, warnings: 1 } })
    expect(items[0]?.cpu).toBeUndefined()
  })

  test('are divided by the clock, and the parts add up', async () => {
    const { recent } = kept([])
    const queries = { calls: 36, ms: 196, busyMs: 196, slowestMs: 9, bySystem: {} }
    const byHost = { 'blog.example': { calls: 2, ms: 316 } }
    recent.add(madeRequest(1, { durationMs: 812, queries }), { calls: 2, ms: 316, byHost })
    expect((await recent.list(all, {})).items[0]).toMatchObject({
      waits: { outgoingMs: 316, queriesMs: 196, poolMs: 0, unmeasuredMs: 300 },
      io: { outgoing: { calls: 2, byHost } },
    })
  })

  test('have the times of their calls, queries and jobs, if these are few', async () => {
    const { recent } = kept([])
    const work = newWork()
    work.calls = new CallList()
    work.queries = new QueryList()
    work.jobs = [{ id: 'job', name: 'send', at: 1_009 }]
    const call = { ...noCall, start: 1_001, end: 1_004, firstByte: 1_003, status: 200 }
    work.calls.begin(call)
    work.calls.end(call)
    const kind = { system: 'postgresql', namespace: undefined, summary: 'SELECT posts', text: 'SELECT * FROM posts' }
    const context = { secret: 'of another' }
    const run = { kind, start: 1_005, end: 1_007, rows: 3, errorCode: undefined, context }
    work.queries.begin(run)
    work.queries.end(run)
    const lists = recentLists(work, 1_000)
    expect(lists?.runs[0]).not.toHaveProperty('context')
    recent.add(madeRequest(1), { calls: 1, ms: 3, byHost: { 'blog.example': { calls: 1, ms: 3 } } }, lists)
    expect(recent.find(all, idAt(1))[0]).toMatchObject({
      outgoing: [{ startMs: 1, firstByteMs: 3, durationMs: 3, host: 'blog.example', status: 200 }],
      queryRuns: [{ startMs: 5, durationMs: 2, kind: 0, rows: 3 }],
      queryKinds: [{ summary: 'SELECT posts', calls: 1, ms: 2 }],
      jobs: [{ id: 'job', name: 'send', queuedAtMs: 9 }],
    })
    for (let n = 0; n < 16; n++) work.calls.begin({ ...noCall, start: 1_010 + n })
    expect(recentLists(work, 1_000)).toBeUndefined()
    expect(recentLists(newWork(), 1_000)).toBeUndefined()
  })

  test('with lists count them as bytes', () => {
    const lists = { startTick: 0, calls: Array.from({ length: 16 }, () => noCall), runs: [], jobs: [] }
    const { recent } = kept([], { maxBytes: 50_000 })
    for (let n = 0; n < 100; n++) recent.add(madeRequest(n), undefined, lists)
    expect(recent.size).toBeLessThan(11)
    expect(recent.size).toBeGreaterThan(5)
  })

  test('are for readers of their account, and of everything', async () => {
    const own = [undefined, 'globex', 'acme'].map((account, n) => madeRequest(n, { account }))
    const { recent, ids } = kept([...own, madeRequest(3, { accountSwitched: true })])
    expect(await ids(all)).toHaveLength(4)
    expect(await ids(acme)).toEqual([idAt(2)])
    expect(await ids(withoutAccount)).toEqual([])
    expect(recent.find(acme, idAt(1))).toEqual([])
    expect(recent.find(acme, idAt(2))).toHaveLength(1)
    expect(recent.find(all, idAt(3))).toHaveLength(1)
    expect(() => recent.find({ account: 'acme' } as never, idAt(1))).toThrow(TypeError)
    await expect(recent.list({ account: 'acme' } as never, {})).rejects.toThrow(TypeError)
  })

  test('are found by request id, the last attempt first', () => {
    const { recent } = kept([1, 2].map((n) => madeRequest(n, { kind: 'job', requestId: idAt(9), attempt: n })))
    expect(recent.find(all, idAt(9)).map(({ attempt }) => attempt)).toEqual([2, 1])
  })

  test('are listed page by page, and a request that ends meanwhile moves nothing', async () => {
    const { recent } = kept([1, 2, 3, 4, 5].map((n) => madeRequest(n)))
    const first = await recent.list(all, { limit: 2 })
    recent.add(madeRequest(6), undefined)
    const second = await recent.list(all, { limit: 2, before: first.next })
    const third = await recent.list(all, { limit: 2, before: second.next })
    expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual([5, 4, 3, 2, 1].map(idAt))
    expect(third).not.toHaveProperty('next')
    await expect(recent.list(all, { before: 'x' })).rejects.toThrow(RangeError)
  })

  test('match filters as records do', async () => {
    const { ids } = kept([
      madeRequest(1, { status: 503, error: { code: 'ECONNREFUSED' } }),
      madeRequest(2, { fields: { plan: 'pro' } }),
      madeRequest(3, { kind: 'job', name: 'receipt', parentId: idAt(2) }),
    ])
    expect(await ids(all, { status: '5xx' })).toEqual([idAt(1)])
    expect(await ids(all, { errorCode: 'ECONNREFUSED' })).toEqual([idAt(1)])
    expect(await ids(all, { fields: { plan: 'pro' } })).toEqual([idAt(2)])
    expect(await ids(all, { parentId: idAt(2) })).toEqual([idAt(3)])
    expect(await ids(all, { minCpuMs: 0 })).toEqual([])
    expect(await ids(all, { measured: true })).toEqual([])
  })

  test('keep the code of an error, not what hangs on it', async () => {
    const error = Object.assign(new Error('secret'), { code: 'E_STOCK', response: { body: Buffer.alloc(9) } })
    const strange = Object.defineProperty({}, 'code', {
      get: () => {
        throw new Error('never')
      },
    })
    const { recent } = kept([madeRequest(1, { error }), madeRequest(2, { error: strange })])
    expect(recent.find(all, idAt(1))[0]?.error).toEqual({ code: 'E_STOCK' })
    expect(recent.find(all, idAt(2))[0]?.error).toEqual({})
  })

  test('get an error that was thrown after their line', () => {
    const { recent } = kept([madeRequest(1), madeRequest(2, { error: { code: 'E_FIRST' } })])
    for (const n of [1, 2, 3]) recent.addError(idAt(n), 500, Object.assign(new Error('late'), { code: 'E_LATE' }))
    expect(recent.find(all, idAt(1))[0]?.error).toEqual({ code: 'E_LATE', status: 500 })
    expect(recent.find(all, idAt(2))[0]?.error).toEqual({ code: 'E_FIRST' })
  })

  test('show texts as lines do', async () => {
    const { recent } = kept([madeRequest(1, { user: 'hunter2 secret' })], {}, { safe: () => '[redacted]' })
    expect((await recent.list(all, {})).items[0]?.user).toBe('[redacted]')
    expect((await recent.list(all, { user: 'hunter2 secret' })).items).toEqual([])
  })

  test('are changed by beforeLine where they end, or dropped', async () => {
    const edit: RecentTexts['edit'] = (fields) => {
      const { path } = fields as { path: string }
      return path === '/healthz' ? undefined : { ...fields, path: 'changed' }
    }
    let asked = 0
    const counting: RecentTexts['edit'] = (...given) => {
      asked++
      return edit(...given)
    }
    const texts = { ...unchanged, edit: counting }
    const { recent, ids } = kept([madeRequest(1), madeRequest(2, { path: '/healthz' })], {}, texts)
    expect(asked).toBe(2)
    expect(await ids()).toEqual([idAt(1)])
    expect(recent.find(all, idAt(2))).toEqual([])
    expect(recent.find(all, idAt(1))[0]).toMatchObject({ path: 'changed' })
    expect(asked).toBe(2)
  })
})

describe('the bounds', () => {
  test('of number, bytes and time remove the oldest', async () => {
    const requests = [1, 2, 3, 4].map((n) => madeRequest(n))
    expect(await kept(requests, { maxCount: 2 }).ids()).toEqual([idAt(4), idAt(3)])
    expect(await kept(requests, { maxBytes: 2_000 }).ids()).toEqual([idAt(4), idAt(3)])
    const { recent, clock, ids } = kept(requests, { keepForMs: 1_000 })
    clock.now = 999
    expect(await ids()).toHaveLength(4)
    clock.now = 1_000
    expect(await ids()).toEqual([])
    expect(recent.find(all, idAt(1))).toEqual([])
    clock.now = 1_001
    recent.add(madeRequest(5), undefined)
    expect(recent.size).toBe(1)
  })

  test('say since when nothing is missing', () => {
    expect(kept([madeRequest(1)]).recent.state).toEqual({ count: 1, since: undefined })
    expect(kept([madeRequest(1), madeRequest(2)], { maxCount: 1 }).recent.state).toEqual({
      count: 1,
      since: epoch + 11,
    })
  })

  test('count large fields', () => {
    const large = (n: number) => madeRequest(n, { fields: { note: 'x'.repeat(8_000) } })
    expect(kept([1, 2, 3].map(large), { maxBytes: 40_000 }).recent.size).toBe(2)
  })

  test('hold after many more than fit', async () => {
    const { recent, ids } = kept([], { maxCount: 100 })
    for (let n = 0; n < 5_000; n++) recent.add(madeRequest(n), undefined)
    expect(recent.size).toBe(100)
    expect((await ids(all, { limit: 200 })).at(-1)).toBe(idAt(4_900))
  })

  test('are zero after the end', () => {
    const { recent } = kept([madeRequest(1)])
    recent.clear()
    recent.add(madeRequest(2), undefined)
    expect(recent.size).toBe(0)
  })
})
