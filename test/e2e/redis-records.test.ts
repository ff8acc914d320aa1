// Records, open requests and claims in a real Redis while Redis and processes come and go. Left out, by name, where there is no Redis.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { createClient, RESP_TYPES } from 'redis'
import { createSpoor, defineLogs, type RecordStore } from 'spoor'
import { redisRecords } from 'spoor/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { readAccess } from '../../src/records/read-access.js'
import { commandsOf } from '../../src/records/redis/redis-commands.js'
import { RedisRecords } from '../../src/records/redis/redis-store.js'
import { writing } from '../../src/records/redis/waiting-writes.js'
import type { SharedStretch, StretchHead } from '../../src/records/shared-store.js'
import type { StretchKind } from '../../src/records/totals/stretches.js'
import { idAt, made } from '../records/made.js'
import { followQueries } from './followed-queries.js'
import { ask, startCluster } from './redis-servers.js'
import { available, type Redis as Server, startRedis } from './services.js'

const WAITING = { timeout: 20_000, interval: 20 }
const all = readAccess('all', undefined)

describe.skipIf(!available('redis'))('records in Redis', () => {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-redis-records-'))
  let server: Server

  beforeAll(async () => {
    server = await startRedis({ dir })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  function clientOf(url: string): Redis {
    const client = new Redis(url, { retryStrategy: () => 50 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  }

  function storeOf(url: string, prefix: string): RecordStore {
    const store = redisRecords({ client: clientOf(url), prefix })
    onTestFinished(async () => store.close())
    return store
  }

  async function ownServer(port?: number): Promise<Server & { dir: string }> {
    const own = mkdtempSync(join(tmpdir(), 'spoor-redis-own-'))
    const started = await startRedis({ dir: own, keepsData: true, ...(port !== undefined && { port }) })
    onTestFinished(async () => {
      await started.stop()
      rmSync(own, { recursive: true, force: true })
    })
    return { ...started, dir: own }
  }

  test('of one process are read by another, with what came late', async () => {
    const [writer, reader] = [storeOf(server.url, 'two'), storeOf(server.url, 'two')]
    writer.put(made(1))
    writer.update(idAt(1), { late: { cpuMs: 3, untilMs: 900 } })
    await vi.waitFor(async () => expect((await reader.get(all, idAt(1)))?.late?.cpuMs).toBe(3), WAITING)
    expect((await reader.list(all, {})).items).toHaveLength(1)
  })

  test('wait in memory and can be read while Redis is away, and are written when it is back', async () => {
    const first = await ownServer(Number(new URL(await deadAddress()).port))
    const store = storeOf(first.url, 'away')
    store.put(made(1))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(1), WAITING)

    process.kill(first.pid, 'SIGKILL')
    for (let n = 2; n <= 50; n++) store.put(made(n))
    await vi.waitFor(async () => expect(await store.get(all, idAt(30))).toBeDefined(), WAITING)
    expect((await store.list(all, { limit: 200 })).items.map(({ id }) => id)).toContain(idAt(50))
    await expect(async () => store.health()).rejects.toThrow(/49 records wait in memory, 0 were given up/)

    await startRedis({ dir: first.dir, port: Number(new URL(first.url).port), keepsData: true })
    const other = storeOf(first.url, 'away')
    await vi.waitFor(async () => expect((await other.health()).records).toBe(50), WAITING)
  })

  test('are put at once while Redis hangs, and nothing is sent to it twice at a time', async () => {
    const hanging = await ownServer()
    const store = storeOf(hanging.url, 'hanging')
    store.put(made(1))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(1), WAITING)
    process.kill(hanging.pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(hanging.pid, 'SIGCONT'))
    for (let n = 2; n <= 200; n++) store.put(made(n))
    await vi.waitFor(async () => expect(await store.get(all, idAt(200))).toBeDefined(), WAITING)
    process.kill(hanging.pid, 'SIGCONT')
    await vi.waitFor(async () => expect((await store.health()).records).toBe(200), WAITING)
  })

  test('of a service that closes are written before it ends its client', async () => {
    const client = clientOf(server.url)
    const options = { send: commandsOf(client), base: '{closing}', keepForMs: 60_000, maxBytes: 2 ** 20 }
    const records = new RedisRecords({ ...options, answerWithinMs: 5_000, writing: { ...writing, everyMs: 60_000 } })
    const logs = defineLogs({ files: false, console: false, loggers: {} })
    const spoor = createSpoor({ service: 'closing', logs, tracking: { mode: 'all' }, records })
    spoor.runChild(spoor.carry({ name: 'last' }), { attempt: 1 }, () => {})
    await spoor.close()
    client.disconnect()
    const seen = await storeOf(server.url, 'closing').list(all, {})
    expect(seen.items).toMatchObject([{ kind: 'job', name: 'last' }])
  })

  test('come with what is open in each of two processes of one name, and one that ends leaves the other', async () => {
    const stores = [storeOf(server.url, 'named'), storeOf(server.url, 'named')]
    const facts = { instance: 'app:1', service: 'named', node: 'v24.0.0', startedAt: new Date().toISOString() }
    const openIn = (n: number) =>
      ({ id: idAt(n), requestId: idAt(n), kind: 'request', startedAt: facts.startedAt, openMs: 1 }) as const
    const ids = async () => (await stores[0]?.live?.list(all))?.items.map(({ id, run }) => [run, id]).sort()
    for (const [n, store] of stores.entries()) await store.live?.beat({ ...facts, run: `run-${n}` }, [openIn(n)])
    expect(await ids()).toEqual([
      ['run-0', idAt(0)],
      ['run-1', idAt(1)],
    ])
    await stores[1]?.live?.leave(facts.instance, 'run-1')
    expect(await ids()).toEqual([['run-0', idAt(0)]])
  })

  test('are removed some at a time when their bound becomes much smaller, so that Redis never stands still', async () => {
    const store = storeOf(server.url, 'smaller')
    for (let n = 0; n < 5_000; n++) void store.put(made(n))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(5_000), WAITING)
    const smaller = redisRecords({ client: clientOf(server.url), prefix: 'smaller', maxBytes: 32_768 })
    onTestFinished(async () => smaller.close())
    void smaller.put(made(5_000))
    expect((await smaller.health()).evicted).toBe(2_000)
    for (let n = 5_001; n < 5_003; n++) {
      void smaller.put(made(n))
      await smaller.health()
    }
    expect((await smaller.health()).bytes).toBeLessThanOrEqual(32_768)
    expect(await smaller.get(all, idAt(5_002))).toBeDefined()
  })

  test('are on no request line as queries, though the service follows its client', async () => {
    const followed = followQueries()
    onTestFinished(() => followed.close())
    const client = followed.spoor.follow(clientOf(server.url))
    const store = redisRecords({ client, prefix: 'followed' })
    onTestFinished(async () => store.close())
    const [record] = await followed.together(1, async () => {
      store.put(made(1))
      await store.get(all, idAt(1))
      await client.set('own', 'value')
    })
    expect(record?.queries?.calls).toBe(1)
  })

  test('are not written with a wrong password, and no message has it', async () => {
    const guarded = await ownServer()
    const admin = clientOf(guarded.url)
    await admin.config('SET', 'requirepass', 'right-and-secret')
    // Without the password, the server could not be stopped.
    onTestFinished(async () => void (await admin.config('SET', 'requirepass', '')))
    const url = guarded.url.replace('redis://', 'redis://:wrong-and-secret@')
    const store = storeOf(url, 'guarded')
    store.put(made(1))
    const failed = await vi.waitFor(async () => {
      const error = await Promise.resolve(store.health()).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(Error)
      return error as Error
    }, WAITING)
    expect(`${failed.message} ${JSON.stringify(failed)}`).not.toMatch(/secret/)
    expect(await store.get(all, idAt(1))).toBeDefined()
  })

  test('keep working beside foreign keys of the same names in another form', async () => {
    const client = clientOf(server.url)
    await client.set('{foreign}:all', 'not a sorted set')
    const store = storeOf(server.url, 'foreign')
    store.put(made(1))
    await vi.waitFor(async () => expect(await store.get(all, idAt(1))).toBeDefined(), WAITING)
    await expect(async () => store.health()).rejects.toThrow(/WRONGTYPE/)
  })

  test('are claimed by one process at a time', async () => {
    const stores = [storeOf(server.url, 'claims'), storeOf(server.url, 'claims')]
    const claims = await Promise.all(stores.map((store) => store.claim?.('stuck', 60_000)))
    expect(claims.sort()).toEqual([false, true])
    expect(await stores[0]?.claim?.('other', 60_000)).toBe(true)
  })

  const numbersAsTexts = async () => {
    const client = new Redis(server.url, { stringNumbers: true })
    onTestFinished(() => client.disconnect())
    return client
  }
  const textsAsBuffers = async () => {
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String }
    const client = await createClient({ url: server.url, commandOptions: { typeMapping } }).connect()
    onTestFinished(() => client.destroy())
    return client
  }
  test.each([
    ['numbers as texts (ioredis)', 'texts', numbersAsTexts],
    ['texts as buffers (node-redis)', 'buffers', textsAsBuffers],
  ])('are read, listed and claimed through a client that gives %s', async (_, prefix, make) => {
    const store = redisRecords({ client: await make(), prefix })
    onTestFinished(async () => store.close())
    void store.put(made(1))
    expect(await store.get(all, idAt(1))).toMatchObject({ id: idAt(1) })
    expect(await store.health()).toMatchObject({ records: 1, unreadable: 0 })
    expect([await store.claim?.('errors', 60_000), await store.claim?.('errors', 60_000)]).toEqual([true, false])
    expect(await store.agree?.('places', 'a key')).toBe('a key')
    const facts = { instance: 'web-1:7', service: 'read', node: 'v24.0.0', startedAt: new Date().toISOString() }
    await store.live?.beat(facts, [])
    expect((await store.live?.list(all))?.processes).toMatchObject([facts])
  })

  test('are refused for the legacy form of a client, whose replies go to callbacks', () => {
    const client = createClient({ url: server.url })
    expect(() => redisRecords({ client: client.legacy() })).toThrow(
      /client: expected a client of ioredis or node-redis/,
    )
  })

  test('come with the totals of processes, each stretch once, until it is over', async () => {
    const [writer, reader] = [storeOf(server.url, 'minutes'), storeOf(server.url, 'minutes')]
    const head = { instance: 'web-1:7', run: 'a-b', kind: 'minute', start: 1_234.5 } as const
    const lines = ['{"kind":"totals"}', JSON.stringify({ long: 'text '.repeat(1_000) })]
    const put = async (own: Partial<SharedStretch>) =>
      writer.totals?.put({ ...head, isOver: false, agoMs: 30_000, lines: ['{}'], ...own })
    const since = async (agoMs: number, kind: StretchKind = 'minute', isWanted = (_: StretchHead) => true) => {
      const found: SharedStretch[] = []
      for await (const one of reader.totals?.since(kind, agoMs, isWanted) ?? []) found.push(one)
      return found
    }
    await put({})
    await put({ lines })
    const [open, ...none] = await since(60_000)
    expect(none).toEqual([])
    expect(open).toMatchObject({ ...head, isOver: false, lines })
    // By the clock of Redis, from when it was put.
    expect(open?.agoMs).toBeGreaterThanOrEqual(30_000)
    expect(open?.agoMs).toBeLessThan(35_000)
    await put({ isOver: true, lines })
    expect(await since(60_000)).toMatchObject([{ ...head, isOver: true, lines }])
    await put({ run: 'other', start: 1_234.5, agoMs: 10_000 })
    expect((await since(60_000)).map(({ run }) => run)).toEqual(['other', 'a-b'])
    expect((await since(60_000, 'minute', ({ run }) => run === 'a-b')).map(({ run }) => run)).toEqual(['a-b'])
    expect(await since(20_000)).toHaveLength(1)
    expect(await since(60_000, 'quarter')).toEqual([])
    await put({ kind: 'minute', run: 'old', agoMs: 80 * 60_000 })
    await put({ kind: 'minute', run: 'next' })
    expect((await since(90 * 60_000)).map(({ run }) => run)).not.toContain('old')
  })

  test('come with a text on which all processes agree', async () => {
    const stores = [storeOf(server.url, 'agreeing'), storeOf(server.url, 'agreeing')]
    const agreed = await Promise.all(stores.map((store, at) => store.agree?.('places', `key ${at}`)))
    expect(new Set(agreed).size).toBe(1)
    expect(agreed[0]).toMatch(/^key [01]$/)
    expect(await stores[0]?.agree?.('other', 'x')).toBe('x')
  })

  test('wait while a cluster moves their slot, and are on the new node then, each once', {
    timeout: 60_000,
  }, async () => {
    const [one, other, third] = (await startCluster()) as [number, number, number]
    const client = new Cluster([one, other, third].map((port) => ({ host: '127.0.0.1', port })))
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    const store = redisRecords({ client, prefix: 'moving' })
    onTestFinished(async () => store.close())
    for (let n = 0; n < 10; n++) store.put(made(n))
    await vi.waitFor(async () => expect((await store.health()).records).toBe(10), WAITING)

    const slot = ask(one, 'cluster', 'keyslot', '{moving}')
    const keysOn = (port: number): string => ask(port, 'cluster', 'countkeysinslot', slot)
    const ports = [one, other, third]
    const from = ports.find((port) => keysOn(port) !== '0') as number
    const to = ports.find((port) => port !== from) as number
    const [fromId, toId] = [from, to].map((port) => ask(port, 'cluster', 'myid')) as [string, string]
    ask(to, 'cluster', 'setslot', slot, 'importing', fromId)
    ask(from, 'cluster', 'setslot', slot, 'migrating', toId)
    store.put(made(10))
    await expect(async () => store.health()).rejects.toThrow(/1 record waits/)
    expect(keysOn(to)).toBe('0')
    for (const key of ask(from, 'cluster', 'getkeysinslot', slot, '100').split('\n'))
      expect(ask(from, 'migrate', '127.0.0.1', `${to}`, key, '0', '5000')).toBe('OK')
    for (const port of ports) ask(port, 'cluster', 'setslot', slot, 'node', toId)
    await vi.waitFor(async () => expect((await store.health()).records).toBe(11), WAITING)
    expect(keysOn(from)).toBe('0')
  })

  test('are kept by a cluster of three nodes', { timeout: 60_000 }, async () => {
    const nodes = await startCluster()
    const client = new Cluster(nodes.map((port) => ({ host: '127.0.0.1', port })))
    onTestFinished(() => client.disconnect())
    for (const prefix of ['one', 'two', 'three', 'four']) {
      const store = redisRecords({ client, prefix })
      for (let n = 0; n < 50; n++)
        store.put(made(n, { account: n % 2 === 0 ? 'acme' : 'globex', requestId: `r-${n % 5}` }))
      const mine = readAccess('account', 'acme')
      await vi.waitFor(async () => expect((await store.list(mine, { limit: 200 })).items).toHaveLength(25), WAITING)
      expect((await store.list(all, { requestId: 'r-1' })).items).toHaveLength(10)
      await store.close()
    }
  })
})
