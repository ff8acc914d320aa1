import { isPromise } from '../process/promises.js'
import { own } from '../safe-values/own-member.js'
import { typeName } from '../safe-values/type-name.js'
import type { QueryKind } from '../work/queries.js'
import { endsLater } from './ends-later.js'
import { cleanSummary, namedKind, sqlKind } from './kinds.js'
import { beginQuery, type OpenQuery } from './open-query.js'
import { rowsOf } from './rows.js'
import { started } from './started.js'

/**
 * The query that `spoor.follow(query, fn)` follows. Give `text` or `summary`.
 *
 * @example spoor.follow({ system: 'cassandra', summary: 'SELECT posts' }, () => client.execute(text))
 */
export interface FollowedQuery {
  /** OpenTelemetry's `db.system.name`, such as `cassandra`: 1 to 64 letters, digits and `_ . -`. */
  readonly system: string
  /** The text of the query. Spoor replaces its values, and reads it as SQL. */
  readonly text?: string | undefined
  /** Operations and tables, such as `SELECT posts`. Do not put values in it. Default: read from `text`. */
  readonly summary?: string | undefined
  /** The name of the database. */
  readonly namespace?: string | undefined
}

/** Follows one query: begins it, calls `fn`, and ends it when `fn` has ended. Returns what `fn` returns. */
export function followCall<T>(query: FollowedQuery, fn: () => T): T {
  const open = beginQuery(kindOf(query))
  let result: T
  try {
    result = fn()
  } catch (error) {
    open.fail(error)
    throw error
  }
  if (isPending(result)) return ended(started(result), open, endWith) as T
  endWith(result, open)
  return result
}

function finishNow(value: unknown, open: OpenQuery): void {
  open.finish(rowsOf(value))
}

/** Ends the query with its result. The query of a generator or stream ends when the generator or stream ends. */
function endWith(value: unknown, open: OpenQuery): void {
  if (!endsLater(value, open)) finishNow(value, open)
}

/** A result is an object of the service: its getter `then` may throw. */
function isPending(result: unknown): result is PromiseLike<unknown> {
  try {
    return isPromise(result)
  } catch {
    return false
  }
}

/**
 * Ends `open` when the promise settles, and returns a promise of the same result. Pass the returned promise to the caller. With a
 * listener on the original promise, Node would not report a rejection that nothing handles.
 *
 * @param finish ends the query, given its result
 */
export function ended<T>(
  pending: PromiseLike<T>,
  open: OpenQuery,
  finish: (value: T, open: OpenQuery) => void = finishNow,
): PromiseLike<T> {
  return pending.then(
    (value) => {
      finish(value, open)
      return value
    },
    (error) => {
      open.fail(error)
      throw error
    },
  )
}

const examples = {
  text: "{ text: 'select * from posts' }",
  summary: "{ summary: 'SELECT posts' }",
  namespace: "{ namespace: 'blog' }",
} as const

/** @throws TypeError for anything but `{ system, text? | summary?, namespace? }` */
export function checkFollowedQuery(query: object, fn: unknown): asserts query is FollowedQuery {
  const system: unknown = own(query as FollowedQuery, 'system')
  if (typeof system !== 'string' || !/^[\w.-]{1,64}$/.test(system)) {
    const expected = 'a name of 1 to 64 letters, digits, _ . and -'
    throw new TypeError(`follow: system: expected ${expected}, got ${typeName(system)}; as in { system: 'cassandra' }`)
  }
  for (const name of ['text', 'summary', 'namespace'] as const) {
    const value: unknown = own(query as FollowedQuery, name)
    if (value !== undefined && typeof value !== 'string')
      throw new TypeError(`follow: ${name}: expected a string, got ${typeName(value)}; as in ${examples[name]}`)
  }
  if (typeof fn !== 'function') {
    const fix = 'write follow({ system, summary }, () => client.execute(text))'
    throw new TypeError(`follow: fn: expected a function as second argument, got ${typeName(fn)}; ${fix}`)
  }
}

function kindOf(query: FollowedQuery): QueryKind {
  const [text, summary] = [own(query, 'text'), own(query, 'summary')]
  const namespace = own(query, 'namespace')?.slice(0, 64)
  const kind =
    text === undefined ? namedKind(query.system, undefined, namespace) : sqlKind(query.system, text, namespace)
  return summary === undefined ? kind : { ...kind, summary: cleanSummary(summary) }
}
