// Queries of ORMs and query builders over mysql2, on a real MariaDB, with nothing to hand over. Left out, by name, where there is no
// MariaDB.
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import knex from 'knex'
import { Kysely, sql as kyselySql, MysqlDialect } from 'kysely'
import mysql from 'mysql2'
import { Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { expectOwnMarked, type FollowedQueries, followQueries } from './followed-queries.js'
import { type MariaDb, startMariaDb } from './mariadb.js'
import { available } from './services.js'

const requests = 20
interface Opened {
  send(text: string): PromiseLike<unknown>
  close(): Promise<unknown>
}

const settings = (socketPath: string) => ({ socketPath, user: 'root', database: 'test' })
const poolOf = (socketPath: string): mysql.Pool => mysql.createPool({ ...settings(socketPath), connectionLimit: 2 })

/** Opens a library with two connections; `send` sends one text. */
const libraries: Record<string, (socketPath: string) => Promise<Opened>> = {
  drizzle: async (socketPath) => {
    const pool = poolOf(socketPath)
    const db = drizzle({ client: pool.promise() })
    return { send: (text) => db.execute(drizzleSql.raw(text)), close: () => pool.promise().end() }
  },
  kysely: async (socketPath) => {
    const db = new Kysely<object>({ dialect: new MysqlDialect({ pool: poolOf(socketPath) }) })
    return { send: (text) => kyselySql.raw(text).execute(db), close: () => db.destroy() }
  },
  knex: async (socketPath) => {
    const db = knex({ client: 'mysql2', connection: settings(socketPath), pool: { min: 0, max: 2 } })
    return { send: (text) => db.raw(text), close: () => db.destroy() }
  },
  TypeORM: async (socketPath) => {
    const { user: username, database } = settings(socketPath)
    const dataSource = new DataSource({ type: 'mysql', username, database, socketPath, extra: { connectionLimit: 2 } })
    await dataSource.initialize()
    return { send: (text) => dataSource.query(text), close: () => dataSource.destroy() }
  },
  'Sequelize 6': async (socketPath) => {
    const options = { dialect: 'mysql', logging: false, pool: { min: 0, max: 2 } } as const
    const sequelize = new Sequelize('test', 'root', '', { ...options, dialectOptions: { socketPath } })
    return { send: (text) => sequelize.query(text), close: () => sequelize.close() }
  },
}

describe.skipIf(!available('mariadb'))('queries of ORMs and query builders over mysql2', () => {
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

  test.each(Object.entries(libraries))(
    'of %s belong to the request that sent them, results unchanged',
    async (_, open) => {
      const { send, close } = await open(mariaDb.socketPath)
      onTestFinished(async () => void (await close()))
      const seen: (string | undefined)[] = []
      const records = await followed.together(requests, async (n) => {
        expect(JSON.stringify(await send(`select 7 as r${n}`))).toContain(`"r${n}":7`)
        seen[n] = followed.spoor.context()?.account
      })
      expectOwnMarked(records)
      expect(seen).toEqual(seen.map((_none, n) => `account-${n}`))
    },
  )
})
