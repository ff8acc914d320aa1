// Queries of pg on a real PostgreSQL, with a pool of two connections. Left out, by name, where there is no PostgreSQL.
import pg from 'pg'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import type { StoredRecord } from 'spoor'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FollowedQueries, followQueries, marksIn } from './followed-queries.js'
import { type Postgres, startPostgres } from './postgres.js'
import { available } from './services.js'

const requests = 20

describe.skipIf(!available('postgres'))('queries of pg', () => {
  let postgres: Postgres
  let followed: FollowedQueries

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  function poolOf(options: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 2, ...options })
    // Its connections may still be closing when the server ends.
    pool.on('error', () => {})
    onTestFinished(() => (pool.ended ? undefined : pool.end()))
    return followed.spoor.follow(pool)
  }

  const accountNow = (): string | undefined => followed.spoor.context()?.account
  const ownMarks = (records: readonly StoredRecord[], each: number): void => {
    for (const [n, record] of records.entries()) {
      expect(marksIn(record)).toEqual([`r${n}`])
      expect(record.queries).toMatchObject({ calls: each })
      expect(record.queryRuns.every(({ durationMs }) => durationMs !== undefined)).toBe(true)
    }
  }

  /** How a service sends a query; each resolves once its callback has run, with the account seen there. */
  const ways: Record<string, (pool: pg.Pool, text: string) => Promise<string | undefined>> = {
    'pool.query with a promise': async (pool, text) => {
      await pool.query(text)
      return accountNow()
    },
    'pool.query with a callback': (pool, text) =>
      new Promise((resolve, reject) => pool.query(text, (error) => (error ? reject(error) : resolve(accountNow())))),
    'pool.query with values and a callback': (pool, text) =>
      new Promise((resolve, reject) => {
        pool.query(`${text} where $1 = $1`, ['x'], (error: unknown) => (error ? reject(error) : resolve(accountNow())))
      }),
    'pool.query with a configuration': async (pool, text) => {
      await pool.query({ text: `${text} where $1 = $1`, values: ['x'] })
      return accountNow()
    },
    'pool.connect with a promise': async (pool, text) => {
      const client = await pool.connect()
      try {
        await client.query(text)
        return accountNow()
      } finally {
        client.release()
      }
    },
    'pool.connect with a callback': (pool, text) =>
      new Promise((resolve, reject) => {
        pool.connect((error, client, release) => {
          if (error || client === undefined) return reject(error)
          client.query(text, (failed) => {
            release()
            if (failed) reject(failed)
            else resolve(accountNow())
          })
        })
      }),
    'a query object with listeners': (pool, text) =>
      new Promise((resolve, reject) => {
        pool.connect((error, client, release) => {
          if (error || client === undefined) return reject(error)
          const query = new pg.Query(text, undefined as never)
          query.on('end', () => {
            release()
            resolve(accountNow())
          })
          query.on('error', reject)
          client.query(query)
        })
      }),
    'a query object with its own callback': async (pool, text) => {
      const client = await pool.connect()
      try {
        return await new Promise((resolve, reject) => {
          const query = new pg.Query(text, (error) => (error ? reject(error) : resolve(accountNow())))
          client.query(query)
        })
      } finally {
        client.release()
      }
    },
    'a cursor': async (pool, text) => {
      const client = await pool.connect()
      try {
        const cursor = client.query(new Cursor(text))
        await cursor.read(10)
        await cursor.close()
        return accountNow()
      } finally {
        client.release()
      }
    },
    'a cursor with callbacks': async (pool, text) => {
      const client = await pool.connect()
      const cursor = client.query(new Cursor(text))
      const seen = new Set<string | undefined>()
      await new Promise<void>((resolve, reject) => {
        cursor.read(10, (error) => {
          seen.add(accountNow())
          if (error) return reject(error)
          cursor.close(() => {
            seen.add(accountNow())
            resolve()
          })
        })
      })
      client.release()
      return [...seen].join()
    },
    'a cursor that is closed early': async (pool, text) => {
      const client = await pool.connect()
      const cursor = client.query(new Cursor(`${text} from generate_series(1, 3)`))
      await cursor.read(1)
      const account = await new Promise<string | undefined>((resolve) => cursor.close(() => resolve(accountNow())))
      client.release()
      return account
    },
    'a stream with listeners': async (pool, text) => {
      const client = await pool.connect()
      const stream = client.query(new QueryStream(text))
      const seen = new Set<string | undefined>()
      await new Promise<void>((resolve, reject) => {
        for (const event of ['data', 'end', 'close']) stream.on(event, () => seen.add(accountNow()))
        stream.on('error', reject)
        stream.on('close', resolve)
      })
      client.release()
      return [...seen].join()
    },
    'a stream': async (pool, text) => {
      const client = await pool.connect()
      try {
        for await (const _ of client.query(new QueryStream(text))) {
        }
        return accountNow()
      } finally {
        client.release()
      }
    },
  }

  describe.each(Object.entries(ways))('sent by %s', (_, send) => {
    test.each(['cold', 'warm'])('belong to the request that sent them, with a %s pool', async (state) => {
      const pool = poolOf()
      if (state === 'warm') await Promise.all([pool.query('select 1'), pool.query('select 1')])
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        seen[n] = await send(pool, `select 1 as r${n}`)
      })
      ownMarks(records, 1)
      expect(seen).toEqual(records.map((_, n) => `account-${n}`))
    })
  })

  test('of a client outside any pool belong to the request that sent them', async () => {
    const client = followed.spoor.follow(new pg.Client({ connectionString: postgres.url }))
    await client.connect()
    onTestFinished(() => client.end())
    ownMarks(await followed.together(requests, (n) => client.query(`select 1 as r${n}`)), 1)
  })

  test('have their time, rows, kinds and repetitions in the record', async () => {
    const pool = poolOf()
    const record = await followed.record('acme', async () => {
      await pool.query('select pg_sleep(0.05)')
      for (let id = 0; id < 25; id++)
        await pool.query('select * from generate_series(1, 3) as posts where $1 > 0', [id])
    })
    expect(record.queries).toMatchObject({
      calls: 26,
      rows: 1 + 24 * 3,
      bySystem: { postgresql: { calls: 26 } },
      repeated: [{ system: 'postgresql', calls: 25 }],
    })
    expect(record.queries?.slowestMs).toBeGreaterThanOrEqual(49)
    expect(record.queryKinds).toHaveLength(2)
    expect(record.waits?.queriesMs).toBeGreaterThan(45)
    expect(record.queries?.ms).toBeLessThanOrEqual(record.durationMs)
  })

  test('name the request that had the connections while another waited', async () => {
    const pool = poolOf({ max: 1 })
    const ids: Record<string, string | undefined> = {}
    const [, waiting] = await Promise.all([
      followed.record('acme', async () => {
        ids['acme'] = followed.spoor.context()?.requestId
        await pool.query('select pg_sleep(0.2)')
      }),
      followed.record('globex', () => pool.query('select 1')),
    ])
    expect(waiting?.poolWaits).toMatchObject([{ by: { kind: 'job', id: ids['acme'], account: 'acme' } }])
    expect(waiting?.queries?.poolMs).toBeGreaterThan(150)
    expect(waiting?.waits?.poolMs).toBeGreaterThan(150)
  })

  test('tell how long a transaction had its connection', async () => {
    const pool = poolOf()
    const record = await followed.record('acme', async () => {
      const client = await pool.connect()
      await client.query('begin')
      await new Promise((resolve) => setTimeout(resolve, 100))
      await client.query('commit')
      client.release()
    })
    expect(record.queries?.holdMs).toBeGreaterThan(95)
    expect(record.queries?.ms).toBeLessThan(record.queries?.holdMs ?? 0)
  })

  test('that are open when the work ends are marked as unfinished', async () => {
    const pool = poolOf()
    let sent: Promise<unknown> | undefined
    const record = await followed.record('acme', async () => {
      const client = await pool.connect()
      await client.query('select 1')
      sent = client.query('select pg_sleep(0.2)').finally(() => client.release())
    })
    expect(record.queryRuns).toMatchObject([{ durationMs: expect.any(Number) }, { unfinished: true }])
    expect(record.queryRuns[0]?.unfinished).toBeUndefined()
    expect(record.queryRuns[1]?.durationMs).toBeUndefined()
    await sent
  })

  test('that fail have the code of the database, and no value anywhere', async () => {
    const pool = poolOf()
    await pool.query('create table if not exists people (mail text unique, secret text)')
    const add = (): Promise<unknown> =>
      pool.query('insert into people values ($1, $2)', ['canary@mail.example', 'canary-secret'])
    await add()
    const record = await followed.record('acme', add)
    expect(record.queries).toMatchObject({ calls: 1, errors: 1 })
    expect(record.queryRuns).toMatchObject([{ errorCode: '23505' }])
    expect(await followed.lines()).toMatchObject([{ level: 'warn', errorCode: '23505', summary: 'INSERT people' }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that are slow leave a line with their text without values', async () => {
    await followed.close()
    followed = followQueries(50)
    const pool = poolOf()
    await followed.record('acme', () => pool.query("select pg_sleep(0.1), 'canary'"))
    const [line] = await followed.lines()
    expect(line).toMatchObject({ level: 'warn', system: 'postgresql', account: 'acme', rows: 1 })
    expect(line?.['durationMs']).toBeGreaterThan(90)
    expect(await followed.text()).not.toContain('canary')
  })

  test('are not followed after Spoor is closed, and have the results of pg', async () => {
    const pool = poolOf()
    const before = await followed.record('acme', async () => {
      expect((await pool.query('select 7 as seven')).rows).toEqual([{ seven: 7 }])
      await expect(pool.query('select * from nothing_there')).rejects.toThrow('nothing_there')
    })
    expect(before.queries).toMatchObject({ calls: 2, errors: 1 })
    await followed.spoor.close()
    expect(Object.hasOwn(pool, 'connect')).toBe(false)
    expect((await pool.query('select 7 as seven')).rows).toEqual([{ seven: 7 }])
  })

  test('end with the connection, killed or timed out', async () => {
    const pool = poolOf({ max: 1, connectionTimeoutMillis: 100 })
    const admin = new pg.Client({ connectionString: postgres.url })
    await admin.connect()
    onTestFinished(() => admin.end())
    const killed = followed.record('acme', () => pool.query("select pg_sleep(10), 'victim'"))
    const timedOut = followed.record('globex', () => pool.query('select 1'))
    expect((await timedOut).poolWaits).toMatchObject([{ by: { account: 'acme' } }])
    await expect
      .poll(async () => {
        const killing =
          "select pg_terminate_backend(pid) from pg_stat_activity where query like '%victim%' and pid <> pg_backend_pid()"
        return (await admin.query(killing)).rowCount
      })
      .toBe(1)
    expect((await killed).queries).toMatchObject({ calls: 1, errors: 1 })
    expect((await killed).queryRuns).toMatchObject([{ errorCode: '57P01' }])
  })

  test('that wait while the pool ends leave a failed wait and no query', async () => {
    const pool = poolOf({ max: 1, connectionTimeoutMillis: 100 })
    const held = await pool.connect()
    const waiting = followed.record('acme', () => pool.query('select 1'))
    const ended = pool.end()
    held.release()
    const [{ queries, poolWaits }] = await Promise.all([waiting, ended])
    expect(queries).toMatchObject({ calls: 0 })
    expect(poolWaits).toMatchObject([{ durationMs: expect.any(Number) }])
    expect(await followed.lines()).toMatchObject([
      { message: expect.stringMatching(/^no connection/), account: 'acme' },
    ])
  })

  test('of a saturated pool that more requests wait for than it serves in time leave a failed wait each', async () => {
    const pool = poolOf({ connectionTimeoutMillis: 100 })
    const holders = [await pool.connect(), await pool.connect()]
    const records = await followed.together(requests, () => pool.query('select 1'))
    for (const holder of holders) holder.release()
    expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => 0))
    expect(records.every(({ queries }) => (queries?.poolMs ?? 0) > 90)).toBe(true)
    expect(await followed.lines()).toHaveLength(requests)
  })

  test('of a client that is released twice charge its time once', async () => {
    const pool = poolOf()
    const record = await followed.record('acme', async () => {
      const client = await pool.connect()
      await client.query('select pg_sleep(0.05)')
      client.release()
      expect(() => client.release()).toThrow('already been released')
      await pool.query('select 1')
    })
    expect(record.queries?.holdMs).toBeGreaterThan(45)
    expect(record.queries?.holdMs).toBeLessThanOrEqual(record.durationMs)
  })

  test('that are open when Spoor is closed are marked as unfinished, and return their results', async () => {
    const pool = poolOf()
    let result: Promise<pg.QueryResult> | undefined
    const record = await followed.record('acme', async () => {
      const client = await pool.connect()
      result = client.query('select 7 as seven from pg_sleep(0.2)').finally(() => client.release())
      await followed.spoor.close()
    })
    expect(record.queryRuns).toMatchObject([{ unfinished: true }])
    expect((await result)?.rows).toEqual([{ seven: 7 }])
    expect([Object.hasOwn(pool, 'connect'), pool.listenerCount('release')]).toEqual([false, 0])
  })

  test('of a client followed twice, by two instances, count once', async () => {
    const other = followQueries()
    onTestFinished(() => other.close())
    const pool = poolOf()
    expect(other.spoor.follow(followed.spoor.follow(pool))).toBe(pool)
    const record = await followed.record('acme', () => pool.query('select 1'))
    expect(record.queries).toMatchObject({ calls: 1 })
  })

  test('of an unknown client are refused, and the error lists the known clients', () => {
    const { spoor } = followed
    expect(() => spoor.follow({})).toThrow(/^follow: expected a pool or client of pg/)
    expect(() => spoor.follow(undefined as never)).toThrow(/got undefined/)
    expect(() =>
      spoor.follow({
        get totalCount(): number {
          throw new Error('no')
        },
      }),
    ).toThrow(TypeError)
  })
})
