import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { belongsTo, type WorkContext } from '../context/request-context.js'
import { currentContext, runWith } from '../context/storage.js'
import { likeOriginal } from '../process/like-original.js'
import { ownMembers } from '../safe-values/own-member.js'

// The functions that Spoor puts in front of an object's own methods are the same few for all objects, and their data is
// on the object. With closures for each request, each request had a hidden class of its own, and Node and Express took
// twice as long per request (Node 24). Node 20 and 22 take 2 µs for each function once the object's prototype was
// replaced, as Express does; on an attached server, the functions are there before. They are assigned, as middleware
// does: defining properties took 1 µs a request (Node 24).

/** The data of the bound methods of an object. */
interface Binding {
  readonly context: WorkContext
  readonly onClose: (() => void) | undefined
  readonly emit: EventEmitter['emit']
  /** The methods of a response that take a callback; those that this version of Node has. */
  readonly methods: TakingCallbacks | undefined
}

/** Any method. */
export type Method = (...args: unknown[]) => unknown

const key = Symbol('spoor.binding')
type Bound<T> = T & { [key]?: Binding }

// Node calls these where the exchange ends, in the context of the code that ended it.
const endings: ReadonlySet<unknown> = new Set(['finish', 'close', 'end', 'aborted', 'error'])
type TakingCallbacks = { [name in keyof typeof takingCallbacks]: Method | undefined }

// With the number of their parameters (Node 20 to 26). Node's own prototype would have to be loaded for it.
const takingCallbacks = {
  write: 3,
  end: 3,
  writeEarlyHints: 2,
  writeContinue: 1,
  writeProcessing: 1,
  writeInformation: 3,
}

/**
 * Lets the listeners of `emitter` run in `context`. Node calls them in the context of the code that moves the connection
 * on: from Node 24 (AsyncContextFrame), `req.on('end')` had no context in 100 of 100 runs, and on every version `finish`
 * of a pipelined response ran in the context of the request before it.
 *
 * A listener that is called within the request keeps the context it is called in, so that a scope that was opened there
 * (`spoor.run`) survives. Events that report the end of a request run in the request's context, even if a scope ended it.
 *
 * @param onClose called when it emits `close`, before its listeners
 */
export function bindEmitter(emitter: EventEmitter, context: WorkContext, onClose?: () => void): void {
  const bound: Bound<EventEmitter> = emitter
  bound[key] = { context, onClose, emit: emitOf(emitter), methods: undefined }
  emitter.emit = emit
}

/**
 * `bindEmitter`, and the same for the callbacks given to `write`, `end` and the informational responses. What a
 * pipelined response writes waits for the one before it, and is then written, and called back, in that one's context
 * (Node 20 to 26; that of `end` from 24 on, where it does not listen to `finish` any more).
 */
export function bindResponse(response: ServerResponse, context: WorkContext, onClose: () => void): void {
  const own = response as unknown as TakingCallbacks
  // Name by name, here and below: a loop over the names took twice as long (Node 24).
  const methods: TakingCallbacks = {
    write: before('write', own.write),
    end: before('end', own.end),
    writeEarlyHints: before('writeEarlyHints', own.writeEarlyHints),
    writeContinue: before('writeContinue', own.writeContinue),
    writeProcessing: before('writeProcessing', own.writeProcessing),
    writeInformation: before('writeInformation', own.writeInformation),
  }
  const bound: Bound<ServerResponse> = response
  // First: where the service made a method read-only, those put before it must find theirs.
  bound[key] = { context, onClose, emit: emitOf(response), methods }
  response.emit = emit
  if (methods.write !== undefined) own.write = boundMethods.write
  if (methods.end !== undefined) own.end = boundMethods.end
  if (methods.writeEarlyHints !== undefined) own.writeEarlyHints = boundMethods.writeEarlyHints
  if (methods.writeContinue !== undefined) own.writeContinue = boundMethods.writeContinue
  if (methods.writeProcessing !== undefined) own.writeProcessing = boundMethods.writeProcessing
  if (methods.writeInformation !== undefined) own.writeInformation = boundMethods.writeInformation
}

/** The method that Spoor's is put in front of. Undefined if this version of Node does not have it. */
function before(name: keyof TakingCallbacks, method: unknown): Method | undefined {
  if (method === boundMethods[name]) return nodesMethod(name)
  return typeof method === 'function' ? (method as Method) : undefined
}

/** Undoes `bindEmitter` or `bindResponse`. If another library has wrapped one of Spoor's methods, that method stays. */
export function unbind(emitter: EventEmitter): void {
  const binding = (emitter as Bound<EventEmitter>)[key]
  if (!binding) return
  takeBack(emitter, 'emit', emit, binding.emit)
  const own = emitter as unknown as TakingCallbacks
  for (const name of Object.keys(takingCallbacks) as (keyof TakingCallbacks)[]) {
    const method = binding.methods?.[name]
    if (method !== undefined) takeBack(own, name, boundMethods[name], method)
  }
}

// It is Spoor's method if the service deleted the data on the object: calling itself, it would never end.
function emitOf(emitter: EventEmitter): EventEmitter['emit'] {
  return emitter.emit === emit ? EventEmitter.prototype.emit : emitter.emit
}

const { emit: nodesEmit, listenerCount: nodesCount } = EventEmitter.prototype

function emit(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>): boolean {
  const binding = (this as Bound<EventEmitter>)[key]
  // The service gave it to another object, or cleared all members.
  if (!binding) return EventEmitter.prototype.emit.apply(this, args)
  const { context, emit, onClose } = binding
  if (onClose !== undefined && args[0] === 'close') onClose()
  const current = currentContext()
  if (current === context || (belongsTo(current, context) && !endings.has(args[0]))) return emit.apply(this, args)
  // Without a listener, no code would run in the context, and entering it takes longer than all else here (Node 24). An error
  // without a listener is thrown: it must be thrown in the context.
  if (emit === nodesEmit && args[0] !== 'error' && nodesCount.call(this, args[0]) === 0) return emit.apply(this, args)
  return runWith(context, () => emit.apply(this, args))
}
likeOriginal(emit, EventEmitter.prototype.emit)

const boundMethods = Object.fromEntries(
  Object.entries(takingCallbacks).map(([name, length]) => [name, boundMethod(name as keyof TakingCallbacks, length)]),
) as Readonly<Record<keyof TakingCallbacks, Method>>

function boundMethod(name: keyof TakingCallbacks, length: number): Method {
  const bound = function (this: Bound<ServerResponse>, ...args: unknown[]): unknown {
    const binding = this[key]
    if (!binding) return Reflect.apply(nodesMethod(name), this, args)
    return Reflect.apply(binding.methods?.[name] as Method, this, withBoundCallback(args, binding.context))
  }
  return Object.defineProperties(bound, { name: ownMembers({ value: name }), length: ownMembers({ value: length }) })
}

/** A method of responses as Node has it: for an object that the service gave ours to. */
export function nodesMethod(name: string): Method {
  const { ServerResponse } = process.getBuiltinModule('node:http')
  return (ServerResponse.prototype as unknown as Record<string, Method>)[name] as Method
}

function withBoundCallback(args: unknown[], context: WorkContext): unknown[] {
  const callback = args[args.length - 1]
  if (typeof callback !== 'function') return args
  const current = currentContext()
  const own = current !== undefined && belongsTo(current, context) ? current : context
  return [...args.slice(0, -1), (...results: unknown[]) => runWith(own, () => callback(...results))]
}

/** Removes `method` if it is still in place, so that `before` is found. */
export function takeBack<T extends object, K extends keyof T>(target: T, name: K, method: T[K], before: T[K]): void {
  if (target[name] !== method) return
  delete target[name]
  // It was the object's own: another library had put it there before Spoor.
  if (target[name] !== before) target[name] = before
}
