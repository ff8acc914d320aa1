import { type CapturedContext, currentContext, runWithout } from '../context/storage.js'
import { patch } from '../process/patch.js'

type Callback = (this: object, ...args: unknown[]) => unknown

/** The context that made a request of undici; `unfollowed` for a request that no watcher follows. */
export type ContextOf = (request: object) => CapturedContext | undefined | typeof unfollowed

export const unfollowed: unique symbol = Symbol('unfollowed')

// The callbacks of a request in undici: up to version 7, and from 8 on.
const names = ['onConnect', 'onHeaders', 'onData', 'onComplete', 'onUpgrade', 'onError'].concat([
  'onRequestStart',
  'onResponseStart',
  'onResponseData',
  'onResponseEnd',
  'onRequestUpgrade',
  'onResponseError',
])

/**
 * Lets undici call the callbacks of a request in the context that made the request. Without this, undici calls them in the
 * context that opened the connection, which is another request's: there its interceptors make the calls of retries and
 * redirects (undici 5 to 8). If the context is unknown, the callbacks run outside any: no owner is better than a wrong one.
 *
 * This patches the classes of requests, one for each copy of undici: putting the callbacks on each request took as long as
 * all other work on a call.
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
    // A request that is made by hand (a mock) has no class of its own.
    if (prototype === null || prototype === Object.prototype || this.#undos.has(prototype)) return
    const own = names.filter((name) => Object.hasOwn(prototype, name))
    const undos = own.map((name) => patch<Callback>(prototype, name, (callback) => this.#bound(callback)))
    this.#undos.set(prototype, () => {
      for (const undo of undos) undo()
    })
  }

  undo(): void {
    for (const undo of this.#undos.values()) undo()
    this.#undos.clear()
  }

  #bound(original: Callback): Callback {
    const contextOf = this.#contextOf
    return function (...args) {
      const captured = contextOf(this)
      if (captured === unfollowed || captured?.context === currentContext()) return Reflect.apply(original, this, args)
      const run = (): unknown => Reflect.apply(original, this, args)
      return captured === undefined ? runWithout(run) : captured.run(run)
    }
  }
}
