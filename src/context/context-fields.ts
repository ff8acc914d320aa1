import { spanOf } from './active-span.js'
import { isContextUnknown, knownContext, wroteUnknown } from './known-context.js'

/** The ids and the account of a request, by the names of Spoor's lines. A value that the request does not have is absent. */
export interface ContextFields {
  requestId?: string
  /** The request id of the request that queued this job or opened this scope. */
  parentId?: string
  traceId?: string
  /** The active span of OpenTelemetry, after `withOpenTelemetry`. */
  spanId?: string
  account?: string
  /** True where code runs in the context of another request, and its own is not known. */
  contextUnknown?: true
}

/**
 * Returns the ids and the account of the current request, job or scope, for the lines of another logger. Outside a request, the
 * object is empty, unless a span of OpenTelemetry is active. Each call returns a new object, because pino's mixin and winston's formats change the object. Never throws.
 *
 * @example
 * const pinoLogger = pino({ mixin: contextFields })
 * const winstonFormat = winston.format((info) => Object.assign(info, contextFields()))
 */
export function contextFields(): ContextFields {
  const context = knownContext()
  if (context === undefined && isContextUnknown()) return unknown()
  const span = spanOf(context)
  const spanIds = span && { traceId: span.traceId, spanId: span.spanId }
  if (context === undefined) return spanIds ?? {}
  const { requestId, parentId, trace, account } = context
  const fields: ContextFields = { requestId }
  if (parentId !== undefined) fields.parentId = parentId
  if (spanIds !== undefined) Object.assign(fields, spanIds)
  else if (trace !== undefined) fields.traceId = trace.traceId
  if (account !== undefined) fields.account = account
  return fields
}

function unknown(): ContextFields {
  wroteUnknown()
  return { contextUnknown: true }
}
