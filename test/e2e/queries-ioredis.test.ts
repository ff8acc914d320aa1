// Commands of ioredis 6 and 5 on a real Redis. A cluster of Redis is not run here. Left out, by name, where there is no Redis.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FollowedQueries, followQueries, openRuns } from './followed-queries.js'
import { available, type Redis as RedisServer, startRedis } from './services.js'

const requests = 20

interface Options {
  readonly lazyConnect?: true
  readonly db?: number
  readonly connectionName?: string
  readonly enableAutoPipelining?: true
  readonly retryStrategy?: () => number
}

describe.skipIf(!available('redis')).each([
  ['6', Redis],
  ['5', Redis5 as unknown as typeof Redis],
])('commands of ioredis %s', (_, Client) => {
  let server: RedisServer
  let followed: FollowedQueries

  beforeAll(async () => {
    server = await startRedis({ dir: mkdtempSync(join(tmpdir(), 'spoor-redis-')) })
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  const clientOf = (options: Options = {}): Redis => {
    const { hostname: host, port } = new URL(server.url)
    const redis = new Client(Number(port), host, options)
    redis.on('error', () => {})
    onTestFinished(() => redis.disconnect())
    return followed.spoor.follow(redis)
  }
  const accountNow = (): string | undefined => followed.spoor.context()?.account

  // Each request sends as many commands as its number says: a wrong owner changes the counts.
  const counts = Array.from({ length: requests }, (_none, n) => 1 + (n % 4))
  const sendOwn = async (redis: Redis, n: number): Promise<void> => {
    await Promise.all(Array.from({ length: counts[n] ?? 0 }, (_none, at) => redis.set(`${n}-${at}`, 'value')))
  }
  async function expectOwnCounts(send: (n: number) => Promise<void>, each = counts): Promise<void> {
    const seen: (string | undefined)[] = []
    const records = await followed.together(requests, async (n) => {
      await send(n)
      seen[n] = accountNow()
    })
    expect(records.map(({ queries }) => queries?.calls)).toEqual(each)
    expect(openRuns(records)).toEqual([])
    expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
  }

  test('belong to the request that sent them, with a client that is not connected yet', async () => {
    const redis = clientOf({ lazyConnect: true, db: 1, connectionName: 'spoor' })
    await expectOwnCounts((n) => sendOwn(redis, n))
  })

  test('belong to the request that sent them, with a connected client', async () => {
    const redis = clientOf()
    await redis.ping()
    await expectOwnCounts((n) => sendOwn(redis, n))
  })

  test('belong to the request that sent them, also the callbacks', async () => {
    const redis = clientOf()
    const seen: (string | undefined)[] = []
    const records = await followed.together(requests, (n) => {
      return new Promise<void>((resolve) => {
        redis.get('key', () => {
          seen[n] = accountNow()
          resolve()
        })
      })
    })
    expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => 1))
    expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
  })

  test('belong to the request that sent them, after the server ended the connection', async () => {
    const redis = clientOf({ retryStrategy: () => 10 })
    await redis.select(2)
    const id = await redis.client('ID')
    const admin = new Client(server.url)
    onTestFinished(() => admin.disconnect())
    const closed = new Promise((resolve) => redis.once('close', resolve))
    await admin.client('KILL', 'ID', id)
    await closed
    await expectOwnCounts((n) => sendOwn(redis, n))
  })

  test.each(['cold', 'warm'])(
    'that are pipelined by ioredis belong to the request that sent them, %s',
    async (state) => {
      const redis = clientOf({ enableAutoPipelining: true })
      if (state === 'warm') await redis.ping()
      await expectOwnCounts((n) => sendOwn(redis, n))
    },
  )

  test('of a pipeline count one by one, those of a transaction with MULTI and EXEC', async () => {
    const redis = clientOf()
    await expectOwnCounts(async (n) => {
      const pipeline = redis.pipeline()
      for (let at = 0; at < (counts[n] ?? 0); at++) pipeline.get('key')
      await pipeline.exec()
    })
    const record = await followed.record('acme', () => redis.multi().set('key', '1').get('key').exec())
    expect(record.queryKinds.map(({ summary }) => summary).sort()).toEqual(['EXEC', 'GET', 'MULTI', 'SET'])
    expect(record.queries?.calls).toBe(4)
  })

  test('that the client sends to greet the server do not count, those of the service do', async () => {
    const redis = clientOf({ lazyConnect: true, db: 3, connectionName: 'spoor' })
    const record = await followed.record('acme', async () => {
      await Promise.all([redis.get('key'), redis.info()])
    })
    expect(record.queryKinds.map(({ summary }) => summary).sort()).toEqual(['GET', 'INFO'])
  })

  test('of a duplicate are not followed', async () => {
    const copy = clientOf().duplicate()
    onTestFinished(() => copy.disconnect())
    const record = await followed.record('acme', () => copy.get('key'))
    expect(record.queries).toBeUndefined()
  })

  test('that fail have the code, and no key or value anywhere', async () => {
    const redis = clientOf()
    await redis.set('canary-key', 'canary-value')
    const record = await followed.record('acme', () => redis.lpush('canary-key', 'canary-value'))
    expect(record.queries).toMatchObject({ calls: 1, errors: 1 })
    expect(record.queryRuns).toMatchObject([{ errorCode: 'ReplyError' }])
    expect(await followed.lines()).toMatchObject([{ summary: 'LPUSH', errorCode: 'ReplyError' }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that fail without a handler are reported by Node, as without Spoor', async () => {
    const heard = async (redis: Redis): Promise<number> => {
      const errors: unknown[] = []
      const before = process.listeners('unhandledRejection')
      process.removeAllListeners('unhandledRejection')
      process.on('unhandledRejection', (error) => errors.push(error))
      try {
        await redis.set('text', 'x')
        void redis.lpush('text', 'y')
        await redis.get('text')
        await new Promise((resolve) => setImmediate(resolve))
        return errors.length
      } finally {
        process.removeAllListeners('unhandledRejection')
        for (const listener of before) process.on('unhandledRejection', listener)
      }
    }
    const plain = new Client(server.url)
    onTestFinished(() => plain.disconnect())
    expect([await heard(plain), await heard(clientOf())]).toEqual([1, 1])
  })

  test('of a client followed twice count once, and of a closed Spoor not at all', async () => {
    const redis = clientOf()
    expect(followed.spoor.follow(redis)).toBe(redis)
    const record = await followed.record('acme', () => redis.get('key'))
    expect(record.queries).toMatchObject({ calls: 1 })
    const listeners = [redis.listenerCount('ready'), redis.listenerCount('close')]
    await followed.spoor.close()
    expect(Object.hasOwn(redis, 'sendCommand')).toBe(false)
    expect([redis.listenerCount('ready'), redis.listenerCount('close')]).toEqual(listeners.map((count) => count - 1))
    expect(await redis.set('key', 'again')).toBe('OK')
  })

  test('are settled by the members that Spoor replaces', () => {
    const command = new Client.Command('get', ['key'])
    expect([typeof command.resolve, typeof command.reject]).toEqual(['function', 'function'])
  })
})
