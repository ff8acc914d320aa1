import { isPromise, withinTime } from '../process/promises.js'
import { applyIdentity, type Identity, IdentityError } from './identity.js'
import type { WorkContext } from './request-context.js'

/** Says for whom a request works; undefined means anonymous. */
export type Resolver = () => Identity | undefined | PromiseLike<Identity | undefined>

/**
 * Asks `resolve` and notes the answer on `context`. What an asynchronous resolver says after its time counts no more.
 *
 * @returns undefined if it was said at once, else a promise
 * @throws (or rejects with) whatever the resolver throws, IdentityError for an answer that is invalid or came too late
 */
export function resolveIdentity(context: WorkContext, resolve: Resolver, withinMs: number): undefined | Promise<void> {
  const said = resolve()
  // The waiting request holds a connection, which keeps the process alive.
  if (isPromise(said))
    return withinTime(said, withinMs, () => late(withinMs)).then((identity) => note(context, identity))
  note(context, said)
  return undefined
}

function note(context: WorkContext, identity: Identity | undefined): void {
  if (identity !== undefined) applyIdentity(context, identity)
}

function late(withinMs: number): IdentityError {
  return new IdentityError(
    'ERR_SPOOR_RESOLVER_TIMEOUT',
    `account resolver: no answer within ${withinMs} ms (resolveWithinMs)`,
  )
}
