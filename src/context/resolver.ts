import { isPromise, withinTime } from '../process/promises.js'
import { applyIdentity, type Identity, IdentityError } from './identity.js'
import type { WorkContext } from './request-context.js'

/** Returns the identity that a request works for; undefined and null mean anonymous. Database clients return null. */
export type Resolver = () => Identity | undefined | null | PromiseLike<Identity | undefined | null>

/**
 * Calls `resolve` and sets the identity that it returns on `context`. If an asynchronous resolver takes longer than its
 * time limit, its answer is ignored.
 *
 * @returns undefined if `resolve` returned without a promise, else a promise
 * @throws (or rejects with) the error of the resolver; IdentityError if the identity is invalid or came too late
 */
export function resolveIdentity(context: WorkContext, resolve: Resolver, withinMs: number): undefined | Promise<void> {
  const said = resolve()
  // The waiting request has an open connection, which keeps the process alive.
  if (isPromise(said))
    return withinTime(said, withinMs, () => late(withinMs)).then((identity) => note(context, identity))
  note(context, said)
  return undefined
}

function note(context: WorkContext, identity: Identity | undefined | null): void {
  if (identity !== undefined && identity !== null) applyIdentity(context, identity)
}

function late(withinMs: number): IdentityError {
  return new IdentityError(
    'ERR_SPOOR_RESOLVER_TIMEOUT',
    `account resolver: no answer within ${withinMs} ms (resolveWithinMs)`,
  )
}
