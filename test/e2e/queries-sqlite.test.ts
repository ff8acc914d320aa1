// Queries of node:sqlite and better-sqlite3, in this process. Left out, by name, where there is none: Node 20 has no node:sqlite, and
// better-sqlite3 is not among the packages of this project, because it fetches or compiles a program when it is installed. Run
// `npm install --no-save better-sqlite3@12` to test it.
import { createRequire, isBuiltin } from 'node:module'
import { afterEach, beforeEach, describe, expect, onTestFinished, test as whereThere } from 'vitest'
import { expectOwnQueries, type FollowedQueries, followQueries } from './followed-queries.js'

/** What the tests use of https://nodejs.org/api/sqlite.html: the types of Node 20 do not have it. */
interface Statement {
  all(...values: unknown[]): unknown[]
  get(...values: unknown[]): unknown
  run(...values: unknown[]): { readonly changes: number | bigint }
  iterate(...values: unknown[]): Iterable<unknown>
}
interface Database {
  exec(text: string): void
  prepare(text: string): Statement
  close(): void
}

type DatabaseClass = new (file: string) => Database

/** The class of a library; undefined where there is none. */
function databaseClass(library: 'node:sqlite' | 'better-sqlite3'): DatabaseClass | undefined {
  const require = createRequire(import.meta.url)
  if (library === 'node:sqlite') return isBuiltin(library) ? require(library).DatabaseSync : undefined
  try {
    // The program is loaded with the first database. It may be made for another version of Node.
    ;new (require(library) as DatabaseClass)(':memory:').close()
    return require(library)
  } catch {
    return undefined
  }
}

const libraries = [
  { library: 'node:sqlite', DatabaseOf: databaseClass('node:sqlite'), uniqueError: 'ERR_SQLITE_ERROR' },
  { library: 'better-sqlite3', DatabaseOf: databaseClass('better-sqlite3'), uniqueError: 'SQLITE_CONSTRAINT_UNIQUE' },
]

describe.each(libraries)('queries of $library', ({ DatabaseOf, uniqueError }) => {
  // Only the tests of a library that is there are run.
  const test = whereThere.skipIf(DatabaseOf === undefined)
  let followed: FollowedQueries

  beforeEach(() => {
    followed = followQueries()
  })
  afterEach(() => followed.close())

  const plainDatabase = (): Database => {
    const database = new (DatabaseOf as DatabaseClass)(':memory:')
    onTestFinished(() => database.close())
    database.exec('create table posts (id integer primary key, title text unique)')
    return database
  }
  const databaseOf = (): Database => followed.spoor.follow(plainDatabase())

  test('belong to the request that sent them, also with a statement that all requests share', async () => {
    const database = databaseOf()
    expectOwnQueries(await followed.together(20, (n) => database.prepare(`select 1 as r${n}`).get()), 1)
    const statement = database.prepare('select 1 as r0')
    const records = await followed.together(20, () => statement.all())
    expect(records.map(({ queries }) => queries?.calls)).toEqual(records.map(() => 1))
  })

  test('belong to the request that sent them, also while several requests read rows in turn', async () => {
    const database = databaseOf()
    for (const title of ['a', 'b', 'c']) database.prepare('insert into posts (title) values (?)').run(title)
    const records = await followed.together(20, async (n) => {
      for (const _ of database.prepare(`select id as r${n} from posts`).iterate()) await new Promise(setImmediate)
    })
    expectOwnQueries(records, 1)
    expect(records.map(({ queries }) => queries?.rows)).toEqual(records.map(() => 3))
  })

  test('tell their rows, changes and kinds, and no wait: their time is CPU of the request', async () => {
    const database = databaseOf()
    const record = await followed.record('acme', () => {
      database.exec("insert into posts (title) values ('canary')")
      database.prepare('insert into posts (title) values (?), (?)').run('a', 'b')
      expect(database.prepare('select * from posts').all()).toHaveLength(3)
      expect([...database.prepare('select id from posts').iterate()]).toHaveLength(3)
      for (const _ of database.prepare('select title from posts').iterate()) break
    })
    expect(record.queries).toMatchObject({ calls: 5, rows: 2 + 3 + 3 + 1, bySystem: { sqlite: { calls: 5 } } })
    expect(record.queries?.poolMs).toBeUndefined()
    expect(JSON.stringify(record)).not.toContain('canary')
  })

  test('that fail throw the error of SQLite, and no value anywhere', async () => {
    const database = databaseOf()
    const statement = database.prepare('insert into posts (title) values (?)')
    statement.run('canary')
    const record = await followed.record('acme', () => {
      expect(() => statement.run('canary')).toThrow('UNIQUE constraint failed')
    })
    expect(record.queries).toMatchObject({ calls: 1, errors: 1 })
    expect(record.queryRuns).toMatchObject([{ errorCode: uniqueError }])
    expect(JSON.stringify(record) + (await followed.text())).not.toContain('canary')
  })

  test('of a database followed twice count once, and of a closed Spoor not at all', async () => {
    const database = databaseOf()
    expect(followed.spoor.follow(database)).toBe(database)
    const statement = database.prepare('select 1')
    const record = await followed.record('acme', () => statement.get())
    expect(record.queries).toMatchObject({ calls: 1 })
    await followed.spoor.close()
    expect([Object.hasOwn(database, 'exec'), Object.hasOwn(database, 'prepare')]).toEqual([false, false])
    expect(statement.get()).toMatchObject({ 1: 1 })
    expect([...statement.iterate()]).toMatchObject([{ 1: 1 }])
  })
})
