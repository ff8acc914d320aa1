import { oncePerProcess } from '../process/once.js'
import type { RequestContext, WorkContext } from './request-context.js'

/** A span of a tracing system. Ids are hexadecimal digits: 32 of the trace, 16 of the span. */
export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
  readonly isSampled: boolean
}

/** Knows the spans of a tracing system. Neither function throws. */
export interface SpanSource {
  /** The span of the code that runs now. */
  active(): SpanIds | undefined
  /** The span of the request whose code runs now: the outermost one, if the tracing system knows it. */
  outermost(): SpanIds | undefined
}

interface Shared {
  /** Undefined unless a tracing system is connected: then no line, call or query asks for a span. */
  source: SpanSource | undefined
  users: number
  /** Stands for the active span while Spoor writes a line about a call or query. */
  about: { readonly span: SpanIds | undefined } | undefined
  /** The outermost spans of requests and jobs. */
  readonly noted: WeakMap<RequestContext, SpanIds>
}

// Lines of one copy of the package have the spans that another copy knows.
const shared: Shared = oncePerProcess('spans.1', () => ({
  source: undefined,
  users: 0,
  about: undefined,
  noted: new WeakMap(),
}))

/** Connects a tracing system. The first one is asked. @returns a function that disconnects it; the last call removes the source */
export function connectSpans(source: SpanSource): () => void {
  shared.source ??= source
  shared.users++
  let isConnected = true
  return () => {
    if (!isConnected) return
    isConnected = false
    if (--shared.users === 0) shared.source = undefined
  }
}

/**
 * The span of the code that runs now in `context`; without an active span, that of its request or job. Undefined if no tracing
 * system is connected.
 */
export function spanOf(context: RequestContext | undefined): SpanIds | undefined {
  const { source, about } = shared
  if (source === undefined) return undefined
  return about === undefined ? (source.active() ?? notedSpan(context)) : about.span
}

/** The span of a line. Request lines have that of their request: Spoor writes them where any other span may be active. */
export function spanOfLine(logger: string, context: RequestContext | undefined): SpanIds | undefined {
  if (shared.source === undefined) return undefined
  return logger === 'requests' ? notedSpan(context) : spanOf(context)
}

/** Notes the span of a request or job, if none was noted before. Call it where the code of the service runs. */
export function noteSpan(context: WorkContext): void {
  const { source, noted } = shared
  if (source === undefined || noted.has(context)) return
  // A job that a request runs in its own process is inside the outermost span of that request.
  const span = context.kind === 'job' ? source.active() : source.outermost()
  if (span !== undefined) noted.set(context, span)
}

/**
 * Runs `fn`, which writes a line about a call or query with the span that was active when it began. It ends where any other span
 * may be active: clients share connections.
 */
export function aboutSpan<T>(span: SpanIds | undefined, fn: () => T): T {
  if (shared.source === undefined) return fn()
  const { about } = shared
  shared.about = { span }
  try {
    return fn()
  } finally {
    shared.about = about
  }
}

/** A span as `traceparent` (https://www.w3.org/TR/trace-context/). */
export function traceparentOf({ traceId, spanId, isSampled }: SpanIds): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

function notedSpan(context: RequestContext | undefined): SpanIds | undefined {
  if (context === undefined) return undefined
  const { noted } = shared
  return noted.get(context) ?? (context.within && noted.get(context.within))
}
