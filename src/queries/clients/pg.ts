import { knownContext } from '../../context/known-context.js'
import { harmless } from '../../process/channels.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isPromise } from '../../process/promises.js'
import { ended } from '../follow-call.js'
import { isFollowed, markFollowed } from '../followed.js'
import { Holders } from '../holders.js'
import { sqlKind } from '../kinds.js'
import { beginQuery, type OpenQuery } from '../open-query.js'
import { beginWait } from '../open-wait.js'
import { reportFault } from '../registry.js'
import { runIn } from '../run-in.js'

/*
 * pg (node-postgres) 8 and pg-pool 3. Both run callbacks in the context of the code that opened the connection or gave it
 * back, so the context is taken where the service asks: at `pool.connect` and `client.query`. `pool.query` calls `connect`.
 * Methods are replaced on the instance, because ORMs look at its class, and because other clients must not change.
 */

const system = 'postgresql'

interface PgPool {
  readonly totalCount: number
  connect: Patchable
  on(event: 'release' | 'remove', listener: (...args: unknown[]) => void): unknown
  off(event: 'release' | 'remove', listener: (...args: unknown[]) => void): unknown
}

interface PgClient {
  query: Patchable
  readonly database?: unknown
  once(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

/** A query with methods that pg calls: `pg.Query`, pg-cursor, pg-query-stream. */
interface Submittable {
  submit: unknown
  readonly text?: unknown
  readonly cursor?: { readonly text?: unknown; close?: Patchable } | undefined
  readonly _result?: { readonly rowCount?: unknown } | undefined
  handleReadyForQuery: Patchable
  handleError: Patchable
}

/** True for a pool or client of pg. */
export function isPg(client: object): boolean {
  return isPool(client) || isClient(client)
}

/** Follows a pool or client of pg. */
export function followPg(client: object): object {
  if (isFollowed(client)) return client
  if (isPool(client)) followPool(client)
  else followClient(client as PgClient)
  return client
}

function isPool(client: object): client is PgPool {
  const { totalCount, connect, on } = client as Partial<PgPool>
  return typeof totalCount === 'number' && typeof connect === 'function' && typeof on === 'function'
}

function isClient(client: object): boolean {
  const { query, connection, processID } = client as { query?: unknown; connection?: unknown; processID?: unknown }
  return typeof query === 'function' && connection !== undefined && processID !== undefined
}

function followPool(pool: PgPool): void {
  const holders = new Holders()
  const given = (...[, client]: unknown[]): void => holders.give(client as object)
  const removed = (client: unknown): void => holders.give(client as object)
  pool.on('release', given)
  pool.on('remove', removed)
  const restore = patch(pool, 'connect', (below: Patchable) => {
    return function (this: unknown, callback?: unknown) {
      const context = knownContext()
      const wait = beginWait(system)
      // A client that cannot be changed works without being followed.
      const taken = harmless((client: PgClient | undefined, error?: unknown): void => {
        wait.finish(holders, error ?? undefined)
        if (client === undefined || client === null) return
        holders.take(client, context)
        followPg(client)
      }, reportFault)
      if (typeof callback !== 'function') {
        const pending: unknown = Reflect.apply(below, this, [callback])
        return isPromise(pending) ? handedOver(pending, taken) : pending
      }
      // pg-pool calls back in the context of the code that gave the connection back.
      const run = runIn(context, callback as (...args: unknown[]) => unknown)
      return Reflect.apply(below, this, [
        (error: unknown, client: PgClient | undefined, ...rest: unknown[]) => {
          taken(client, error)
          run(error, client, ...rest)
        },
      ])
    }
  })
  markFollowed(pool, () => {
    restore()
    pool.off('release', given)
    pool.off('remove', removed)
  })
}

function handedOver(
  pending: PromiseLike<unknown>,
  taken: (client: PgClient | undefined, error?: unknown) => void,
): unknown {
  return pending.then(
    (client) => {
      taken(client as PgClient)
      return client
    },
    (error) => {
      taken(undefined, error)
      throw error
    },
  )
}

function followClient(client: PgClient): void {
  const restore = patch(client, 'query', (below: Patchable) => queryOf(client, below))
  const forget = markFollowed(client, () => {
    restore()
    // A client may be followed again and again, as by the tests of a service.
    client.off('end', forget)
  })
  // A pool closes and opens connections all the time, and closed ones must not stay in memory.
  client.once('end', forget)
}

function queryOf(client: PgClient, below: Patchable): Patchable {
  return function (this: unknown, ...args: unknown[]) {
    const [config] = args
    if (config === null || config === undefined) return Reflect.apply(below, this, args)
    const { text, isSubmittable } = asked(config)
    const open = beginQuery(sqlKind(system, text, namespaceOf(client)))
    try {
      if (isSubmittable) return Reflect.apply(below, this, submitted(args, open))
      const own = args.findIndex((arg, at) => at > 0 && typeof arg === 'function')
      if (own > 0) {
        args[own] = calledBack(args[own] as Patchable, open)
        return Reflect.apply(below, this, args)
      }
      if (hasCallback(config)) {
        // pg takes the callback of a configuration only if there is no other, and reads it once.
        args[0] = withCallback(config, calledBack(config.callback, open))
        return Reflect.apply(below, this, args)
      }
      const result: unknown = Reflect.apply(below, this, args)
      return isPromise(result) ? ended(result, open) : result
    } catch (error) {
      open.fail(error)
      throw error
    }
  }
}

/** The text of a query. A configuration is an object of the service: reading it may throw. */
function asked(config: unknown): { readonly text: unknown; readonly isSubmittable: boolean } {
  if (typeof config === 'string') return { text: config, isSubmittable: false }
  try {
    const { submit, text, cursor } = config as Submittable
    return { text: text ?? cursor?.text, isSubmittable: typeof submit === 'function' }
  } catch {
    return { text: undefined, isSubmittable: false }
  }
}

function hasCallback(config: unknown): config is { readonly callback: Patchable } {
  try {
    return typeof (config as { callback?: unknown }).callback === 'function'
  } catch {
    return false
  }
}

function withCallback(config: object, callback: Patchable): object {
  return Object.defineProperty(Object.create(config), 'callback', { value: callback, enumerable: true })
}

function calledBack(callback: Patchable, open: OpenQuery): Patchable {
  const run = runIn(open.context, callback)
  return (error: unknown, result: { rowCount?: unknown } | undefined, ...rest: unknown[]) => {
    if (error) open.fail(error)
    else open.finish(result?.rowCount)
    return run(error, result, ...rest)
  }
}

// pg calls them in the context of the code that opened the connection. They emit events and call callbacks.
const handlers = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleCommandComplete',
  'handleEmptyQuery',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
]

/** Follows a submittable by the methods that pg calls on it, and runs them and its callbacks in the context that asked. */
function submitted(args: unknown[], open: OpenQuery): unknown[] {
  const own = args[0] as Submittable
  for (const name of handlers) patch(own, name, (below: Patchable) => runIn(open.context, below))
  bindClose(own.cursor ?? own, open)
  patch(own, 'handleReadyForQuery', (below: Patchable) => {
    return function (this: Submittable, ...given: unknown[]) {
      open.finish(own._result?.rowCount)
      return Reflect.apply(below, this, given)
    }
  })
  patch(own, 'handleError', (below: Patchable) => {
    return function (this: Submittable, ...given: unknown[]) {
      open.fail(given[0])
      return Reflect.apply(below, this, given)
    }
  })
  return args.map((arg, at) => (at > 0 && typeof arg === 'function' ? runIn(open.context, arg as Patchable) : arg))
}

/** A cursor calls the callback of `close` from a listener on the connection. */
function bindClose(cursor: object, open: OpenQuery): void {
  patch(cursor, 'close', (below: Patchable) => {
    return function (this: unknown, callback?: unknown, ...rest: unknown[]) {
      const bound = typeof callback === 'function' ? runIn(open.context, callback as Patchable) : callback
      return Reflect.apply(below, this, [bound, ...rest])
    }
  })
}

function namespaceOf({ database }: PgClient): string | undefined {
  return typeof database === 'string' ? database.slice(0, 64) : undefined
}
