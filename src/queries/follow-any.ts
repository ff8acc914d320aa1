import { followClient } from './follow.js'
import { checkFollowedQuery, type FollowedQuery, followCall } from './follow-call.js'
import { isFollowing } from './registry.js'

/** `spoor.follow`: follows a client, or one query and the function that sends it. */
export function follow<T extends object>(client: T): T
export function follow<T>(query: FollowedQuery, fn: () => T): T
export function follow(first: object, ...rest: (() => unknown)[]): unknown {
  if (rest.length === 0) return followClient(first)
  const [fn] = rest
  checkFollowedQuery(Object(first), fn)
  return isFollowing() ? followCall(first as FollowedQuery, fn as () => unknown) : (fn as () => unknown)()
}
