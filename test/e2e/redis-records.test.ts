// Records, open requests and claims in a real Redis while Redis and processes come and go. Left out, by name, where there is no Redis.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import type { RecordStore } from 'spoor'
import { redisRecords } from 'spoor/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { readAccess } from '../../src/records/read-access.js'
import { idAt, made } from '../records/made.js'
import { followQueries } from './followed-queries.js'
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

  test('share minutes of totals between processes', async () => {
    const [writer, reader] = [storeOf(server.url, 'minutes'), storeOf(server.url, 'minutes')]
    const minute = { instance: 'web-1:7', from: Date.now(), lines: ['{"kind":"totals"}'] }
    await writer.totals?.put({ ...minute, lines: ['{}'] })
    await writer.totals?.put(minute)
    expect(await reader.totals?.since(0)).toEqual([minute])
    expect(await reader.totals?.since(minute.from + 1)).toEqual([])
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

/** Three nodes on loopback ports; gives their ports. */
async function startCluster(): Promise<number[]> {
  const ports: number[] = []
  for (let node = 0; node < 3; node++) {
    const dir = mkdtempSync(join(tmpdir(), 'spoor-redis-cluster-'))
    const port = 20_000 + Math.floor(Math.random() * 9_000)
    const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir, '--save', '', '--cluster-enabled', 'yes']
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    onTestFinished(async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(dir, { recursive: true, force: true })
    })
    ports.push(port)
  }
  const address = (port: number) => `127.0.0.1:${port}`
  for (const port of ports) {
    await vi.waitFor(() => execFileSync('redis-cli', ['-p', `${port}`, 'ping'], { stdio: 'ignore' }), WAITING)
  }
  execFileSync('redis-cli', ['--cluster', 'create', ...ports.map(address), '--cluster-yes'], { stdio: 'ignore' })
  await vi.waitFor(() => {
    const state = execFileSync('redis-cli', ['-p', `${ports[0]}`, 'cluster', 'info'], { encoding: 'utf8' })
    expect(state).toContain('cluster_state:ok')
  }, WAITING)
  return ports
}
