import {
  type Context,
  context,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api'
import type { SpanIds, SpanSource } from '../../context/active-span.js'

// Keys of @opentelemetry/core. The API returns the same key for the same text, so the package itself is not needed.
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
const rpc = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')
const taking = createContextKey('The SDK takes a log record of Spoor')
const takingContext = ROOT_CONTEXT.setValue(taking, true)

/** The spans of OpenTelemetry's API, whichever SDK is registered. */
export const openTelemetrySpans: SpanSource = {
  active: () => harmless(() => idsOf(trace.getActiveSpan())),
  outermost: () => harmless(() => idsOf(serverSpan(context.active()) ?? trace.getActiveSpan())),
}

/** True in code of the SDK that takes or exports. Such code is neither followed nor logged, because it would export its own work. */
export function isExporting(): boolean {
  return (
    harmless(() => {
      const active = context.active()
      return active.getValue(suppressed) === true || active.getValue(taking) === true
    }) ?? false
  )
}

/**
 * Runs `fn` as code of the SDK, and what it starts: the timer that exports many records at once. The SDK tells its own logger of a
 * failed export after it has left the context in which it exports.
 */
export function asSdk(fn: () => void): void {
  context.with(takingContext, fn)
}

/** The span that the instrumentation of `node:http` makes for a request. Inner spans hide it from `getActiveSpan`. */
function serverSpan(active: Context): Span | undefined {
  const metadata = active.getValue(rpc) as { readonly span?: Span } | undefined
  return metadata?.span
}

// The lines of one span follow each other.
let last: { readonly span: Span | undefined; readonly ids: SpanIds | undefined } = { span: undefined, ids: undefined }

function idsOf(span: Span | undefined): SpanIds | undefined {
  if (span === undefined || last.span === span) return span && last.ids
  const { traceId, spanId, traceFlags } = span.spanContext()
  const isValid = isSpanContextValid({ traceId, spanId, traceFlags })
  const ids = isValid
    ? { traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase(), isSampled: (traceFlags & 1) === 1 }
    : undefined
  last = { span, ids }
  return ids
}

// A context manager or span of any origin must not make a line fail.
function harmless<T>(fn: () => T): T | undefined {
  try {
    return fn()
  } catch {
    return undefined
  }
}
