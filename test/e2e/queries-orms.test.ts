// Queries of ORMs and query builders over a followed pool of pg, on a real PostgreSQL, as docs/queries.md shows it. The client of
// Prisma is kept in prisma/, because its generator fetches programs that no npm package has.
import { MikroORM, EntitySchema as MikroSchema } from '@mikro-orm/postgresql'
import { PrismaPg } from '@prisma/adapter-pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely'
import pg from 'pg'
import { Sequelize } from 'sequelize'
import type { Spoor, StoredRecord } from 'spoor'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type FollowedQueries, followQueries, openRuns } from './followed-queries.js'
import { type Postgres, startPostgres } from './postgres.js'
import { PrismaClient } from './prisma/client.js'
import { available } from './services.js'

const requests = 20

/** Opens a library over `url` with two connections; `send` sends one text. */
interface Library {
  open(spoor: Spoor, url: string): Promise<{ send(text: string): PromiseLike<unknown>; close(): Promise<unknown> }>
  /** True if waits for a connection are known. */
  readonly hasWaits: boolean
}

const poolOf = (url: string): pg.Pool => {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  return pool
}

const libraries: Record<string, Library> = {
  drizzle: {
    hasWaits: true,
    open: async (spoor, url) => {
      const pool = poolOf(url)
      const db = drizzle(spoor.follow(pool))
      return { send: (text) => db.execute(drizzleSql.raw(text)), close: () => pool.end() }
    },
  },
  kysely: {
    hasWaits: true,
    open: async (spoor, url) => {
      const pool = poolOf(url)
      const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: spoor.follow(pool) }) })
      return { send: (text) => kyselySql.raw(text).execute(db), close: () => db.destroy() }
    },
  },
  'Prisma 7': {
    hasWaits: true,
    open: async (spoor, url) => {
      const pool = poolOf(url)
      const prisma = new PrismaClient({ adapter: new PrismaPg(spoor.follow(pool)) })
      const close = async (): Promise<void> => {
        await prisma.$disconnect()
        await pool.end()
      }
      return { send: (text) => prisma.$queryRawUnsafe(text), close }
    },
  },
  TypeORM: {
    hasWaits: true,
    open: async (spoor, url) => {
      const dataSource = new DataSource({ type: 'postgres', url, extra: { max: 2 } })
      await dataSource.initialize()
      spoor.follow((dataSource.driver as unknown as { master: pg.Pool }).master)
      return { send: (text) => dataSource.query(text), close: () => dataSource.destroy() }
    },
  },
  knex: {
    hasWaits: false,
    open: async (spoor, url) => {
      const afterCreate = (client: pg.Client, done: (error: null, client: pg.Client) => void): void => {
        spoor.follow(client)
        done(null, client)
      }
      const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 2, afterCreate } })
      return { send: (text) => db.raw(text), close: () => db.destroy() }
    },
  },
  'MikroORM 6': {
    hasWaits: false,
    open: async (spoor, url) => {
      const afterCreate = (client: unknown, done: (error: unknown, client: unknown) => void): void => {
        spoor.follow(client as pg.Client)
        done(null, client)
      }
      const Post = new MikroSchema({ name: 'Post', properties: { id: { type: 'number', primary: true } } })
      const orm = await MikroORM.init({ clientUrl: url, entities: [Post], pool: { min: 0, max: 2, afterCreate } })
      return { send: (text) => orm.em.fork().getConnection().execute(text), close: () => orm.close(true) }
    },
  },
  'Sequelize 6': {
    hasWaits: false,
    open: async (spoor, url) => {
      const sequelize = new Sequelize(url, { logging: false, pool: { min: 0, max: 2 } })
      sequelize.addHook('afterConnect', (client: unknown) => {
        spoor.follow(client as pg.Client)
      })
      return { send: (text) => sequelize.query(text), close: () => sequelize.close() }
    },
  },
}

describe.skipIf(!available('postgres'))('queries of ORMs and query builders', () => {
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

  // Some libraries send settings over a new connection; they belong to the request that opened it.
  const marks = ({ queryKinds }: StoredRecord): string[] =>
    queryKinds.flatMap(({ text }) => /\br\d+\b/.exec(text ?? '')?.[0] ?? [])

  describe.each(Object.entries(libraries))('of %s', (_, { open, hasWaits }) => {
    test('belong to the request that sent them, results unchanged', async () => {
      const { send, close } = await open(followed.spoor, server.url)
      onTestFinished(async () => void (await close()))
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        expect(JSON.stringify(await send(`select 7 as r${n}`))).toContain(`"r${n}":7`)
        seen[n] = followed.spoor.context()?.account
      })
      expect(records.map(marks)).toEqual(records.map((_none, n) => [`r${n}`]))
      expect(openRuns(records)).toEqual([])
      expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
      const waits = records.map(({ queries }) => queries?.poolMs).filter((ms) => ms !== undefined)
      expect(waits.length).toBe(hasWaits ? requests : 0)
    })

    test('belong to the scope that runs a lazy query', async () => {
      await followed.close()
      followed = followQueries(1)
      const { spoor } = followed
      const { send, close } = await open(spoor, server.url)
      onTestFinished(async () => void (await close()))
      await spoor.run({ account: 'acme' }, () => send('select pg_sleep(0.02)::text'))
      const lines = (await followed.lines()).filter(({ text }) => String(text).startsWith('select pg_sleep'))
      expect(lines).toMatchObject([{ account: 'acme', system: 'postgresql' }])
    })
  })
})
