import type { SpanIds } from '../../../context/active-span.js'
import type { RequestContext } from '../../../context/request-context.js'
import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Formatter } from '../../entry.js'
import { type Level, levels } from '../../levels.js'
import { type Dialect, dialectFormat, type Members } from './dialect.js'
import { isErrorValue, isObject, isRequestLine, originalName, own, withNames, withoutNames } from './fields.js'
import { idMembers, rememberedPrefix } from './prefix.js'
import { nanoseconds, type RequestFacts } from './request-facts.js'
import { datadogNames, isReservedByDatadog } from './reserved-names.js'

/*
 * Datadog's reserved and standard attributes: https://docs.datadoghq.com/standard-attributes/?product=log. Its status
 * remapper reads the level by its first letters, so `fatal` is shown as emergency, and `trace` as debug:
 * https://docs.datadoghq.com/logs/log_configuration/processors/#log-status-remapper.
 */
/** The standard attributes of a request line. */
const ofRequests = ['http', 'usr', 'network', 'duration']

const errorNames = { type: 'kind' }

const dialect: Dialect = {
  timeStart: '{"timestamp":"',
  levelMember: Object.fromEntries(levels.map((level) => [level, `","status":"${level}",`])) as Record<Level, string>,
  messageAt: 'end',
  prefix: rememberedPrefix(
    '"logger":{"name":',
    (context, span) => `}${traceMembers(context, span)}${idMembers(context)}`,
  ),
  nameStart: `(?:${[...datadogNames].join('|')})(?=[_."])`,
  isReserved: (name, isRequest) =>
    isReservedByDatadog(name) || (isRequest && ofRequests.some((group) => isBelow(group, name))),
  fits: (name, value) => (name === 'service' ? typeof value === 'string' : name === 'error' && isErrorValue(value)),
  moved: new Set(['method', 'path', 'status', 'user', 'remoteAddress', 'userAgent']),
  request,
  error: (error) => ({ error: withNames(error, errorNames) }),
  read,
}

function isBelow(group: string, name: string): boolean {
  return name === group || name.startsWith(`${group}.`)
}

/**
 * The trace id, also as the number of its last 64 bits, and the span id: every version of Datadog's libraries and of its intake knows it
 * (https://docs.datadoghq.com/tracing/guide/span_and_trace_id_format/).
 */
function traceMembers(context: RequestContext | undefined, span: SpanIds | undefined): string {
  const traceId = span?.traceId ?? context?.trace?.traceId
  if (traceId === undefined) return ''
  const number = `"trace_id":"${BigInt(`0x${traceId.slice(16)}`)}"`
  if (span === undefined) return `,"dd":{${number}},"traceId":"${traceId}"`
  const { spanId } = span
  return `,"dd":{${number},"span_id":"${BigInt(`0x${spanId}`)}"},"traceId":"${traceId}","spanId":"${spanId}"`
}

function request(facts: RequestFacts): string {
  const { method, path, status, userAgent, user, remoteAddress, durationMs, readBytes, writtenBytes } = facts
  const http =
    (method === undefined ? '' : `,"method":${method}`) +
    (path === undefined ? '' : `,"url":${path}`) +
    (status === undefined ? '' : `,"status_code":${status}`) +
    (userAgent === undefined ? '' : `,"useragent":${userAgent}`)
  const network =
    (remoteAddress === undefined ? '' : `,"client":{"ip":${remoteAddress}}`) +
    (readBytes === undefined ? '' : `,"bytes_read":${readBytes},"bytes_written":${writtenBytes}`)
  const members =
    (http === '' ? '' : `,"http":{${http.slice(1)}}`) +
    (user === undefined ? '' : `,"usr":{"id":${user}}`) +
    (network === '' ? '' : `,"network":{${network.slice(1)}}`) +
    (durationMs === undefined ? '' : `,"duration":${nanoseconds(durationMs)}`)
  return members.slice(1)
}

function read(line: Members): Record<string, unknown> {
  const { timestamp: time, status: level, logger: named, dd: _, ...rest } = line
  const logger = isObject(named) ? own(named, 'name') : undefined
  return { ...Object.fromEntries(fieldsOf(rest, isRequestLine(logger))), time, level, logger }
}

function* fieldsOf(members: Members, isRequest: boolean): Iterable<[string, SafeValue]> {
  for (const [name, value] of Object.entries(members)) {
    if (isRequest && ofRequests.includes(name)) yield* requestFields(name, value)
    else if (name === 'error' && isObject(value)) yield [name, withoutNames(value, errorNames)]
    else yield [originalName(dialect, name, isRequest), value]
  }
}

function* requestFields(group: string, value: SafeValue): Iterable<[string, SafeValue]> {
  for (const [field, [of, ...path]] of places) {
    if (of !== group) continue
    const found = path.reduce<SafeValue | undefined>(
      (held, name) => (isObject(held) ? own(held, name) : undefined),
      value,
    )
    if (found !== undefined) yield [field, found]
  }
}

const places: readonly (readonly [field: string, path: readonly string[]])[] = [
  ['method', ['http', 'method']],
  ['path', ['http', 'url']],
  ['status', ['http', 'status_code']],
  ['userAgent', ['http', 'useragent']],
  ['user', ['usr', 'id']],
  ['remoteAddress', ['network', 'client', 'ip']],
]

/** Lines for Datadog. */
export const datadog: Formatter = dialectFormat(dialect)

/** Reads lines for Datadog. */
export const readDatadog: Dialect['read'] = read
