import type { WorkContext } from '../context/request-context.js'
import { childTraceparent, newTrace } from '../context/trace-context.js'

/** The headers of a call that is about to be sent. */
export interface CallHeaders {
  has(name: string): boolean
  add(name: string, value: string): void
}

/** Puts the request id and the trace on a call, unless the service has put its own there. */
export function propagate(context: WorkContext, headers: CallHeaders): void {
  if (!headers.has('x-request-id')) headers.add('x-request-id', context.requestId)
  if (headers.has('traceparent') || isTracedByOthers()) return
  const trace = context.trace ?? newTrace(context.id)
  headers.add('traceparent', childTraceparent(trace))
  if (trace.tracestate !== undefined && !headers.has('tracestate')) headers.add('tracestate', trace.tracestate)
}

// Where @opentelemetry/api keeps what was registered (its version 1).
const registered = Symbol.for('opentelemetry.js.api.1')

/**
 * True where OpenTelemetry has a propagator: its instrumentations put `traceparent` on calls, with a span behind it.
 * undici's way of adding a header doubles one that is there, and which of us is asked first is chance.
 */
function isTracedByOthers(): boolean {
  return (globalThis as { [registered]?: { propagation?: unknown } })[registered]?.propagation !== undefined
}
