import { AsyncLocalStorage } from 'node:async_hooks'
import { likeOriginal } from '../process/like-original.js'
import { own } from '../safe-values/own-member.js'
import { typeName } from '../safe-values/type-name.js'
import { checkedIdentity, type IdentityId } from './identity.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { inboundId } from './request-id.js'
import { currentContext } from './storage.js'

/** What `spoor.run` may be told. */
export interface ScopeSeed {
  /** Default, and in place of an invalid id: a fresh one. The given value is kept as `clientRequestId`. */
  requestId?: string | undefined
  /** Default: those of the context it is called in. Another account takes neither user nor roles along. */
  account?: IdentityId | undefined
  user?: IdentityId | undefined
  roles?: readonly string[] | undefined
  name?: string | undefined
}

/**
 * The context of a scope opened by hand: its own id, the outer request as parent, the outer identity unless told.
 *
 * @param trace `own` begins a new trace if no outer one exists
 * @throws IdentityError for what cannot be an identity; TypeError for an id or a name that is not a text
 */
export function scopeContext(seed: ScopeSeed, trace?: 'own'): WorkContext {
  const { account, user, roles } = checkedIdentity(seed, 'run', known)
  const outer = currentContext()
  const sameAccount = account === undefined || account === outer?.account
  const inherited = sameAccount ? outer : undefined
  const { requestId, clientRequestId } = inboundId(textIn(seed, 'requestId'), true)
  return createContext('run', {
    requestId,
    clientRequestId,
    parentId: outer?.requestId,
    trace: outer?.trace ?? trace,
    account: account ?? inherited?.account,
    user: user ?? inherited?.user,
    roles: roles ?? inherited?.roles ?? [],
    name: textIn(seed, 'name'),
    within: requestOf(outer),
    work: outer?.work,
  })
}

const known: readonly (keyof ScopeSeed)[] = ['account', 'user', 'roles', 'requestId', 'name']

function textIn(seed: ScopeSeed, name: 'requestId' | 'name'): string | undefined {
  const value: unknown = own(seed, name)
  if (value === undefined || typeof value === 'string') return value
  throw new TypeError(`run: ${name}: expected a string, got ${typeName(value)}`)
}

/** @throws TypeError if `fn` is not a function; `call` and `as` say where it was expected */
export function checkFunction(call: string, fn: unknown, as: string): void {
  if (typeof fn === 'function') return
  throw new TypeError(`${call}: fn: expected a function as ${as}, got ${typeName(fn)}; as in ${example[call]}`)
}

const example: Readonly<Record<string, string>> = {
  run: 'run({ account }, () => work())',
  bind: 'bind(() => work())',
}

/**
 * Ties `fn` to here and now: the request context, and the stores of others (OpenTelemetry's, the service's). For
 * callbacks that a library calls later from somewhere else: pools, batches, emitters that were made before the request.
 */
export function bindToContext<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  checkFunction('bind', fn, 'its argument')
  return likeOriginal(AsyncLocalStorage.bind(fn), fn)
}
