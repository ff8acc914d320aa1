import type { NextFunction, Request } from 'express'
import { type Patchable, patch } from '../../process/patch.js'
import { isPromise } from '../../process/promises.js'

// A request of an application without Spoor is handled by the same class, and must be handled as ever.
const followed = new WeakSet<object>()
const patched = new WeakSet<object>()

/** An entry of Express 4's router. */
interface Layer {
  readonly handle: Patchable
}

/**
 * Makes Express 4 pass on, from now on, what the handlers of a request reject with, as Express 5 does. Express 4 drops the
 * promise that a handler returns. Only the class of the router's entries sees the promise.
 */
export function catchRejections(request: Request): void {
  followed.add(request)
  const layer = layerOf(request.app)
  const layers: unknown = layer && Object.getPrototypeOf(layer)
  if (typeof layers !== 'object' || layers === null || patched.has(layers)) return
  patched.add(layers)
  patch<Patchable>(layers, 'handle_request', (original) => {
    return function (this: Layer, ...args: [Request, unknown, NextFunction]) {
      const [request, , next] = args
      if (this.handle.length > 3 || !followed.has(request)) return Reflect.apply(original, this, args)
      run(this.handle, args, next)
    }
  })
  patch<Patchable>(layers, 'handle_error', (original) => {
    return function (this: Layer, ...args: [unknown, Request, unknown, NextFunction]) {
      const [, request, , next] = args
      if (this.handle.length !== 4 || !followed.has(request)) return Reflect.apply(original, this, args)
      run(this.handle, args, next)
    }
  })
}

function layerOf(app: unknown): unknown {
  return (app as { _router?: { stack?: readonly unknown[] } } | undefined)?._router?.stack?.[0]
}

function run(handle: Patchable, args: unknown[], next: NextFunction): void {
  try {
    const made: unknown = handle(...args)
    if (isPromise(made)) made.then(undefined, (error: unknown) => next(error || new Error('Rejected promise')))
  } catch (error) {
    next(error)
  }
}
