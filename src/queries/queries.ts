import type { Logger } from '../logging/logger.js'
import { queryErrorCode } from './error-code.js'
import { watchFromFirstQuery } from './first-query.js'
import { defaultSlowMs, type QueriesOptions } from './queries-options.js'
import { watchQueries } from './registry.js'
import { queryWatcher } from './watcher.js'

/** `spoor.follow` if the option `queries` is false. */
export function followNothing(first: object, ...rest: (() => unknown)[]): never {
  const [fn] = rest
  return (fn === undefined ? first : fn()) as never
}

/**
 * Follows the queries of this process for one instance.
 *
 * @returns a function that ends it; undefined if the option is false
 */
export function followQueries<Name extends string>(
  options: QueriesOptions<Name> | false | undefined,
  loggerOf: (name: Name) => Logger,
  warnOnce: (about: string, message: string) => void,
): (() => void) | undefined {
  if (options === false) return undefined
  const { logger, slowMs = defaultSlowMs } = options ?? {}
  const onFault = (error: unknown): void => warnOnce('query not followed', `${notFollowed} (${queryErrorCode(error)})`)
  const watcher = queryWatcher(logger === undefined ? undefined : loggerOf(logger), slowMs, onFault)
  return watchQueries(watcher, watchFromFirstQuery)
}

const notFollowed = 'a query was sent but could not be followed: its figures are missing on the request line'
