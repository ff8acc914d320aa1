// Queries of ORMs and query builders over a followed pool or connection of pg, on a real PostgreSQL. Runs the examples of
// docs/queries.md. Left out, by name, where there is no PostgreSQL.
import { existsSync } from 'node:fs'
import type { MikroORM } from '@mikro-orm/postgresql'
import { sql as drizzleSql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Knex } from 'knex'
import { type Kysely, sql as kyselySql } from 'kysely'
import pg from 'pg'
import type { Sequelize } from 'sequelize'
import type { DataSource } from 'typeorm'
import {
  afterAll,
  afterEach,
  test as always,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest'
import { expectOwnMarked, type FollowedQueries, followQueries } from './followed-queries.js'
import { ormExamples, runExample } from './orm-examples.js'
import { type Postgres, startPostgres } from './postgres.js'
import type { Prisma } from './prisma-client.js'
import { available } from './services.js'

const requests = 20
const examples = ormExamples()

/** What the tests do with the constants of one example. `send` sends one text. */
interface Library {
  send(made: Record<string, never>, text: string): PromiseLike<unknown>
  close(made: Record<string, never>): Promise<unknown>
  /** True if waits for a connection are known. */
  readonly hasWaits: boolean
}

interface Drizzle {
  readonly db: NodePgDatabase & { readonly $client: pg.Pool }
}
interface PrismaService {
  readonly prisma: Prisma
  readonly pool: pg.Pool
}

function library<Made>(
  hasWaits: boolean,
  send: (made: Made, text: string) => PromiseLike<unknown>,
  close: (made: Made) => Promise<unknown>,
): Library {
  return { hasWaits, send: (made, text) => send(made as Made, text), close: (made) => close(made as Made) }
}

const libraries: Record<string, Library> = {
  drizzle: library<Drizzle>(
    true,
    ({ db }, text) => db.execute(drizzleSql.raw(text)),
    ({ db }) => db.$client.end(),
  ),
  kysely: library<{ db: Kysely<object> }>(
    true,
    ({ db }, text) => kyselySql.raw(text).execute(db),
    ({ db }) => db.destroy(),
  ),
  'Prisma 7': library<PrismaService>(
    true,
    ({ prisma }, text) => prisma.$queryRawUnsafe(text),
    ({ prisma, pool }) => prisma.$disconnect().then(() => pool.end()),
  ),
  TypeORM: library<{ dataSource: DataSource }>(
    true,
    ({ dataSource }, text) => dataSource.query(text),
    ({ dataSource }) => dataSource.destroy(),
  ),
  'Sequelize 6': library<{ sequelize: Sequelize }>(
    false,
    ({ sequelize }, text) => sequelize.query(text),
    ({ sequelize }) => sequelize.close(),
  ),
  knex: library<{ db: Knex }>(
    false,
    ({ db }, text) => db.raw(text),
    ({ db }) => db.destroy(),
  ),
  'MikroORM 7': library<{ orm: MikroORM }>(
    true,
    ({ orm }, text) => orm.em.fork().getConnection().execute(text),
    ({ orm }) => orm.close(true),
  ),
  'MikroORM 6': library<{ orm: MikroORM }>(
    false,
    ({ orm }, text) => orm.em.fork().getConnection().execute(text),
    ({ orm }) => orm.close(true),
  ),
}

const mikroOrm7 = new URL('./mikro-orm-7/', import.meta.url)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

/** MikroORM 7 needs Node 22.17, and is not among the packages of this project, because its packages have the names of those of MikroORM 6. */
const isThere = (name: string): boolean =>
  name !== 'MikroORM 7' || (major * 100 + minor >= 2217 && existsSync(new URL('node_modules', mikroOrm7)))

/** Imports a module of the example for one library. */
async function load(library: string, name: string): Promise<unknown> {
  if (name.startsWith('./generated/prisma')) return import('./prisma-client.js')
  return import(library === 'MikroORM 7' ? new URL('index.js', mikroOrm7).href : name)
}

test('docs/queries.md has an example for each library', () => {
  expect([...examples.keys()]).toEqual(Object.keys(libraries))
})

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

  /** Runs the example of a library. @returns its constants */
  async function example(name: string): Promise<Record<string, never>> {
    const made = await runExample(examples.get(name) ?? '', followed.spoor, server.url, (module) => load(name, module))
    const { pool, db } = made as { pool?: pg.Pool; db?: { $client?: pg.Pool } }
    // Its connections may still be closing when the server ends.
    for (const one of [pool, db?.$client]) one?.on('error', () => {})
    return made
  }

  describe.each(Object.entries(libraries))('of %s, as docs/queries.md shows it,', (name, { send, close, hasWaits }) => {
    const test = always.skipIf(!isThere(name))
    const open = async (): Promise<(text: string) => PromiseLike<unknown>> => {
      const made = await example(name)
      onTestFinished(async () => void (await close(made)))
      return (text) => send(made, text)
    }

    test('belong to the request that sent them, results unchanged', async () => {
      const send = await open()
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        expect(JSON.stringify(await send(`select 7 as r${n}`))).toContain(`"r${n}":7`)
        seen[n] = followed.spoor.context()?.account
      })
      expectOwnMarked(records)
      expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
      const waits = records.map(({ queries }) => queries?.poolMs).filter((ms) => ms !== undefined)
      expect(waits.length).toBe(hasWaits ? requests : 0)
    })

    test('belong to the scope that runs a lazy query', async () => {
      await followed.close()
      followed = followQueries(1)
      const { spoor } = followed
      const send = await open()
      await spoor.run({ account: 'acme' }, () => send('select 7 as n from pg_sleep(0.02)'))
      const lines = (await followed.lines()).filter(({ text }) => String(text).includes('pg_sleep'))
      expect(lines).toMatchObject([{ account: 'acme', system: 'postgresql' }])
    })
  })

  test('of a model of Prisma belong to the request that sent them', async () => {
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    await admin.query('create table "Post" (id int primary key, title text)')
    await admin.query(`insert into "Post" values (7, 'Hello')`)
    await admin.end()
    const { prisma, pool } = (await example('Prisma 7')) as unknown as PrismaService
    onTestFinished(() => prisma.$disconnect().then(() => pool.end()))
    const record = await followed.record('acme', async () => {
      expect(await prisma.post.findMany()).toEqual([{ id: 7, title: 'Hello' }])
    })
    expect(record.queries).toMatchObject({ calls: 1, rows: 1 })
    expect(record.queryKinds).toMatchObject([{ system: 'postgresql', summary: 'SELECT public.Post' }])
  })
})
