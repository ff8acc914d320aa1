// Queries of postgres.js on a real PostgreSQL, with two connections. Left out, by name, where there is no PostgreSQL.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { expectOwnQueries, type FollowedQueries, followQueries, openRuns } from './followed-queries.js'
import { type Postgres, startPostgres } from './postgres.js'
import { available } from './services.js'

const requests = 20

describe.skipIf(!available('postgres'))('queries of postgres.js', () => {
  let server: Postgres
  let followed: FollowedQueries

  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  const plainSql = (max = 2): postgres.Sql => {
    const sql = postgres(server.url, { max, onnotice: () => {} })
    onTestFinished(() => sql.end({ timeout: 1 }))
    return sql
  }
  const sqlOf = (max?: number): postgres.Sql => followed.spoor.follow(plainSql(max))
  const accountNow = (): string | undefined => followed.spoor.context()?.account

  /** How a service sends a query, and how many queries that makes. */
  const ways: Record<string, [(sql: postgres.Sql, n: number) => Promise<unknown>, number?]> = {
    'a template': [(sql, n) => sql`select ${n}::int as ${sql(`r${n}`)}`],
    unsafe: [(sql, n) => sql.unsafe(`select 1 as r${n}`)],
    'a file': [
      (sql, n) => {
        const path = join(temporaryFolder(), 'query.sql')
        writeFileSync(path, `select 1 as r${n}`)
        return sql.file(path)
      },
    ],
    'a cursor': [
      async (sql, n) => {
        for await (const rows of sql.unsafe(`select generate_series(1, 5) as r${n}`).cursor(2))
          expect(rows).toBeDefined()
      },
    ],
    forEach: [(sql, n) => sql.unsafe(`select 1 as r${n}`).forEach(() => {})],
    'a reserved connection': [
      async (sql, n) => {
        const reserved = await sql.reserve()
        await reserved.unsafe(`select 1 as r${n}`)
        reserved.release()
      },
    ],
    'a transaction that returns its queries': [(sql, n) => sql.begin((own) => [own.unsafe(`select 1 as r${n}`)])],
    'a savepoint': [
      (sql, n) => sql.begin((own) => own.savepoint(async (inner) => void (await inner.unsafe(`select 1 as r${n}`)))),
    ],
  }

  describe.each(Object.entries(ways))('sent by %s', (_, [send]) => {
    test.each(['cold', 'warm'])('belong to the request that sent them, with %s connections', async (state) => {
      const sql = sqlOf()
      if (state === 'warm') await Promise.all([sql`select 1`, sql`select 1`])
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        await send(sql, n)
        seen[n] = accountNow()
      })
      expectOwnQueries(records, 1, seen)
    })
  })

  const asked = (sql: postgres.Sql, n: number) => sql.unsafe(`select generate_series(1, 5) as r${n}`)
  test.each([
    ['cursor', (sql: postgres.Sql, n: number, fn: () => void) => asked(sql, n).cursor(2, fn)],
    ['forEach', (sql: postgres.Sql, n: number, fn: () => void) => asked(sql, n).forEach(fn)],
  ])('call the function of %s in the context that asked', async (_, send) => {
    const sql = sqlOf()
    const seen: Set<string | undefined>[] = []
    const records = await followed.together(requests, async (n) => {
      const accounts = new Set<string | undefined>()
      seen[n] = accounts
      await send(sql, n, () => void accounts.add(accountNow()))
    })
    expectOwnQueries(records, 1)
    expect(seen).toEqual(records.map((_record, n) => new Set([`account-${n}`])))
  })

  test('of a cursor that is left early are over', async () => {
    const sql = sqlOf(1)
    const record = await followed.record('acme', async () => {
      for await (const _ of sql`select generate_series(1, 5)`.cursor(2)) break
      await sql`select 1`
    })
    expect(record.queries).toMatchObject({ calls: 2 })
    expect(openRuns([record])).toEqual([])
  })

  test('are of the scope that runs a lazy query', async () => {
    const sql = sqlOf()
    const record = await followed.record('acme', () => sql`select 1 as one`)
    expect(record.queries).toMatchObject({ calls: 1 })
  })

  test('tell their time, rows and waits for a turn', async () => {
    const sql = sqlOf(1)
    const admin = plainSql(1)
    const sleeping = followed.record('acme', () => sql`select pg_sleep(0.5)`)
    const active = (): postgres.PendingQuery<postgres.Row[]> =>
      admin`select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`
    await expect.poll(async () => (await active()).length).toBe(1)
    const second = await followed.record('globex', () => sql.begin((own) => own`select generate_series(1, 3)`))
    const first = await sleeping
    expect(first.queries).toMatchObject({ calls: 1, rows: 1 })
    expect(first.queries?.slowestMs).toBeGreaterThan(495)
    expect(second.queries).toMatchObject({ calls: 1, rows: 3 })
    expect(second.queries?.poolMs).toBeGreaterThan(50)
    expect(second.queries?.slowestMs).toBeLessThan(400)
  })

  test('that fail, are cancelled, or find the client closed are over, and keep no value', async () => {
    const sql = sqlOf()
    await sql`create table if not exists letters (mail text unique)`
    await sql`insert into letters values ('canary@mail.example')`
    const record = await followed.record('acme', () => sql`insert into letters values (${'canary@mail.example'})`)
    expect(record.queryRuns).toMatchObject([{ errorCode: '23505' }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
    const cancelled = await followed.record('acme', () => {
      const query = sql`select pg_sleep(20)`.execute()
      setTimeout(() => query.cancel(), 50)
      return query
    })
    expect(cancelled.queryRuns).toMatchObject([{ errorCode: '57014' }])
    await sql.end()
    const closed = await followed.record('acme', () => sql`select 1`)
    expect(closed.queryRuns).toMatchObject([{ errorCode: 'CONNECTION_ENDED' }])
  })

  test('that fail without a handler are reported by Node, as without Spoor', async () => {
    const heard = async (sql: postgres.Sql): Promise<number> => {
      const errors: unknown[] = []
      const before = process.listeners('unhandledRejection')
      process.removeAllListeners('unhandledRejection')
      process.on('unhandledRejection', (error) => errors.push(error))
      try {
        sql`select * from nothing_there`.execute()
        await sql`select 1`
        await expect.poll(() => errors.length).toBe(1)
        return errors.length
      } finally {
        process.removeAllListeners('unhandledRejection')
        for (const listener of before) process.on('unhandledRejection', listener)
      }
    }
    expect([await heard(plainSql(1)), await heard(sqlOf(1))]).toEqual([1, 1])
  })

  test('return the results and errors of postgres.js, and its queries are promises', async () => {
    const sql = sqlOf()
    expect([...(await sql`select 7 as seven`)]).toEqual([{ seven: 7 }])
    expect(sql`select 1`).toBeInstanceOf(Promise)
    await expect(sql`select * from nothing_there`).rejects.toBeInstanceOf(postgres.PostgresError)
    const rows = await sql`select * from ${sql.unsafe('(values (1), (2))')} as t(x) where x in ${sql([1, 2])}`
    expect(rows).toHaveLength(2)
    expect(sql.options.max).toBe(2)
  })

  test('of a client followed twice count once, and of a closed Spoor not at all', async () => {
    const sql = sqlOf()
    expect(followed.spoor.follow(sql)).toBe(sql)
    const record = await followed.record('acme', () => sql`select 1`)
    expect(record.queries).toMatchObject({ calls: 1 })
    await followed.spoor.close()
    expect(Object.hasOwn(sql`select 1`, 'active')).toBe(true)
    expect(Object.getOwnPropertyDescriptor(sql`select 1`, 'active')?.get).toBeUndefined()
    expect([...(await sql`select 7 as seven`)]).toEqual([{ seven: 7 }])
  })

  test('are followed by members that postgres.js has today', async () => {
    const query = plainSql()`select 1` as unknown as Record<string, unknown>
    expect(query).toMatchObject({
      handler: expect.any(Function),
      active: false,
      resolve: expect.any(Function),
      reject: expect.any(Function),
    })
    await query
    expect(query['string']).toBe('select 1')
  })

  test('without these members are sent, and not followed', async () => {
    // Another version: its queries are plain promises.
    const other = Object.assign(async () => [{ seven: 7 }], plainSql())
    const sql = followed.spoor.follow(other)
    let rows: unknown
    const record = await followed.record('acme', async () => {
      rows = await sql()
    })
    expect(rows).toEqual([{ seven: 7 }])
    expect(record.queries).toBeUndefined()
  })
})
