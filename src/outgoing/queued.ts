import { currentContext } from '../context/storage.js'

const maxFrames = 12
const builtIn = 'node:internal/deps/undici/undici'

/** By undici's class of requests, one for each copy of it: whether it is the one that Node brings. */
const isNodesOwn = new WeakMap<object, boolean>()

/**
 * True where a pool of undici sends a call that waited in its queue (a dispatcher with a limit of `connections`). It
 * does so in the context of the connection that became free: that of another request, whose id the call would carry
 * (undici 6 to 8; OpenTelemetry's instrumentation is misled the same way). Nothing but the stack tells, which takes 10 to
 * 20 µs. So it is not looked at where there can be no queue: in a context that made no call before, and so has no
 * connection that could become free; and for Node's own undici, which has no limit and hands out no class to make one.
 */
export function isFromQueue(request: object): boolean {
  const context = currentContext()
  if (context !== undefined && context.work.calls === undefined) return false
  const { constructor: maker } = request
  let own = isNodesOwn.get(maker)
  if (own === undefined) {
    own = onStack(makerOf) === builtIn
    isNodesOwn.set(maker, own)
  }
  return !own && /onDrain/.test(onStack(namesOf))
}

/** What `read` makes of the stack. */
function onStack(read: (error: Error, frames: NodeJS.CallSite[]) => string): string {
  const { prepareStackTrace, stackTraceLimit } = Error
  // Set by Reflect, which does not throw where a service has frozen Error: then the stack is the usual text.
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

/** The file of the constructor that tells of its request. */
function makerOf(_: Error, frames: NodeJS.CallSite[]): string {
  return frames.find((frame) => frame.isConstructor())?.getFileName() ?? ''
}
