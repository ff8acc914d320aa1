import { knownContext } from '../context/known-context.js'

const maxFrames = 12
const builtIn = 'node:internal/deps/undici/undici'

/** For undici's class of requests, of each copy of undici: true if it is the copy that Node contains. */
const isNodesOwn = new WeakMap<object, boolean>()

/**
 * True if undici sends a call from the queue of a dispatcher (one with a limit of `connections`). undici sends such a
 * call in the context of the request whose connection became free, and the call would carry the id of that request
 * (undici 6 to 8; OpenTelemetry's instrumentation has the same fault). Only the stack trace shows it, which takes 10 to
 * 20 µs. The stack is not read where there can be no queue: in a context that has made no call before, and so has no
 * connection that could become free; and for Node's own undici, which has no limit, and has no public class to set one.
 */
export function isFromQueue(request: object): boolean {
  const context = knownContext()
  if (context !== undefined && context.work.calls === undefined) return false
  const { constructor: maker } = request
  let own = isNodesOwn.get(maker)
  if (own === undefined) {
    own = onStack(makerOf) === builtIn
    isNodesOwn.set(maker, own)
  }
  return !own && /onDrain/.test(onStack(namesOf))
}

/** The result of `read` for the stack trace. */
function onStack(read: (error: Error, frames: NodeJS.CallSite[]) => string): string {
  const { prepareStackTrace, stackTraceLimit } = Error
  // Set by Reflect, which does not throw if a service has frozen Error: the stack is then the usual text.
  Reflect.set(Error, 'stackTraceLimit', maxFrames)
  Reflect.set(Error, 'prepareStackTrace', read)
  try {
    return String(new Error().stack)
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
  }
}

function namesOf(_: Error, frames: NodeJS.CallSite[]): string {
  return frames.map((frame) => frame.getFunctionName()).join()
}

/** The file of the constructor that reports its request. */
function makerOf(_: Error, frames: NodeJS.CallSite[]): string {
  return frames.find((frame) => frame.isConstructor())?.getFileName() ?? ''
}
