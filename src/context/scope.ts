import { AsyncLocalStorage } from 'node:async_hooks'
import { likeOriginal } from '../process/like-original.js'
import { own } from '../safe-values/own-member.js'
import { typeName } from '../safe-values/type-name.js'
import { checkedIdentity, type IdentityId } from './identity.js'
import { knownContext } from './known-context.js'
import { createContext, requestOf, type WorkContext } from './request-context.js'
import { inboundId } from './request-id.js'
import { currentContext, runBound } from './storage.js'

/** The options of `spoor.run`. Each is optional. */
export interface ScopeSeed {
  /**
   * The request id of the scope. Default: a fresh one. An invalid id is replaced by a fresh one and kept as
   * `clientRequestId`.
   */
  requestId?: string | undefined
  /** Default: the values of the current context. If you pass another account, user and roles are not inherited. */
  account?: IdentityId | undefined
  user?: IdentityId | undefined
  roles?: readonly string[] | undefined
  name?: string | undefined
}

/**
 * Makes the context of a scope: an id of its own, the current request as parent, and the current identity unless `seed`
 * names another.
 *
 * @param trace `own` begins a new trace if there is no current one
 * @throws IdentityError if the identity is invalid; TypeError if the id or the name is not a string
 */
export function scopeContext(seed: ScopeSeed, trace?: 'own'): WorkContext {
  const { account, user, roles } = checkedIdentity(seed, 'run', known)
  const outer = knownContext()
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

/** @throws TypeError if `fn` is not a function; `call` and `as` name the function and the argument in the message */
export function checkFunction(call: string, fn: unknown, as: string): void {
  if (typeof fn === 'function') return
  throw new TypeError(`${call}: fn: expected a function as ${as}, got ${typeName(fn)}; as in ${example[call]}`)
}

const example: Readonly<Record<string, string>> = {
  run: 'run({ account }, () => work())',
  bind: 'bind(() => work())',
}

/**
 * Returns a function that always runs `fn` in the current request context and in the current stores of other libraries
 * (OpenTelemetry, the service). Use it for callbacks that a library calls later from another context: pools, batches,
 * emitters that were made before the request.
 */
export function bindToContext<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  checkFunction('bind', fn, 'its argument')
  const bound = AsyncLocalStorage.bind(fn)
  const context = currentContext()
  const called = function (this: unknown, ...args: Args): Result {
    return runBound(context, () => Reflect.apply(bound, this, args))
  }
  return likeOriginal(called, fn)
}
