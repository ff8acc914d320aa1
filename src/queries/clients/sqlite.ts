import { type Patchable, patch } from '../../process/patch.js'
import type { QueryKind } from '../../work/queries.js'
import { isFollowed, markFollowed } from '../followed.js'
import { sqlKind } from '../kinds.js'
import { beginQuery } from '../open-query.js'
import { isFollowing } from '../registry.js'

const system = 'sqlite'

/** True for a database of node:sqlite or better-sqlite3. */
export function isSqlite(client: object): boolean {
  const { prepare, exec, close } = client as Record<string, unknown>
  return [prepare, exec, close].every((method) => typeof method === 'function')
}

/** Follows a database of node:sqlite or better-sqlite3. Its queries are synchronous, so their time is CPU of the request. */
export function followSqlite(database: object): object {
  if (isFollowed(database)) return database
  const restoreExec = patch(database, 'exec', (below: Patchable) => {
    return function (this: unknown, ...args: unknown[]) {
      return run(sqlKind(system, args[0]), () => Reflect.apply(below, this, args))
    }
  })
  const restorePrepare = patch(database, 'prepare', (below: Patchable) => {
    return function (this: unknown, ...args: unknown[]) {
      const statement = Reflect.apply(below, this, args) as object
      followStatement(statement, sqlKind(system, args[0]))
      return statement
    }
  })
  markFollowed(database, () => {
    restoreExec()
    restorePrepare()
  })
  return database
}

function followStatement(statement: object, kind: QueryKind): void {
  for (const name of ['all', 'get', 'run']) {
    patch(statement, name, (below: Patchable) => {
      return function (this: unknown, ...args: unknown[]) {
        return run(kind, () => Reflect.apply(below, this, args))
      }
    })
  }
  patch(statement, 'iterate', (below: Patchable) => {
    return function (this: unknown, ...args: unknown[]) {
      // A statement may outlive all instances.
      if (!isFollowing()) return Reflect.apply(below, this, args)
      const open = beginQuery(kind)
      try {
        return iterated(Reflect.apply(below, this, args) as Iterable<unknown>, open)
      } catch (error) {
        open.fail(error)
        throw error
      }
    }
  })
}

function* iterated(rows: Iterable<unknown>, open: ReturnType<typeof beginQuery>): Generator<unknown> {
  let count = 0
  try {
    for (const row of rows) {
      count++
      yield row
    }
  } catch (error) {
    open.fail(error)
    throw error
  } finally {
    open.finish(count)
  }
}

function run<T>(kind: QueryKind, fn: () => T): T {
  if (!isFollowing()) return fn()
  const open = beginQuery(kind)
  try {
    const result = fn()
    open.finish(rowsOf(result))
    return result
  } catch (error) {
    open.fail(error)
    throw error
  }
}

/** `all` returns a list, `run` the number of changes, `get` one row or undefined. */
function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length
  const changes = (result as { changes?: unknown } | null | undefined)?.changes
  return typeof changes === 'number' ? changes : typeof changes === 'bigint' ? Number(changes) : undefined
}
