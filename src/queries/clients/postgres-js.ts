import { knownContext } from '../../context/known-context.js'
import type { WorkContext } from '../../context/request-context.js'
import type { QueryKind } from '../../work/queries.js'
import { followCall } from '../follow-call.js'
import { sqlKind } from '../kinds.js'
import { beginQueryOf, type OpenQuery } from '../open-query.js'
import { beginWait } from '../open-wait.js'
import { isFollowing } from '../registry.js'
import { runIn } from '../run-in.js'

/*
 * postgres.js 3.4 has no hooks. `sql` is a function, so `follow` returns a Proxy of this function. Each query is lazy: it begins
 * when code awaits it, and then calls its `handler`. postgres.js sets the query's member `active` to true when a connection
 * works on the query, and to false when the query is over. A query without these members is not followed.
 */

const system = 'postgresql'
const notification = { system, text: 'select pg_notify($1, $2)' }
const key = Symbol.for('spoor.followed.1')

type AnyFunction = (...args: unknown[]) => unknown

interface LazyQuery {
  handler: AnyFunction & { debug?: unknown }
  active: boolean
  resolve: AnyFunction
  reject: AnyFunction
  readonly string?: unknown
  readonly strings?: readonly string[] | undefined
  /** The functions that get rows: of `forEach` and of `cursor`. */
  forEachFn?: AnyFunction | null
  cursorFn?: AnyFunction | null
}

/** True for the `sql` of postgres.js. */
export function isPostgresJs(client: object): boolean {
  const { unsafe, begin, listen } = client as Record<string, unknown>
  return typeof client === 'function' && [unsafe, begin, listen].every((method) => typeof method === 'function')
}

/** Returns a Proxy of the `sql` of postgres.js that follows its queries. */
export function followPostgresJs(client: object): object {
  return Reflect.get(client, key) === true ? client : wrapped(client as AnyFunction & object)
}

function wrapped(sql: AnyFunction & object): object {
  return new Proxy(sql, {
    apply: (target, self, args) => seen(Reflect.apply(target, self, args)),
    get(target, name) {
      if (name === key) return true
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || !isFollowing()) return value
      if (name === 'unsafe' || name === 'file') return (...args: unknown[]) => seen(Reflect.apply(value, target, args))
      // A promise, whose query goes past `sql`.
      if (name === 'notify')
        return (...args: unknown[]) => followCall(notification, () => Reflect.apply(value, target, args))
      if (name === 'begin') return (...args: unknown[]) => begun(target, value as AnyFunction, args)
      if (name === 'savepoint')
        return (...args: unknown[]) =>
          Reflect.apply(
            value,
            target,
            args.map((arg) => inTransaction(arg, () => {})),
          )
      if (name === 'reserve')
        return async (...args: unknown[]) => wrapped((await Reflect.apply(value, target, args)) as AnyFunction & object)
      return value
    },
  })
}

/** Follows `begin`. It waits for a connection until it calls its function; it sends BEGIN itself. */
function begun(sql: object, begin: AnyFunction, args: readonly unknown[]): unknown {
  const wait = beginWait(system)
  const result = Reflect.apply(
    begin,
    sql,
    args.map((arg) => inTransaction(arg, () => wait.finish())),
  ) as Promise<unknown>
  return result.then(
    (value) => {
      wait.finish()
      return value
    },
    (error) => {
      wait.finish(undefined, error)
      throw error
    },
  )
}

function inTransaction(arg: unknown, onBegin: () => void): unknown {
  if (typeof arg !== 'function') return arg
  return (transaction: AnyFunction & object) => {
    onBegin()
    return arg(wrapped(transaction))
  }
}

function seen(query: unknown): unknown {
  if (!isFollowing() || !isLazyQuery(query)) return query
  const { handler, resolve, reject } = query
  let context: WorkContext | undefined
  let wait: ReturnType<typeof beginWait> | undefined
  let open: OpenQuery | undefined
  let isActive = query.active
  const kind = (): QueryKind => sqlKind(system, query.string ?? query.strings?.join('?'))
  const begin = (): OpenQuery => beginQueryOf(context, kind())
  // The text, with `$1` for each value, is built after the query became active.
  const ending = (): OpenQuery | undefined => {
    if (open !== undefined && open.end === undefined) open.kind = kind()
    return open
  }
  query.handler = Object.assign(
    (own: unknown) => {
      context = knownContext()
      wait ??= beginWait(system)
      bindRows(query, context)
      return handler(own)
    },
    { debug: handler.debug },
  )
  Object.defineProperty(query, 'active', {
    enumerable: true,
    configurable: true,
    get: () => isActive,
    set(value: boolean) {
      isActive = value
      wait?.finish()
      if (value) open ??= begin()
      else ending()?.finish()
    },
  })
  // V8 puts a function that is written where a member is assigned into the old generation, with all it refers to (decision 0125).
  const followed: Pick<LazyQuery, 'resolve' | 'reject'> = {
    resolve: (value) => {
      ending()?.finish((value as { count?: unknown } | null | undefined)?.count)
      return resolve(value)
    },
    reject: (error) => {
      wait?.finish()
      open ??= begin()
      ending()?.fail(error)
      return reject(error)
    },
  }
  return Object.assign(query, followed)
}

/** postgres.js calls these functions where the rows arrive, in the context of the code that opened the connection. */
function bindRows(query: LazyQuery, context: WorkContext | undefined): void {
  for (const name of ['forEachFn', 'cursorFn'] as const) {
    const fn = query[name]
    if (typeof fn === 'function') query[name] = runIn(context, fn)
  }
}

function isLazyQuery(query: unknown): query is LazyQuery {
  const { handler, active, resolve, reject } = (query ?? {}) as Record<string, unknown>
  return typeof active === 'boolean' && [handler, resolve, reject].every((method) => typeof method === 'function')
}
