import type { SpanIds } from '../../../context/active-span.js'
import type { RequestContext } from '../../../context/request-context.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Formatter } from '../../entry.js'
import type { Level } from '../../levels.js'
import { type Dialect, dialectFormat, type Members } from './dialect.js'
import { isErrorValue, isObject, originalName, own } from './fields.js'
import { idMembers, rememberedPrefix } from './prefix.js'
import type { RequestFacts } from './request-facts.js'
import { gcpPrefix, isReservedByGcp } from './reserved-names.js'

/*
 * Google Cloud Logging reads these members of a line of JSON on standard output, and moves them out of `jsonPayload`:
 * https://cloud.google.com/logging/docs/structured-logging#special-payload-fields.
 * Error Reporting reads `stack_trace` and `@type`: https://cloud.google.com/error-reporting/docs/formatting-error-messages.
 */
const labels = `${gcpPrefix}labels`
const trace = `${gcpPrefix}trace`
const errorEvent = 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'

// Names of LogSeverity. No severity is below DEBUG, so a line of level `trace` also has the member `level`.
const severities: Readonly<Record<Level, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}
const levelOf = new Map(Object.entries(severities).map(([level, severity]) => [severity, level]))

const nothing: ReadonlySet<string> = new Set()

/** @param project the project of the traces. If undefined, lines have the trace id without a project */
export function gcpDialect(project: string | undefined): Dialect {
  const traceStart = project === undefined ? '' : `projects/${project}/traces/`
  return {
    timeStart: '{"time":"',
    levelMember: Object.fromEntries(
      Object.entries(severities).map(([level, severity]) => [
        level,
        `","severity":"${severity}",${level === 'trace' ? '"level":"trace",' : ''}`,
      ]),
    ) as Record<Level, string>,
    messageAt: 'end',
    prefix: rememberedPrefix(
      `"${labels}":{"logger":`,
      (context, span) => `${idMembers(context)}${spanLabel(span)}}${traceMembers(context, span, traceStart)}`,
    ),
    nameStart: 'severity|httpRequest|stack_trace|@type|timestamp|logging\\.googleapis\\.com/|error',
    isReserved: isReservedByGcp,
    fits: () => false,
    moved: nothing,
    request: httpRequest,
    error: ({ stack, ...error }, level) => ({
      ...(level === 'error' || level === 'fatal' ? { '@type': errorEvent } : {}),
      ...(stack === undefined ? {} : { stack_trace: stack }),
      error,
    }),
    read,
  }
}

/** Tells a reader of the line that the span is one of the service, and not of its caller. */
function spanLabel(span: SpanIds | undefined): string {
  return span === undefined ? '' : `,"spanId":"${span.spanId}"`
}

function traceMembers(context: RequestContext | undefined, span: SpanIds | undefined, traceStart: string): string {
  if (span !== undefined) {
    const sampled = span.isSampled ? `,"${gcpPrefix}trace_sampled":true` : ''
    return `,"${trace}":${JSON.stringify(traceStart + span.traceId)},"${gcpPrefix}spanId":"${span.spanId}"${sampled}`
  }
  if (context?.trace === undefined) return ''
  const { traceId, traceparent } = context.trace
  const name = `,"${trace}":${JSON.stringify(traceStart + traceId)}`
  // The span of the caller, if a tracing system records it: 00-<trace>-<span>-<flags>.
  const isSampled = (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1
  return isSampled
    ? `${name},"${gcpPrefix}spanId":"${traceparent.slice(36, 52)}","${gcpPrefix}trace_sampled":true`
    : name
}

const maxLatencyMs = 1e12

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest. Sizes are int64, so JSON has them as text. */
function httpRequest(facts: RequestFacts): string {
  const { method, path, status, userAgent, remoteAddress, durationMs, readBytes, writtenBytes } = facts
  // Without a method the line is one of a job, or of bytes that were not a request.
  if (method === undefined) return ''
  const ms = Number(durationMs)
  const members =
    (path === undefined ? '' : `,"requestUrl":${path}`) +
    (status === undefined ? '' : `,"status":${status}`) +
    (readBytes === undefined ? '' : `,"requestSize":"${readBytes}","responseSize":"${writtenBytes}"`) +
    (userAgent === undefined ? '' : `,"userAgent":${userAgent}`) +
    (remoteAddress === undefined ? '' : `,"remoteIp":${remoteAddress}`) +
    (ms >= 0 && ms < maxLatencyMs ? `,"latency":"${Number((ms / 1_000).toFixed(6))}s"` : '')
  return `"httpRequest":{"requestMethod":${method}${members}}`
}

function read(line: Members): Record<string, unknown> {
  const { severity, [labels]: given, [trace]: traceName, httpRequest, '@type': _, stack_trace: stack, ...rest } = line
  const context = isObject(given) ? given : {}
  const fields: [string, SafeValue][] = []
  for (const [name, value] of Object.entries(rest)) {
    if (name === `${gcpPrefix}spanId` || name === `${gcpPrefix}trace_sampled`) continue
    const isOwnError = name === 'error' && isErrorValue(value) && typeof stack === 'string'
    const known = isOwnError ? { ...(value as Members), stack } : value
    fields.push([originalName(reader, name, false), known])
  }
  return {
    ...Object.fromEntries(fields),
    level: own(rest, 'level') ?? levelOf.get(String(severity)),
    logger: own(context, 'logger'),
    requestId: own(context, 'requestId'),
    parentId: own(context, 'parentId'),
    traceId: typeof traceName === 'string' ? traceName.slice(traceName.lastIndexOf('/') + 1) : undefined,
    spanId: own(context, 'spanId'),
    account: own(context, 'account'),
  }
}

const reader = gcpDialect(undefined)

/** The project of the process, as Google's own libraries find it. */
function projectOf({ GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT, GCP_PROJECT }: NodeJS.ProcessEnv): string | undefined {
  const project = GOOGLE_CLOUD_PROJECT || GCLOUD_PROJECT || GCP_PROJECT
  return project !== undefined && /^[\w:.-]{1,100}$/.test(project) ? project : undefined
}

/** Lines for Google Cloud Logging. */
export const gcp: Formatter = dialectFormat(gcpDialect(projectOf(process.env)))

/** Reads lines for Google Cloud Logging. */
export const readGcp: Dialect['read'] = read
