import type { RequestContext } from '../context/request-context.js'
import type { RequestInfo } from '../http/request-info.js'
import type { WarnOnce } from '../logging/warn-once.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { ownValue } from '../safe-values/own-member.js'
import type { Who } from '../tracking/tracking.js'
import { Refusal } from './refusal.js'

/**
 * The right of a reader: everything; the work done for their account, with failures of the service (5xx) withheld or,
 * with `internals`, in full; or nothing.
 */
export type Right = 'all' | 'account' | { readonly read: 'account'; readonly internals: boolean } | false

/** Decides what a signed-in reader may see. Synchronous. */
export type Authorize = (who: Who, request: RequestInfo) => Right

/** True if the resolver knows anything about the reader. */
export function isSignedIn({ account, user, roles }: RequestContext): boolean {
  return account !== undefined || user !== undefined || roles.length > 0
}

/**
 * Returns what the reader of this request may see. Any answer of `authorize` that is not a `Right` is refused.
 *
 * @throws Refusal 401 without a signed-in reader, 403 if the reader may see nothing
 */
export function accessOf(authorize: Authorize, context: RequestContext, request: RequestInfo, say: Say): ReadAccess {
  // A 401 must name a scheme (RFC 9110, 15.5.2). A service with cookies has its own sign-in page.
  if (!isSignedIn(context)) throw new Refusal(401, 'unauthorized', { headers: { 'www-authenticate': 'Bearer' } })
  const right = answerOf(authorize, context, request)
  if (right === 'all' || right === 'account') return readAccess(right, context.account)
  const internals = internalsOf(right)
  if (internals !== undefined) return readAccess('account', context.account, internals)
  if (right !== false) say('inspector authorize', unusable)
  throw forbidden()
}

/** The `internals` of `{ read: 'account', internals }`; undefined for any other answer. Only own members count. */
function internalsOf(right: unknown): boolean | undefined {
  if (typeof right !== 'object' || right === null) return undefined
  // Getters and inherited members are ignored.
  const internals = ownValue(right, 'internals')
  return ownValue(right, 'read') === 'account' && typeof internals === 'boolean' ? internals : undefined
}

/** The refusal of a reader without a right. */
export function forbidden(error?: unknown): Refusal {
  return new Refusal(403, 'forbidden', { error })
}

/** Warns once about a mistake of the service. @see WarnOnce */
type Say = WarnOnce['warn']

const unusable =
  'inspector.authorize: expected "all", "account", { read: "account", internals: true } or false, got something else, ' +
  'so the reader was refused; answer synchronously'

function answerOf(authorize: Authorize, context: RequestContext, request: RequestInfo): unknown {
  const { account, user, roles } = context
  const who: Who = { account, user, roles: [...roles] }
  try {
    const said: unknown = authorize(who, request)
    // An unhandled rejection would end the process.
    if (said instanceof Promise) said.catch(() => {})
    return said
  } catch (error) {
    throw forbidden(error ?? new Error('inspector.authorize threw nothing'))
  }
}
