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

/** Of pools that were handed over. */
const holdersOf = new WeakMap<object, Holders>()

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
  tracing.on<PoolMessage>(name, 'error', (message) => message[mine]?.finish(undefined, message.error))
  tracing.on<PoolMessage>(name, 'asyncStart', ({ [mine]: wait, result }) => {
    if (wait === undefined) return
    // After a broken connection, mysql2 asks again for a waiting caller, in the context of the code that gave the
    // connection back. That wait encloses the caller's own.
    for (const outer of arriving) outer.wait.void()
    arriving.push({ wait, at: performance.now() })
    const pool = result?._pool
    const holders = pool && holdersOf.get(pool)
    if (result && holders) holders.take(result, wait.context)
  })
  tracing.on<PoolMessage>(name, 'asyncEnd', ({ [mine]: wait, result }) => {
    const at = arriving.findIndex((one) => one.wait === wait)
    if (at < 0) return
    const [arrived] = arriving.splice(at)
    const pool = result?._pool
    arrived?.wait.finish(pool && holdersOf.get(pool), undefined, arrived.at)
  })
}

/** True for a pool of mysql2, with callbacks or promises. */
export function isMysql2Pool(client: object): boolean {
  return poolOf(client) !== undefined
}

/** Notes who has the connections of a pool. Its queries are followed anyway. */
export function followMysql2Pool(client: object): object {
  const pool = poolOf(client)
  if (pool === undefined || isFollowed(pool)) return client
  const holders = new Holders()
  const given = (connection: object): void => holders.give(connection)
  holdersOf.set(pool, holders)
  pool.on('release', given)
  markFollowed(pool, () => {
    holdersOf.delete(pool)
    pool.off('release', given)
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

function contextOf(open: OpenQuery | OpenWait | undefined): OpenQuery['context'] | null {
  return open === undefined ? null : open.context
}

function namespaceOf({ database }: QueryMessage): string | undefined {
  return typeof database === 'string' && database !== '' ? database.slice(0, 64) : undefined
}
