import type { RequestContext } from '../context/request-context.js'
import type { RequestInfo } from '../http/request-info.js'
import type { WarnOnce } from '../logging/warn-once.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import type { Who } from '../tracking/tracking.js'
import { Refusal } from './refusal.js'

/**
 * What a reader may read: everything; what was done for their account, without the insides of the service's own failures
 * (5xx) or, with `internals`, in full; or nothing.
 */
export type Right = 'all' | 'account' | { readonly read: 'account'; readonly internals: boolean } | false

/** Says what somebody may read. Answers at once. */
export type Authorize = (who: Who, request: RequestInfo) => Right

/** True if somebody is signed in, whoever he is. */
export function isSignedIn({ account, user, roles }: RequestContext): boolean {
  return account !== undefined || user !== undefined || roles.length > 0
}

/**
 * What the one `context` works for may read. The one gate: it opens only for the answers of type `Right`.
 *
 * @throws Refusal 401 if nobody is signed in, 403 if he may read nothing
 */
export function scopeOf(authorize: Authorize, context: RequestContext, request: RequestInfo, say: Say): ReadAccess {
  // Every 401 names a way in (RFC 9110, 15.5.2); a service with cookies has its own page for it.
  if (!isSignedIn(context)) throw new Refusal(401, 'unauthorized', { headers: { 'www-authenticate': 'Bearer' } })
  const right = answerOf(authorize, context, request)
  if (right === 'all' || right === 'account') return readAccess(right, context.account)
  const internals = internalsOf(right)
  if (internals !== undefined) return readAccess('account', context.account, internals)
  if (right !== false) say('inspector authorize', unusable)
  throw forbidden()
}

/** What `{ read: 'account', internals }` says of internals; undefined for every other answer. Own members count only. */
function internalsOf(right: unknown): boolean | undefined {
  if (typeof right !== 'object' || right === null) return undefined
  // A member that throws, or is inherited, says nothing.
  const own = Object.getOwnPropertyDescriptors(right as { read?: unknown; internals?: unknown })
  const internals = own.internals?.value
  return own.read?.value === 'account' && typeof internals === 'boolean' ? internals : undefined
}

/** The answer to somebody who has no right. */
export function forbidden(error?: unknown): Refusal {
  return new Refusal(403, 'forbidden', { error })
}

/** Says a mistake of the service once. @see WarnOnce */
type Say = WarnOnce['warn']

const unusable =
  'inspector.authorize: expected "all", "account", { read: "account", internals: true } or false, got something else, ' +
  'so nobody was let in; answer at once, not by a promise'

function answerOf(authorize: Authorize, context: RequestContext, request: RequestInfo): unknown {
  const { account, user, roles } = context
  const who: Who = { account, user, roles: [...roles] }
  try {
    const said: unknown = authorize(who, request)
    // Nobody waits for it: a rejection must not end the process.
    if (said instanceof Promise) said.catch(() => {})
    return said
  } catch (error) {
    throw forbidden(error ?? new Error('inspector.authorize threw nothing'))
  }
}
