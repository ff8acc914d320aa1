import { oncePerProcess } from '../../process/once.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isFollowed, markFollowed } from '../followed.js'
import { Holders } from '../holders.js'
import { sqlKind } from '../kinds.js'
import { beginQuery, type OpenQuery } from '../open-query.js'
import { beginWait, type OpenWait } from '../open-wait.js'
import { rowsOf } from '../rows.js'
import type { Tracing } from '../tracing.js'

const system = 'mysql'
const mine: unique symbol = Symbol('spoor.query')

/** A message of mysql2's channels (3.20 and later). */
interface QueryMessage {
  [mine]?: OpenQuery
  /** The text, with the values in it. Only its kind is kept. */
  readonly query?: unknown
  readonly database?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

interface PoolMessage {
  [mine]?: OpenWait
  /** The connection. */
  readonly result?: { readonly _pool?: object } | null
  readonly error?: unknown
}

interface Pool {
  on(event: 'release', listener: (connection: object) => void): unknown
  off(event: 'release', listener: (connection: object) => void): unknown
}

/** The holders of the pools that were passed to `spoor.follow`. */
const holdersOf: WeakMap<object, Holders> = oncePerProcess('queries.mysql2.1', () => new WeakMap())

/**
 * Follows all clients of mysql2 by its channels. mysql2 calls back in the context of the code that opened the connection or gave
 * it back, so its callbacks are bound to the context that asked.
 */
export function watchMysql2(tracing: Tracing): void {
  watchPools(tracing)
  for (const name of ['mysql2:query', 'mysql2:execute']) {
    tracing.on<QueryMessage>(name, 'start', (message) => {
      message[mine] = beginQuery(sqlKind(system, message.query, namespaceOf(message)))
    })
    tracing.bind<QueryMessage>(name, (message) => contextOf(message[mine]))
    tracing.on<QueryMessage>(name, 'error', (message) => message[mine]?.fail(message.error))
    tracing.on<QueryMessage>(name, 'asyncStart', (message) => message[mine]?.finish(rowsOf(message.result)))
  }
}

function watchPools(tracing: Tracing): void {
  const name = 'mysql2:pool:connect'
  /** The waits whose callbacks run now, the outermost first. */
  const arriving: { readonly wait: OpenWait; readonly at: number }[] = []
  tracing.on<PoolMessage>(name, 'start', (message) => {
    message[mine] = beginWait(system)
  })
  tracing.bind<PoolMessage>(name, (message) => contextOf(message[mine]))
  tracing.on<PoolMessage>(name, 'asyncStart', ({ [mine]: wait, result }) => {
    if (wait === undefined) return
    // After a broken connection, mysql2 asks again for a waiting caller, in the context of the code that gave the
    // connection back. That wait encloses the caller's own, which began earlier.
    for (const outer of arriving) if (outer.wait.start > wait.start) outer.wait.void()
    arriving.push({ wait, at: performance.now() })
    const pool = result?._pool
    const holders = pool && holdersOf.get(pool)
    if (result && holders) holders.take(result, wait.context)
  })
  // A wait ends here and not at the event `error`, because only here it is known whether the wait was another caller's.
  tracing.on<PoolMessage>(name, 'asyncEnd', ({ [mine]: wait, result, error }) => {
    const at = arriving.findIndex((one) => one.wait === wait)
    if (at < 0) return
    const [arrived] = arriving.splice(at)
    const pool = result?._pool
    arrived?.wait.finish(pool && holdersOf.get(pool), error, arrived.at)
  })
  // `getConnection` itself threw.
  tracing.on<PoolMessage>(name, 'end', ({ [mine]: wait, error }) => {
    if (error !== undefined) wait?.finish(undefined, error)
  })
}

/** True for a pool or connection of mysql2, with callbacks or promises. */
export function isMysql2(client: object): boolean {
  return poolOf(client) !== undefined || isConnection(client)
}

/** Notes the holders of a pool. Queries of pools and connections are followed by the channels. */
export function followMysql2(client: object): object {
  const pool = poolOf(client)
  if (pool === undefined || isFollowed(pool)) return client
  const holders = new Holders()
  const given = (connection: object): void => holders.give(connection)
  holdersOf.set(pool, holders)
  pool.on('release', given)
  // mysql2 has no event for a connection that breaks or is destroyed.
  const restore = patch(pool, '_removeConnection', (below: Patchable) => {
    return function (this: unknown, connection: object, ...rest: unknown[]) {
      holders.give(connection)
      return Reflect.apply(below, this, [connection, ...rest])
    }
  })
  markFollowed(pool, () => {
    holdersOf.delete(pool)
    pool.off('release', given)
    restore()
  })
  return client
}

function poolOf(client: object): (Pool & object) | undefined {
  // A pool of mysql2/promise has the pool with callbacks as `pool`.
  for (const one of [client, (client as { pool?: unknown }).pool]) {
    const { getConnection, releaseConnection, _allConnections } = (one ?? {}) as Record<string, unknown>
    if (typeof getConnection === 'function' && typeof releaseConnection === 'function' && _allConnections !== undefined)
      return one as Pool
  }
  return undefined
}

function isConnection(client: object): boolean {
  // A connection of mysql2/promise has the connection with callbacks as `connection`.
  return [client, (client as { connection?: unknown }).connection].some((one) => {
    const { execute, changeUser, addCommand } = (one ?? {}) as Record<string, unknown>
    return [execute, changeUser, addCommand].every((method) => typeof method === 'function')
  })
}

function contextOf(open: OpenQuery | OpenWait | undefined): OpenQuery['context'] | null {
  return open === undefined ? null : open.context
}

function namespaceOf({ database }: QueryMessage): string | undefined {
  return typeof database === 'string' && database !== '' ? database.slice(0, 64) : undefined
}
