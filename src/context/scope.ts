import { AsyncLocalStorage } from 'node:async_hooks'
import { checkedIdentity } from './identity.js'
import { likeOriginal } from './like-original.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { inboundId } from './request-id.js'
import { currentContext } from './storage.js'

/** What `spoor.run` may be told. */
export interface ScopeSeed {
  /** Default, and for what is no id: a fresh one (the given value is kept as `clientRequestId`). */
  requestId?: string | undefined
  /** Default: those of the context it is called in. Another account takes neither user nor roles along. */
  account?: string | undefined
  user?: string | undefined
  roles?: readonly string[] | undefined
  name?: string | undefined
}

/**
 * The context of a scope opened by hand: its own id, the outer request as parent, the outer identity unless told.
 *
 * @param trace what to do where there is no outer trace
 */
export function scopeContext(seed: ScopeSeed, trace?: 'own'): WorkContext {
  const { account, user, roles } = checkedIdentity(seed, 'run')
  const outer = currentContext()
  const sameAccount = account === undefined || account === outer?.account
  const inherited = sameAccount ? outer : undefined
  const { requestId, clientRequestId } = inboundId(seed.requestId, true)
  return createContext('run', {
    requestId,
    clientRequestId,
    parentId: outer?.requestId,
    trace: outer?.trace ?? trace,
    account: account ?? inherited?.account,
    user: user ?? inherited?.user,
    roles: roles ?? inherited?.roles ?? [],
    name: seed.name,
    within: requestOf(outer),
    work: outer?.work,
  })
}

/**
 * Ties `fn` to here and now: the request context, and the stores of others (OpenTelemetry's, the service's). For
 * callbacks that a library calls later from somewhere else: pools, batches, emitters that were made before the request.
 */
export function bindToContext<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  return likeOriginal(AsyncLocalStorage.bind(fn), fn)
}
