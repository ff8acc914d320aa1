import type { WorkContext } from '../context/request-context.js'
import { currentContext, runWith, runWithout } from '../context/storage.js'
import { likeOriginal } from '../process/like-original.js'

type Callback = (this: object, ...args: unknown[]) => unknown
type Class = Record<string, unknown>

/** For whom a request of undici is made; `unfollowed` for one that nobody follows. */
export type ContextOf = (request: object) => WorkContext | undefined | typeof unfollowed

export const unfollowed: unique symbol = Symbol('unfollowed')

// What undici calls on a request when something happens to it: until 7, and from 8 on.
const names = ['onConnect', 'onHeaders', 'onData', 'onComplete', 'onUpgrade', 'onError'].concat([
  'onRequestStart',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onRequestUpgrade',
  'onResponseError',
])

/**
 * Lets undici tell its requests, and what stands behind them, in the context they are made in. Else it does so in the
 * context that opened the connection, that of another request: there its interceptors make the calls of retries and
 * redirects (undici 5 to 8). What is not known for whom it is made is told outside any: better nobody than somebody else.
 *
 * By its classes of requests, one for each copy of undici: putting the callbacks on each request took as long as all else
 * that is done about a call.
 */
export class BoundRequests {
  readonly #contextOf: ContextOf
  readonly #undos = new Map<object, () => void>()

  constructor(contextOf: ContextOf) {
    this.#contextOf = contextOf
  }

  /** Binds the class of `request`, unless it is bound. */
  bind(request: object): void {
    const prototype: object | null = Object.getPrototypeOf(request)
    // A request that somebody made by hand has no class of its own.
    if (prototype === null || prototype === Object.prototype || this.#undos.has(prototype)) return
    this.#undos.set(prototype, this.#wrap(prototype as Class))
  }

  undo(): void {
    for (const undo of this.#undos.values()) undo()
    this.#undos.clear()
  }

  #wrap(prototype: Class): () => void {
    const wrapped = names.filter((name) => Object.hasOwn(prototype, name) && typeof prototype[name] === 'function')
    const originals = wrapped.map((name) => [name, prototype[name], this.#bound(prototype[name] as Callback)] as const)
    for (const [name, , bound] of originals) prototype[name] = bound
    return () => {
      // Where somebody put theirs before ours meanwhile, ours stays below, and finds nobody followed.
      for (const [name, original, bound] of originals) if (prototype[name] === bound) prototype[name] = original
    }
  }

  #bound(original: Callback): Callback {
    const contextOf = this.#contextOf
    const bound: Callback = function (...args) {
      const context = contextOf(this)
      if (context === unfollowed || context === currentContext()) return Reflect.apply(original, this, args)
      const run = (): unknown => Reflect.apply(original, this, args)
      return context === undefined ? runWithout(run) : runWith(context, run)
    }
    return likeOriginal(bound, original)
  }
}
