// Queries of mysql2 on a real MariaDB, with a pool of two connections. Left out, by name, where there is no MariaDB.
import mysql from 'mysql2'
import promises from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { expectOwnQueries, type FollowedQueries, followQueries } from './followed-queries.js'
import { type MariaDb, startMariaDb } from './mariadb.js'
import { available } from './services.js'

const requests = 20

describe.skipIf(!available('mariadb'))('queries of mysql2', () => {
  let mariaDb: MariaDb
  let followed: FollowedQueries

  beforeAll(async () => {
    mariaDb = await startMariaDb()
  })
  afterAll(() => mariaDb?.stop())
  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  function poolOf(options: mysql.PoolOptions = {}): mysql.Pool {
    const { socketPath } = mariaDb
    const pool = mysql.createPool({ socketPath, user: 'root', database: 'test', connectionLimit: 2, ...options })
    onTestFinished(() => new Promise((resolve) => pool.end(() => resolve())))
    return pool
  }

  const accountNow = (): string | undefined => followed.spoor.context()?.account
  const done = (resolve: (account: string | undefined) => void, reject: (error: unknown) => void) => {
    return (error: unknown): void => (error ? reject(error) : resolve(accountNow()))
  }

  /** How a service sends a query; each resolves with the account that is seen where mysql2 calls back. */
  const ways: Record<string, (pool: mysql.Pool, text: string) => Promise<string | undefined>> = {
    'pool.query with a callback': (pool, text) =>
      new Promise((resolve, reject) => pool.query(text, done(resolve, reject))),
    'pool.execute with values and a callback': (pool, text) =>
      new Promise((resolve, reject) => pool.execute(`${text} from dual where ? = 1`, [1], done(resolve, reject))),
    'pool.getConnection with a callback': (pool, text) =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) => {
          if (error) return reject(error)
          connection.query(text, (failed) => {
            connection.release()
            done(resolve, reject)(failed)
          })
        })
      }),
    'pool.query with a promise': async (pool, text) => {
      await pool.promise().query(text)
      return accountNow()
    },
    'pool.execute with a promise': async (pool, text) => {
      await pool.promise().execute(`${text} from dual where ? = 1`, [1])
      return accountNow()
    },
    'pool.getConnection with a promise': async (pool, text) => {
      const connection = await pool.promise().getConnection()
      try {
        await connection.query(text)
        return accountNow()
      } finally {
        connection.release()
      }
    },
  }

  describe.each(Object.entries(ways))('sent by %s', (_, send) => {
    test.each(['cold', 'warm'])('belong to the request that sent them, with a %s pool', async (state) => {
      const pool = poolOf()
      if (state === 'warm') await Promise.all([pool.promise().query('select 1'), pool.promise().query('select 1')])
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        seen[n] = await send(pool, `select 1 as r${n}`)
      })
      expectOwnQueries(records, 1, seen)
    })
  })

  test('sent as a stream belong to the request that sent them, and to no other', async () => {
    const pool = poolOf()
    const records = await followed.together(requests, async (n) => {
      for await (const _ of pool.query(`select 1 as r${n}`).stream()) {
      }
    })
    expectOwnQueries(records, 1)
  })

  test('tell their time, rows, database and waits', async () => {
    const pool = poolOf({ connectionLimit: 1 })
    const record = await followed.record('acme', async () => {
      await pool.promise().query('create table if not exists posts (id int)')
      await pool.promise().query('insert into posts values (?), (?)', [1, 2])
      await Promise.all([pool.promise().query('select sleep(0.1)'), pool.promise().query('select * from posts')])
    })
    expect(record.queries).toMatchObject({ calls: 4, rows: 0 + 2 + 1 + 2, bySystem: { mysql: { calls: 4 } } })
    expect(record.queryKinds).toContainEqual(expect.objectContaining({ summary: 'INSERT posts', namespace: 'test' }))
    expect(record.queries?.slowestMs).toBeGreaterThan(95)
    expect(record.queries?.poolMs).toBeGreaterThan(90)
  })

  test.each([
    ['with callbacks', (pool: mysql.Pool): object => pool],
    ['with promises', (pool: mysql.Pool): object => pool.promise()],
  ])('of a followed pool %s name the request that had the connection', async (_, shape) => {
    const pool = poolOf({ connectionLimit: 1 })
    const handed = shape(pool)
    expect(followed.spoor.follow(handed)).toBe(handed)
    const [, waiting] = await Promise.all([
      followed.record('acme', () => pool.promise().query('select sleep(0.2)')),
      followed.record('globex', () => pool.promise().query('select 1')),
    ])
    expect(waiting?.poolWaits).toMatchObject([{ by: { kind: 'job', account: 'acme' } }])
    expect(waiting?.queries?.poolMs).toBeGreaterThan(150)
  })

  test('tell how long a followed pool had its connections out, also broken ones', async () => {
    const pool = followed.spoor.follow(poolOf())
    const record = await followed.record('acme', async () => {
      const connection = await pool.promise().getConnection()
      await connection.query('select sleep(0.1)')
      connection.destroy()
    })
    expect(record.queries?.holdMs).toBeGreaterThan(95)
  })

  test('accept a connection, whose queries are followed anyway', async () => {
    const options = { socketPath: mariaDb.socketPath, user: 'root' }
    const connection = await promises.createConnection(options)
    onTestFinished(() => connection.end())
    expect(followed.spoor.follow(connection)).toBe(connection)
    const record = await followed.record('acme', () => connection.query('select 1'))
    expect(record.queries).toMatchObject({ calls: 1 })
  })

  test('end when the server kills their connection, and the next request waits once', async () => {
    await followed.close()
    followed = followQueries(1)
    const pool = poolOf({ connectionLimit: 1 })
    const [taken, waited] = [gate(), gate()]
    const [killed, waiting] = await Promise.all([
      followed.record('acme', async () => {
        const connection = await pool.promise().getConnection()
        taken.open()
        await connection.query('kill connection_id()').catch(() => {})
        connection.destroy()
        // The pool asks again for the waiting request, in the context of this one.
        await waited.opened
      }),
      followed.record('globex', async () => {
        await taken.opened
        await pool.promise().query('select 1')
        waited.open()
      }),
    ])
    expect(killed?.queries).toMatchObject({ calls: 1, errors: 1 })
    expect(waiting?.queries).toMatchObject({ calls: 1 })
    const waits = (await followed.lines()).filter(({ message }) => String(message).startsWith('connection after'))
    const accounts = waits.map(({ account }) => account)
    expect(accounts.filter((account) => account === 'globex')).toHaveLength(1)
    // The first connection may be there within 1 ms.
    expect(['', 'acme']).toContain(accounts.filter((account) => account !== 'globex').join())
  })

  test('that fail have the code of the database, and no value anywhere', async () => {
    const pool = poolOf()
    await pool.promise().query('create table if not exists people (mail varchar(99) unique)')
    const add = (): Promise<unknown> => pool.promise().query('insert into people values (?)', ['canary@mail.example'])
    await add()
    const record = await followed.record('acme', add)
    expect(record.queryRuns).toMatchObject([{ errorCode: 'ER_DUP_ENTRY' }])
    expect(await followed.lines()).toMatchObject([{ errorCode: 'ER_DUP_ENTRY', summary: 'INSERT people' }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('that wait while the pool ends, or beyond its limits, leave a failed wait and no query', async () => {
    const pool = poolOf({ connectionLimit: 1, queueLimit: 1 })
    const held = await pool.promise().getConnection()
    const waiting = followed.record('acme', () => pool.promise().query('select 1'))
    const refused = await followed.record('globex', () => pool.promise().query('select 1'))
    held.release()
    await waiting
    const again = await pool.promise().getConnection()
    const ended = followed.record('acme', () => pool.promise().query('select 1'))
    await new Promise<void>((resolve) => pool.end(() => resolve()))
    again.destroy()
    expect((await ended).queries).toMatchObject({ calls: 0 })
    expect(refused.queries).toMatchObject({ calls: 0 })
    expect((await followed.lines()).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^no connection/),
      expect.stringMatching(/^no connection/),
    ])
  })

  test('return the results and errors of mysql2, and are left alone once Spoor is closed', async () => {
    const pool = followed.spoor.follow(poolOf())
    expect((await pool.promise().query('select 7 as seven'))[0]).toEqual([{ seven: 7 }])
    await expect(pool.promise().query('select * from nothing_there')).rejects.toMatchObject({ errno: 1146 })
    await followed.spoor.close()
    expect(Object.hasOwn(pool, '_removeConnection')).toBe(false)
    expect(pool.listenerCount('release')).toBe(0)
    expect((await pool.promise().query('select 7 as seven'))[0]).toEqual([{ seven: 7 }])
  })
})

function gate(): { open(): void; readonly opened: Promise<void> } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
