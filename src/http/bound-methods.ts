import type { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { belongsTo, type RequestContext } from '../context/request-context.js'
import { currentContext, runWith } from '../context/storage.js'

// What stands here before an object's own methods is the same few functions for all objects, and what they need to know
// lies on the object: with closures of its own each request had a shape of its own, and Node and Express took twice as
// long over it (Node 24).

/** What the bound methods of an object need to know. */
interface Binding {
  readonly context: RequestContext
  readonly onClose: (() => void) | undefined
  readonly emit: EventEmitter['emit']
  readonly write: ServerResponse['write'] | undefined
  readonly end: ServerResponse['end'] | undefined
}

const key = Symbol('spoor.binding')
type Bound<T> = T & { [key]?: Binding }

/**
 * Makes whatever listens to `emitter` run in `context`. Node calls such listeners in the context of whoever moves the
 * connection on: from Node 24 (AsyncContextFrame) `req.on('end')` had none 100 times of 100, and on every version
 * `finish` of a pipelined response ran in the context of the request before it.
 *
 * A listener that is called from within the request keeps the context it is called in, so that a scope opened inside
 * (`spoor.run`) survives.
 *
 * @param onClose called when it emits `close`, before its listeners
 */
export function bindEmitter(emitter: EventEmitter, context: RequestContext, onClose?: () => void): void {
  const bound: Bound<EventEmitter> = emitter
  bound[key] = { context, onClose, emit: emitter.emit, write: undefined, end: undefined }
  put(emitter, 'emit', emit)
}

/**
 * `bindEmitter`, and the same for the callbacks given to `response.write` and `response.end`. What a pipelined response
 * writes waits for the one before it, and is then written, and called back, in that one's context (`write`: Node 20 to
 * 26; `end`: from 24 on, where its callback is no listener of `finish` any more).
 */
export function bindResponse(response: ServerResponse, context: RequestContext, onClose: () => void): void {
  const bound: Bound<ServerResponse> = response
  bound[key] = { context, onClose, emit: response.emit, write: response.write, end: response.end }
  put(response, 'emit', emit)
  put(response, 'write', write as ServerResponse['write'])
  put(response, 'end', end as ServerResponse['end'])
}

/** Takes back what `bindEmitter` or `bindResponse` did. Where somebody put a method before ours meanwhile, it stays below. */
export function unbind(emitter: EventEmitter): void {
  const before = (emitter as Bound<EventEmitter>)[key]
  if (before === undefined) return
  takeBack(emitter, 'emit', emit, before.emit)
  const response = emitter as ServerResponse
  if (before.write !== undefined) takeBack(response, 'write', write as ServerResponse['write'], before.write)
  if (before.end !== undefined) takeBack(response, 'end', end as ServerResponse['end'], before.end)
}

function emit(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
  const { context, emit, onClose } = (this as Bound<EventEmitter>)[key] as Binding
  if (onClose !== undefined && args[0] === 'close') onClose()
  if (belongsTo(currentContext(), context)) return emit.apply(this, args)
  return runWith(context, () => emit.apply(this, args))
}

function write(this: Bound<ServerResponse>, ...args: unknown[]): unknown {
  const { context, write } = this[key] as Binding
  return Reflect.apply(write as () => unknown, this, withBoundCallback(args, context))
}

function end(this: Bound<ServerResponse>, ...args: unknown[]): unknown {
  const { context, end } = this[key] as Binding
  return Reflect.apply(end as () => unknown, this, withBoundCallback(args, context))
}

function withBoundCallback(args: unknown[], context: RequestContext): unknown[] {
  const callback = args[args.length - 1]
  if (typeof callback !== 'function') return args
  const current = currentContext()
  const own = current !== undefined && belongsTo(current, context) ? current : context
  return [...args.slice(0, -1), (...results: unknown[]) => runWith(own, () => callback(...results))]
}

/** Puts a method before an object's, as its own and hidden from loops over its members. */
export function put<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): void {
  Object.defineProperty(target, name, { value: method, configurable: true, writable: true, enumerable: false })
}

/** Takes `method` away again, if it is still there, so that `before` is found. */
export function takeBack<T extends object, K extends keyof T>(target: T, name: K, method: T[K], before: T[K]): void {
  if (target[name] !== method) return
  delete target[name]
  // It was the object's own: somebody else had put it before ours.
  if (target[name] !== before) put(target, name, before)
}
