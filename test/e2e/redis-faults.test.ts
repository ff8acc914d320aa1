// Records in a real Redis that fails over, is full, refuses the password, or has data of others under our names. Left out, by name,
// where there is no Redis.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { createSpoor, defineLogs, type RecordStore } from 'spoor'
import { spoorNode } from 'spoor/node'
import { redisRecords } from 'spoor/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { readAccess } from '../../src/records/read-access.js'
import { commandsOf } from '../../src/records/redis/redis-commands.js'
import { RedisRecords } from '../../src/records/redis/redis-store.js'
import { writing } from '../../src/records/redis/waiting-writes.js'
import { idAt, made } from '../records/made.js'
import { ask, startWatched } from './redis-servers.js'
import { available, type Redis as Server, startRedis } from './services.js'

const WAITING = { timeout: 30_000, interval: 20 }
const all = readAccess('all', undefined)

describe.skipIf(!available('redis'))('records in a Redis that', () => {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-redis-faults-'))
  let server: Server

  beforeAll(async () => {
    server = await startRedis({ dir })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  function clientOf(url = server.url): Redis {
    const client = new Redis(url, { retryStrategy: () => 50 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  }

  function closed<Store extends RecordStore>(store: Store): Store {
    onTestFinished(async () => store.close())
    return store
  }

  /** A server for one test, which may fill it or stop it. */
  async function ownServer(): Promise<Server> {
    const own = mkdtempSync(join(tmpdir(), 'spoor-redis-own-'))
    const started = await startRedis({ dir: own })
    onTestFinished(async () => {
      process.kill(started.pid, 'SIGCONT')
      await started.stop()
      rmSync(own, { recursive: true, force: true })
    })
    return started
  }

  /** A service with a store: what its health answers, and its warnings. */
  async function serviceWith(records: RecordStore) {
    const directory = mkdtempSync(join(tmpdir(), 'spoor-redis-service-'))
    const logs = defineLogs({ directory, root: { console: false, file: 'root.log' }, loggers: {}, console: false })
    const spoor = createSpoor({
      service: 'faulty',
      logs,
      tracking: { mode: 'all' },
      records,
      inspector: { authorize: () => 'all' },
    })
    const account = () => ({ account: 'acme', roles: [] })
    const handler = (_: unknown, response: { end(text: string): void }) => response.end('done')
    const http = createServer(spoorNode(spoor, { account, handler, inspector: '/_spoor' }))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    onTestFinished(async () => {
      http.closeAllConnections()
      http.close()
      await spoor.close()
      await logs.close()
      rmSync(directory, { recursive: true, force: true })
    })
    return {
      url,
      request: async () => expect((await fetch(url)).status).toBe(200),
      // biome-ignore lint/suspicious/noExplicitAny: answers of the API are compared as they are
      read: async (path: string): Promise<any> => (await fetch(`${url}/_spoor/api/${path}`)).json(),
      warnings: async () => {
        await logs.flush()
        return readFileSync(join(directory, 'root.log'), 'utf8')
      },
    }
  }

  test('fails over to its replica are all there, and the next ones are written', { timeout: 90_000 }, async () => {
    const { master, replica, sentinel } = await startWatched()
    const address = { host: '127.0.0.1', port: sentinel }
    const client = new Redis({ sentinels: [address], name: 'records', sentinelRetryStrategy: () => 50 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    const own = createSentinel({ name: 'records', sentinelRootNodes: [address] })
    own.on('error', () => {})
    await own.connect()
    onTestFinished(() => own.destroy())
    const stores = [client, own].map((one, at) => closed(redisRecords({ client: one, prefix: `over-${at}` })))
    const put = (from: number, to: number): void => {
      for (const store of stores) for (let n = from; n < to; n++) void store.put(made(n))
    }
    put(0, 200)
    await vi.waitFor(() => {
      for (const at of [0, 1]) expect(ask(replica.port, 'zcard', `{over-${at}}:order`)).toBe('200')
    }, WAITING)
    process.kill(master.pid, 'SIGKILL')
    put(200, 400)
    await vi.waitFor(() => {
      for (const at of [0, 1]) expect(ask(replica.port, 'zcard', `{over-${at}}:order`)).toBe('400')
    }, WAITING)
    put(400, 500)
    for (const store of stores) {
      await vi.waitFor(async () => expect((await store.health()).records).toBe(500), WAITING)
      expect((await store.list(all, { limit: 200 })).items).toHaveLength(200)
      expect((await store.health()).givenUp).toBe(0)
    }
  })

  test('is full wait in the process, which writes one warning, and are written when there is room', async () => {
    const full = await ownServer()
    const admin = clientOf(full.url)
    await admin.config('SET', 'maxmemory', '1')
    const store = closed(redisRecords({ client: clientOf(full.url), prefix: 'full' }))
    const service = await serviceWith(store)
    await service.request()
    await vi.waitFor(
      async () =>
        expect((await service.read('health')).records.error).toMatch(/OOM command not allowed.*; 1 record waits/),
      WAITING,
    )
    expect((await service.read('health')).summary).toMatch(
      /^The record store does not answer \(.*OOM command not allowed/,
    )
    await vi.waitFor(async () => expect((await service.read('requests')).items).toHaveLength(1), {
      timeout: 3_000,
      interval: 50,
    })
    await vi.waitFor(async () => expect((await service.read('health')).records.failed).toBeGreaterThan(1), WAITING)
    expect((await service.warnings()).match(/OOM/g)).toHaveLength(1)

    await admin.config('SET', 'maxmemory', '0')
    await vi.waitFor(async () => expect((await service.read('health')).records.records).toBe(1), WAITING)
  })

  test('is full are not written beyond its bound, also if it knows the scripts', async () => {
    const full = await ownServer()
    const admin = clientOf(full.url)
    const store = closed(redisRecords({ client: clientOf(full.url), prefix: 'bound' }))
    void store.put(made(1))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(1), WAITING)
    await admin.config('SET', 'maxmemory', '1')
    void store.put(made(2))
    await expect(async () => store.health()).rejects.toThrow(/OOM command not allowed.*; 1 record waits/)
    expect(await admin.zcard('{bound}:order')).toBe(1)
    await admin.config('SET', 'maxmemory', '0')
    await vi.waitFor(async () => expect((await store.health()).records).toBe(2), WAITING)
  })

  test('is full have processes beside them that still tell what is open', async () => {
    const full = await ownServer()
    const store = closed(redisRecords({ client: clientOf(full.url), prefix: 'beats' }))
    await clientOf(full.url).config('SET', 'maxmemory', '1')
    const facts = { instance: 'web-1:7', service: 'shop', node: 'v24.0.0', startedAt: '2026-11-24T12:00:00.000Z' }
    const openIn = (n: number) =>
      ({ id: idAt(n), requestId: idAt(n), kind: 'request', startedAt: facts.startedAt, openMs: 1 }) as const
    for (const open of [[], [1], [1, 2]]) await store.live?.beat(facts, open.map(openIn))
    const { processes, items } = (await store.live?.list(all)) ?? {}
    expect(processes).toMatchObject([facts])
    expect(items?.map(({ id }) => id).sort()).toEqual([idAt(1), idAt(2)])
  })

  test('is full are read beside those that wait, page by page', async () => {
    const full = await ownServer()
    const [other, store] = [0, 1].map(() => closed(redisRecords({ client: clientOf(full.url), prefix: 'read' })))
    for (const n of [1, 3, 5]) void other?.put(made(n))
    await vi.waitFor(async () => expect((await other?.health())?.records).toBe(3), WAITING)
    await clientOf(full.url).config('SET', 'maxmemory', '1')
    for (const n of [2, 4]) void store?.put(made(n))
    await expect(async () => store?.health()).rejects.toThrow(/2 records wait/)
    expect(await store?.get(all, idAt(1))).toMatchObject({ id: idAt(1) })
    const first = await store?.list(all, { limit: 3 })
    expect(first?.items.map(({ id }) => id)).toEqual([5, 4, 3].map(idAt))
    const second = await store?.list(all, { limit: 3, before: first?.next })
    expect(second?.items.map(({ id }) => id)).toEqual([2, 1].map(idAt))
    expect(second?.next).toBeUndefined()
  })

  test('hangs are not said to be missing: only Redis knows that, and those that wait are found', async () => {
    const silent = await ownServer()
    const store = closed(redisRecords({ client: clientOf(silent.url), prefix: 'silent' }))
    const service = await serviceWith(store)
    void store.put(made(1))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(1), WAITING)
    process.kill(silent.pid, 'SIGSTOP')
    void store.put(made(2))
    void store.put(made(3, { requestId: 'of-request' }))
    await expect(async () => store.health()).rejects.toThrow(/2 records wait/)
    const statusOf = async (id: string) => (await fetch(`${service.url}/_spoor/api/requests/${id}`)).status
    expect(await Promise.all([idAt(2), 'of-request', idAt(1)].map(statusOf))).toEqual([200, 200, 503])
  })

  test('fails for long are given up beyond the bound, counted and told, also when it is back', async () => {
    const client = clientOf()
    await client.set('{given}:all', 'a foreign text')
    const options = { send: commandsOf(client), base: '{given}', keepForMs: 60_000, maxBytes: 2 ** 20 }
    const store = closed(
      new RedisRecords({ ...options, answerWithinMs: 1_000, writing: { ...writing, maxBytes: 20_000 } }),
    )
    const service = await serviceWith(store)
    for (let n = 0; n < 30; n++) await service.request()
    const { failed, error } = (await service.read('health')).records
    expect(failed).toBeGreaterThan(0)
    expect(error).toMatch(/WRONGTYPE.*[1-9]\d* records? waits? in memory, [1-9]\d* w(?:as|ere) given up/)
    await vi.waitFor(async () => expect(await service.warnings()).toMatch(/WRONGTYPE/), WAITING)

    await client.del('{given}:all')
    await vi.waitFor(async () => expect((await service.read('health')).records.error).toBeUndefined(), WAITING)
    const health = await service.read('health')
    expect(health.records.givenUp).toBeGreaterThan(0)
    expect(health.records.givenUp + health.records.records).toBe(30)
    expect(health.summary).toMatch(/^The record store never got [1-9]\d* records: too many waited while it failed/)
  })

  test('does not take the password are told without the password, in lines and in answers', async () => {
    const own = mkdtempSync(join(tmpdir(), 'spoor-redis-guarded-'))
    const guarded = await startRedis({ dir: own })
    await clientOf(guarded.url).config('SET', 'requirepass', 'right-s3cret')
    onTestFinished(() => {
      ask(Number(new URL(guarded.url).port), '-a', 'right-s3cret', 'shutdown', 'nosave')
      rmSync(own, { recursive: true, force: true })
    })
    const url = guarded.url.replace('redis://', 'redis://:wrong-s3cret@')
    const service = await serviceWith(closed(redisRecords({ client: clientOf(url), prefix: 'guarded' })))
    await service.request()
    await vi.waitFor(
      async () => expect((await service.read('health')).records.error).toMatch(/NOAUTH|WRONGPASS/),
      WAITING,
    )
    expect((await service.read('requests')).items).toHaveLength(1)
    expect((await service.read('accounts?by=requests')).items).toMatchObject([{ account: 'acme', requests: 1 }])
    await vi.waitFor(async () => expect(await service.warnings()).toMatch(/NOAUTH|WRONGPASS/), WAITING)
    expect((await service.warnings()).match(/NOAUTH|WRONGPASS/g)).toHaveLength(1)
    const said = [await service.warnings(), JSON.stringify(await service.read('health'))]
    expect(said.join()).not.toMatch(/s3cret/)
  })

  test('has data of another version keep working beside it, and it is counted and told', async () => {
    const client = clientOf()
    const base = '{mixed}'
    for (const n of [1, 2]) {
      await client.hset(`${base}:record:${idAt(n)}`, { owner: '=acme', json: n === 1 ? 'v9|text' : '{"id":7}' })
      await client.hset(`${base}:meta`, idAt(n), n === 1 ? 'not JSON' : '{"bytes":5}')
      for (const index of ['all', 'of:=acme']) await client.zadd(`${base}:${index}`, Date.now() + n, idAt(n))
      await client.zadd(`${base}:order`, n, idAt(n))
    }
    await client.hset(`${base}:processes`, { 'old:1': 'v9', 'old:2': `${Date.now()} {"name":"old"}` })
    await client.hset(`${base}:open:old:2`, { a: 'v9', b: `${Date.now()} 0 {}`, c: `${Date.now()} 5 =acme{"id":` })
    for (const kind of ['minute', 'quarter']) {
      await client.zadd(
        `${base}:totals:${kind}`,
        Date.now(),
        'v9',
        Date.now(),
        '1 run 5 old:1',
        Date.now(),
        '0 run 6 old:1',
      )
      await client.hset(`${base}:totals:${kind}:text`, '1 run 5 old:1', 'z{}', '0 run 6 old:1', 'aAAAA')
    }
    const service = await serviceWith(closed(redisRecords({ client, prefix: 'mixed' })))
    await service.request()
    await vi.waitFor(async () => expect((await service.read('requests')).items).toHaveLength(1), WAITING)
    expect((await service.read('live-requests')).items).toHaveLength(0)
    expect((await service.read('session')).processes).toHaveLength(1)
    for (const span of ['1h', '24h'])
      expect((await service.read(`accounts?by=requests&span=${span}`)).items).toMatchObject([{ requests: 1 }])
    const health = await service.read('health')
    expect(health.records.error).toBeUndefined()
    expect(health.summary).toMatch(/^The record store has [1-9]\d* entries that this version cannot read/)
  })

  test('removes what it wants recover: the sum of bytes is right again', async () => {
    const client = clientOf()
    const store = closed(redisRecords({ client, prefix: 'evicting', maxBytes: 32_768 }))
    for (let n = 0; n < 5; n++) void store.put(made(n))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(5), WAITING)
    await client.del('{evicting}:meta', '{evicting}:order', '{evicting}:all')
    await client.hset('{evicting}:sums', 'bytes', 10_000_000)
    void store.put(made(8))
    await vi.waitFor(async () => expect((await store.health()).bytes).toBe(0), WAITING)
    void store.put(made(9))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(1), WAITING)
    expect(await store.get(all, idAt(9))).toBeDefined()
  })

  test.each(['meta', 'order'])('removes what knows all of them (%s) go on with as many as before', async (key) => {
    const client = clientOf()
    const store = closed(redisRecords({ client, prefix: `removed-${key}`, maxBytes: 32_768 }))
    for (let n = 0; n < 100; n++) void store.put(made(n))
    await vi.waitFor(async () => expect((await store.health()).evicted).toBeGreaterThan(0), WAITING)
    const { records } = await store.health()
    await client.del(`{removed-${key}}:${key}`)
    for (let n = 100; n < 200; n++) void store.put(made(n))
    expect((await store.health()).records).toBe(records)
    expect((await store.list(all, { limit: 200 })).items).toHaveLength(records)
  })

  test('removes the sum of bytes get it back with the next record, so that their bound holds', async () => {
    const client = clientOf()
    const store = closed(redisRecords({ client, prefix: 'unsummed', maxBytes: 32_768 }))
    for (let n = 0; n < 5; n++) void store.put(made(n))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(5), WAITING)
    const { bytes } = await store.health()
    await client.del('{unsummed}:sums')
    void store.put(made(0))
    await vi.waitFor(async () => expect((await store.health()).bytes).toBe(bytes), WAITING)
  })

  test('has users with rights need no more of them than docs/scaling.md says', async () => {
    const guarded = await ownServer()
    const docs = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8')
    const [, rights = ''] = /^ACL (SETUSER spoor .*)$/m.exec(docs) ?? []
    await clientOf(guarded.url).call('ACL', ...rights.split(' '))
    const client = clientOf(guarded.url.replace('redis://', 'redis://spoor:password@'))
    const store = closed(redisRecords({ client, maxBytes: 32_768 }))
    for (let n = 0; n < 60; n++) void store.put(made(n, { requestId: 'one' }))
    void store.update(idAt(59), { late: { cpuMs: 3, untilMs: 900 } })
    expect((await store.get(all, idAt(59)))?.late?.cpuMs).toBe(3)
    expect((await store.list(all, { requestId: 'one', account: 'acme' })).items).not.toHaveLength(0)
    expect((await store.health()).evicted).toBeGreaterThan(0)
    const brief = closed(redisRecords({ client, keepForMs: 1 }))
    await vi.waitFor(async () => expect((await brief.health()).records).toBe(0), WAITING)
    const facts = { instance: 'web-1:7', service: 'rights', node: 'v24.0.0', startedAt: new Date().toISOString() }
    const open = { id: idAt(70), requestId: idAt(70), kind: 'request', startedAt: facts.startedAt, openMs: 1 } as const
    for (const some of [[], [open], []]) await store.live?.beat(facts, some)
    expect((await store.live?.list(all))?.processes).toHaveLength(1)
    await store.live?.leave(facts.instance)
    await clientOf(guarded.url).del('{spoor}:meta')
    void store.put(made(61))
    expect((await store.health()).records).toBe(1)
    const stretch = { instance: 'web-1:7', run: 'a-b', kind: 'minute', start: 1, agoMs: 10 } as const
    for (const isOver of [false, true]) await store.totals?.put({ ...stretch, isOver, lines: ['{}'] })
    for await (const one of store.totals?.since('minute', 60_000, () => true) ?? []) expect(one.lines).toEqual(['{}'])
    expect(await store.claim?.('errors', 60_000)).toBe(true)
    expect(await store.agree?.('places', 'a key')).toBe('a key')
    const health = await brief.health()
    expect(health.expired).toBeGreaterThan(0)
  })
})
