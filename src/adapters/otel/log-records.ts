import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import type { SpanIds } from '../../context/active-span.js'
import type { RequestContext } from '../../context/request-context.js'
import { runDetached } from '../../context/storage.js'
import type { Entry } from '../../logging/entry.js'
import { withoutClashes } from '../../logging/field-names.js'
import type { Level } from '../../logging/levels.js'
import type { SafeValue } from '../../safe-values/safe-value.js'
import { asSdk, isExporting } from './spans.js'

/** The part of OpenTelemetry's interface for logs that is used. */
interface LoggerProvider {
  getLogger(name: string): { emit(record: object): void }
}

type OtelLogger = ReturnType<LoggerProvider['getLogger']>

/*
 * Where the registered provider is: version 1.10 of @opentelemetry/api has the logs, as SDKs from 3.0 on register them. Before, they
 * were in @opentelemetry/api-logs, which keeps it for every version that understands version 1 of its interface. Taking it from
 * there needs no package: its API has no members beyond this one that a line needs (docs/decisions/0155).
 */
const registered = Symbol.for('opentelemetry.js.api.1')
const registeredEarlier = Symbol.for('io.opentelemetry.js.api.logs')
const interfaceVersion = 1

interface Registered {
  readonly [registered]?: { readonly logs?: LoggerProvider }
  readonly [registeredEarlier]?: (version: number) => LoggerProvider | undefined
}

function registeredProvider(): LoggerProvider | undefined {
  const { [registered]: api, [registeredEarlier]: earlier } = globalThis as Registered
  return api?.logs ?? earlier?.(interfaceVersion)
}

// https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
const severities: Readonly<Record<Level, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }

/** Emits a log record for every line. Never throws. */
export class LogRecords {
  readonly #onFault: (error: unknown) => void
  #provider: LoggerProvider | undefined
  readonly #loggers = new Map<string, OtelLogger>()
  #isEmitting = false

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault
  }

  readonly emit = (entry: Entry, context: RequestContext | undefined, span?: SpanIds | undefined): void => {
    // What the SDK logs while it takes or exports records would make further records without end.
    if (this.#isEmitting || isExporting()) return
    this.#isEmitting = true
    try {
      // An export has the records of many requests, so it belongs to none.
      runDetached(() => asSdk(() => this.#emit(entry, context, span)))
    } catch (error) {
      this.#onFault(error)
    } finally {
      this.#isEmitting = false
    }
  }

  #emit(entry: Entry, context: RequestContext | undefined, span: SpanIds | undefined): void {
    this.#loggerOf(entry.logger)?.emit({
      timestamp: timeOf(entry.time),
      severityNumber: severities[entry.level],
      severityText: entry.level.toUpperCase(),
      body: entry.message,
      attributes: attributesOf(entry, context),
      context: spanContext(context, span),
    })
  }

  /** The logger of the registered provider; undefined without one. */
  #loggerOf(name: string): OtelLogger | undefined {
    const provider = registeredProvider()
    if (provider !== this.#provider) this.#loggers.clear()
    this.#provider = provider
    const logger = this.#loggers.get(name) ?? provider?.getLogger(name)
    if (logger !== undefined) this.#loggers.set(name, logger)
    return logger
  }
}

/** Ms since the epoch as seconds and nanoseconds: a number could mean `performance.now()`. */
function timeOf(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}

/** The members of the line, by their names there. An error is told by OpenTelemetry's names. */
function attributesOf(entry: Entry, context: RequestContext | undefined): Record<string, SafeValue> {
  const { error, ...fields } = withoutClashes(entry.fields)
  const attributes: Record<string, SafeValue> = {}
  if (context !== undefined) {
    attributes['requestId'] = context.requestId
    if (context.parentId !== undefined) attributes['parentId'] = context.parentId
    if (context.account !== undefined) attributes['account'] = context.account
  }
  return { ...attributes, ...fields, ...(error === undefined ? undefined : exceptionOf(error)) }
}

// https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/
function exceptionOf(error: SafeValue): Record<string, SafeValue> {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return { error }
  const { type, message, stack, ...rest } = error as Record<string, SafeValue>
  const named = { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack }
  const members = Object.entries(named).filter((member): member is [string, string] => typeof member[1] === 'string')
  return { ...Object.fromEntries(members), ...(Object.keys(rest).length === 0 ? undefined : { error: rest }) }
}

/** The context of a record: nothing but the span of its line. */
function spanContext(context: RequestContext | undefined, span: SpanIds | undefined): Context {
  const ids = span ?? callersSpan(context)
  if (ids === undefined) return ROOT_CONTEXT
  const { traceId, spanId, isSampled } = ids
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags })
}

/** The span in `traceparent`: without an active span, the trace id of the line comes from there. */
function callersSpan(context: RequestContext | undefined): SpanIds | undefined {
  if (context?.trace === undefined) return undefined
  const { traceId, traceparent } = context.trace
  const isSampled = (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1
  return { traceId, spanId: traceparent.slice(36, 52), isSampled }
}
