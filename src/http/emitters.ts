import type { EventEmitter } from 'node:events'
import { belongsTo, type RequestContext } from '../context/request-context.js'
import { currentContext, runWith } from '../context/storage.js'

/**
 * Makes whatever listens to `emitter` run in `context`. Node calls such listeners in the context of whoever moves the
 * connection on: from Node 24 (AsyncContextFrame) `req.on('end')` had none 100 times of 100, and on every version
 * `finish` of a pipelined response ran in the context of the request before it.
 *
 * A listener that is called from within the request keeps the context it is called in, so that a scope opened inside
 * (`spoor.run`) survives.
 */
export function bindEmitter(emitter: EventEmitter, context: RequestContext): void {
  const emit = emitter.emit
  emitter.emit = function boundEmit(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
    if (belongsTo(currentContext(), context)) return emit.apply(this, args)
    return runWith(context, () => emit.apply(this, args))
  }
}
