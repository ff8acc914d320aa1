import { type SpanIds, traceparentOf } from '../context/active-span.js'
import type { WorkContext } from '../context/request-context.js'
import type { IdHeader } from '../context/request-id.js'
import { childTraceparent, newTrace } from '../context/trace-context.js'

/** The headers of a call that is about to be sent. */
export interface CallHeaders {
  has(name: string): boolean
  add(name: string, value: string): void
}

/**
 * Adds the request id and the trace to a call, unless the service has set these headers itself.
 *
 * @param span the active span of OpenTelemetry: the call then belongs to its trace, as the lines do
 */
export function propagate(
  context: WorkContext,
  headers: CallHeaders,
  { lowerName }: IdHeader,
  span: SpanIds | undefined,
): void {
  if (!headers.has(lowerName)) headers.add(lowerName, context.requestId)
  if (headers.has('traceparent') || isTracedByOthers()) return
  const { trace } = context
  if (span !== undefined && span.traceId !== trace?.traceId) {
    headers.add('traceparent', traceparentOf(span))
    return
  }
  // A new trace begins with the call, so its parent id is that of the call already.
  headers.add('traceparent', trace === undefined ? newTrace(context.id).traceparent : childTraceparent(trace))
  const state = trace?.tracestate
  if (state !== undefined && !headers.has('tracestate')) headers.add('tracestate', state)
}

// The key under which @opentelemetry/api 1 keeps what was registered.
const registered = Symbol.for('opentelemetry.js.api.1')

/**
 * True if OpenTelemetry has a propagator: its instrumentations set `traceparent` on calls to their own spans. undici
 * repeats a header that is added twice, and it is chance whether Spoor or OpenTelemetry is called first.
 */
function isTracedByOthers(): boolean {
  return (globalThis as { [registered]?: { propagation?: unknown } })[registered]?.propagation !== undefined
}
