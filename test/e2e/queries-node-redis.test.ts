// Commands of node-redis on a real Redis. Left out, by name, where there is no Redis.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, createClientPool } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { queryCounts } from '../../src/queries/registry.js'
import { type FollowedQueries, followQueries, openRuns } from './followed-queries.js'
import { available, type Redis, startRedis } from './services.js'

const requests = 20

describe.skipIf(!available('redis'))('commands of node-redis', () => {
  let server: Redis
  let followed: FollowedQueries

  beforeAll(async () => {
    server = await startRedis({ dir: mkdtempSync(join(tmpdir(), 'spoor-redis-')) })
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  const clientOf = (): ReturnType<typeof createClient> => {
    const client = createClient({ url: server.url }) as ReturnType<typeof createClient>
    client.on('error', () => {})
    onTestFinished(() => client.destroy())
    return client
  }
  const poolOf = async (maximum = 2): Promise<ReturnType<typeof createClientPool>> => {
    const pool = createClientPool({ url: server.url }, { minimum: 1, maximum }) as ReturnType<typeof createClientPool>
    pool.on('error', () => {})
    onTestFinished(() => pool.destroy())
    return pool
  }
  const unknown = (): number => queryCounts().unknown
  const accountNow = (): string | undefined => followed.spoor.context()?.account

  // Each request sends as many commands as its number says: a wrong owner changes the counts.
  const counts = Array.from({ length: requests }, (_none, n) => 1 + (n % 4))
  const times = (n: number): number[] => Array.from({ length: counts[n] ?? 0 }, (_none, at) => at)
  async function expectOwnCounts(send: (n: number) => Promise<unknown>, each = counts): Promise<void> {
    const records = await followed.together(requests, send)
    expect(records.map(({ queries }) => queries?.calls ?? 0)).toEqual(each)
    expect(openRuns(records)).toEqual([])
  }

  test('belong to the request that sent them, with a client that is still connecting', async () => {
    const client = clientOf()
    const connected = client.connect()
    await expectOwnCounts((n) => Promise.all(times(n).map((at) => client.set(`${n}-${at}`, 'value'))))
    await connected
  })

  test('belong to the request that sent them, also after the server ended the connection', async () => {
    const client = clientOf()
    await client.connect()
    await expectOwnCounts((n) => Promise.all(times(n).map((at) => client.set(`${n}-${at}`, 'value'))))
    const admin = clientOf()
    await admin.connect()
    const ready = new Promise((resolve) => client.once('ready', resolve))
    await admin.sendCommand(['CLIENT', 'KILL', 'ID', String(await client.sendCommand(['CLIENT', 'ID']))])
    await ready
    await expectOwnCounts((n) => Promise.all(times(n).map((at) => client.set(`${n}-${at}`, 'value'))))
  })

  test('of a transaction count as one', async () => {
    const client = clientOf()
    await client.connect()
    const record = await followed.record('acme', () => client.multi().set('key', '1').get('key').exec())
    expect(record.queryKinds).toMatchObject([{ system: 'redis', summary: 'MULTI', calls: 1 }])
  })

  test('of a followed pool belong to the request that sent them, also within execute', async () => {
    const pool = await poolOf()
    expect(followed.spoor.follow(pool)).toBe(pool)
    await pool.connect()
    await expectOwnCounts((n) => Promise.all(times(n).map((at) => pool.set(`${n}-${at}`, 'value'))))
    const seen: (string | undefined)[] = []
    await expectOwnCounts((n) =>
      pool.execute(async (client) => {
        seen[n] = accountNow()
        for (const at of times(n)) await client.get(`${n}-${at}`)
      }),
    )
    expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
    await expectOwnCounts((n) => pool.withTypeMapping({}).get(`key-${n}`), Array(requests).fill(1))
    await expectOwnCounts((n) => pool.multi().get(`key-${n}`).get('key').exec(), Array(requests).fill(1))
    expect(unknown()).toBe(0)
  })

  test('of a followed pool tell the wait for a client', async () => {
    const pool = followed.spoor.follow(await poolOf(1))
    await pool.connect()
    const [, waiting] = await Promise.all([
      followed.record('acme', () => pool.execute((client) => client.blPop('nothing', 0.2))),
      followed.record('globex', () => pool.get('key')),
    ])
    expect(waiting?.queries?.poolMs).toBeGreaterThan(150)
  })

  test('of a followed pool that is closed leave a failed wait, and no query', async () => {
    const pool = followed.spoor.follow(await poolOf(1))
    const record = await followed.record('acme', () => pool.get('key'))
    expect(record.queries).toMatchObject({ calls: 0 })
    expect(await followed.lines()).toMatchObject([{ level: 'error', errorCode: expect.any(String) }])
  })

  test('of a pool that is not followed are counted as unknown, and belong to no request', async () => {
    const pool = await poolOf()
    await pool.connect()
    const before = unknown()
    const records = await followed.together(requests, (n) => pool.set(`key-${n}`, 'value'))
    expect(records.map(({ queries }) => queries)).toEqual(records.map(() => undefined))
    expect(unknown() - before).toBe(requests)
  })

  test('that fail have the code, and no key or value anywhere', async () => {
    const client = clientOf()
    await client.connect()
    await client.set('canary-key', 'canary-value')
    const record = await followed.record('acme', async () => {
      await client.sendCommand(['SET canary-key canary-value']).catch(() => {})
      await client.lPush('canary-key', 'canary-value')
    })
    expect(record.queries).toMatchObject({ calls: 2, errors: 2 })
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('of a client that is closed are over at once', async () => {
    const client = clientOf()
    const record = await followed.record('acme', () => client.get('key'))
    expect(openRuns([record])).toEqual([])
  })

  test('accept a client, whose commands are followed anyway', async () => {
    const client = clientOf()
    expect(followed.spoor.follow(client)).toBe(client)
  })

  test('are left alone once Spoor is closed', async () => {
    const pool = followed.spoor.follow(await poolOf())
    await pool.connect()
    await followed.spoor.close()
    expect(await pool.set('key', 'value')).toBe('OK')
  })
})
