import type { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { belongsTo, type RequestContext } from '../context/request-context.js'
import { currentContext, runWith } from '../context/storage.js'

/**
 * Makes whatever listens to `emitter` run in `context`. Node calls such listeners in the context of whoever moves the
 * connection on: from Node 24 (AsyncContextFrame) `req.on('end')` had none 100 times of 100, and on every version
 * `finish` of a pipelined response ran in the context of the request before it.
 *
 * A listener that is called from within the request keeps the context it is called in, so that a scope opened inside
 * (`spoor.run`) survives.
 *
 * @returns what takes it back
 */
export function bindEmitter(emitter: EventEmitter, context: RequestContext): () => void {
  const emit = emitter.emit
  const bound = function (this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    if (belongsTo(currentContext(), context)) return emit.apply(this, args)
    return runWith(context, () => emit.apply(this, args))
  }
  return shadow(emitter, 'emit', bound)
}

/**
 * Makes the callbacks given to `response.write` and `response.end` run in `context`. What a pipelined response writes
 * waits for the one before it, and is then written, and called back, in that one's context (`write`: Node 20 to 26;
 * `end`: from 24 on, where its callback is no listener of `finish` any more).
 *
 * @returns what takes it back
 */
export function bindWrites(response: ServerResponse, context: RequestContext): () => void {
  const write = shadow(response, 'write', withBoundCallback(response.write, context))
  const end = shadow(response, 'end', withBoundCallback(response.end, context))
  return () => {
    write()
    end()
  }
}

function withBoundCallback<M>(method: M, context: RequestContext): M {
  const bound = function (this: ServerResponse, ...args: unknown[]): unknown {
    const last = args.length - 1
    const callback = args[last]
    if (typeof callback === 'function') {
      const current = currentContext()
      const own = current !== undefined && belongsTo(current, context) ? current : context
      args[last] = (...results: unknown[]) => runWith(own, () => callback(...results))
    }
    return Reflect.apply(method as () => unknown, this, args)
  }
  return bound as M
}

/**
 * Puts a method of our own before an object's.
 *
 * @returns what takes it away; if somebody put another one before ours meanwhile, ours stays below it
 */
export function shadow<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { value: method, configurable: true, writable: true, enumerable: false })
  return () => {
    if (target[name] !== method) return
    if (before === undefined) delete target[name]
    else Object.defineProperty(target, name, before)
  }
}
