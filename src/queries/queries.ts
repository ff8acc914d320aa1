import type { Logger } from '../logging/logger.js'
import { watchMongoose } from './clients/mongoose.js'
import { watchMysql2 } from './clients/mysql2.js'
import { watchNodeRedis } from './clients/node-redis.js'
import { queryErrorCode } from './error-code.js'
import { followClient } from './follow.js'
import { checkFollowedQuery, type FollowedQuery, followCall } from './follow-call.js'
import { defaultSlowMs, type QueriesOptions } from './queries-options.js'
import { isFollowing, watchQueries } from './registry.js'
import { Tracing } from './tracing.js'
import { queryWatcher } from './watcher.js'

/** `spoor.follow`: follows a client, or one query and the function that sends it. */
export function follow<T extends object>(client: T): T
export function follow<T>(query: FollowedQuery, fn: () => T): T
export function follow(first: object, ...rest: (() => unknown)[]): unknown {
  if (rest.length === 0) return followClient(first)
  const [fn] = rest
  checkFollowedQuery(Object(first), fn)
  return isFollowing() ? followCall(first as FollowedQuery, fn as () => unknown) : (fn as () => unknown)()
}

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
  return watchQueries(watcher, watchChannels)
}

const notFollowed = 'a query was sent but could not be followed: its figures are missing on the request line'

/** Follows the clients that publish their queries on channels. */
function watchChannels(): () => void {
  const tracing = new Tracing()
  watchMysql2(tracing)
  watchNodeRedis(tracing)
  watchMongoose(tracing)
  return () => tracing.stop()
}
