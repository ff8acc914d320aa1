import type { SafeValue } from '../../../safe-values/safe-value.js'
import type { Formatter } from '../../entry.js'
import { type Level, levels } from '../../levels.js'
import { type Dialect, dialectFormat, type Members } from './dialect.js'
import { isErrorValue, isObject, isRequestLine, originalName, own, withNames, withoutNames } from './fields.js'
import { idMembers, rememberedPrefix } from './prefix.js'
import { nanoseconds, type RequestFacts } from './request-facts.js'
import { ecsFieldSets, ecsOwned, isReservedByEcs } from './reserved-names.js'

/*
 * The Elastic Common Schema (https://www.elastic.co/docs/reference/ecs/ecs-field-reference) as loggers write it
 * (https://github.com/elastic/ecs-logging/blob/main/spec/spec.json): names with dots, and the message third.
 */
const version = '8.11.0'

/** The names in the schema for the fields of a request line. */
const places: Readonly<Record<string, string>> = {
  method: 'http.request.method',
  path: 'url.path',
  status: 'http.response.status_code',
  user: 'user.id',
  remoteAddress: 'client.ip',
  userAgent: 'user_agent.original',
  service: 'service.name',
  version: 'service.version',
  pid: 'process.pid',
}
const derived: readonly string[] = ['event.duration', 'http.request.bytes', 'http.response.bytes']
const ofRequests: ReadonlySet<string> = new Set([...Object.values(places), ...derived])

const errorNames = { stack: 'stack_trace' }

const dialect: Dialect = {
  timeStart: '{"@timestamp":"',
  levelMember: Object.fromEntries(levels.map((level) => [level, `","log.level":"${level}",`])) as Record<Level, string>,
  messageAt: 'start',
  prefix: rememberedPrefix(`"ecs.version":"${version}","log.logger":`, (context, span) => {
    const ids = idMembers(context)
    const traceId = span?.traceId ?? context?.trace?.traceId
    const trace =
      (traceId === undefined ? '' : `,"trace.id":"${traceId}"`) +
      (span === undefined ? '' : `,"span.id":"${span.spanId}"`)
    return ids === '' ? trace : `${trace},"labels":{${ids.slice(1)}}`
  }),
  nameStart: `@timestamp|(?:${[...ecsOwned, ...ecsFieldSets].join('|')})(?=[_."])`,
  isReserved: (name, isRequest) => isReservedByEcs(name) || (isRequest && ofRequests.has(name)),
  // Elasticsearch refuses a document that has a text where the schema has an object.
  fits: (name, value) => ecsFieldSets.has(name) && (name === 'error' ? isErrorValue(value) : isObject(value)),
  moved: new Set(Object.keys(places)),
  request,
  error: (error) => ({ error: withNames(error, errorNames) }),
  read,
}

// Member by member: a loop over `places` takes longer than all else in the line of a plain request.
function request(facts: RequestFacts): string {
  const { durationMs, readBytes, writtenBytes } = facts
  const members =
    member('http.request.method', facts.method) +
    member('url.path', facts.path) +
    member('http.response.status_code', facts.status) +
    member('user.id', facts.user) +
    member('client.ip', facts.remoteAddress) +
    member('user_agent.original', facts.userAgent) +
    member('service.name', facts.service) +
    member('service.version', facts.version) +
    member('process.pid', facts.pid) +
    member('http.request.bytes', readBytes) +
    member('http.response.bytes', writtenBytes)
  return (durationMs === undefined ? members : `${members},"event.duration":${nanoseconds(durationMs)}`).slice(1)
}

function member(name: string, json: string | undefined): string {
  return json === undefined ? '' : `,"${name}":${json}`
}

function read(line: Members): Record<string, unknown> {
  const {
    '@timestamp': time,
    'log.level': level,
    'log.logger': logger,
    'trace.id': traceId,
    'span.id': spanId,
    'ecs.version': _,
    labels,
    ...rest
  } = line
  const context = isObject(labels) ? labels : {}
  return {
    ...Object.fromEntries(fieldsOf(rest, isRequestLine(logger))),
    time,
    level,
    logger,
    requestId: own(context, 'requestId'),
    parentId: own(context, 'parentId'),
    traceId,
    spanId,
    account: own(context, 'account'),
  }
}

const fieldAt = new Map(Object.entries(places).map(([field, place]) => [place, field]))

function* fieldsOf(members: Members, isRequest: boolean): Iterable<[string, SafeValue]> {
  for (const [name, value] of Object.entries(members)) {
    const field = isRequest ? fieldAt.get(name) : undefined
    if (field !== undefined) yield [field, value]
    else if (name === 'error' && isObject(value)) yield [name, withoutNames(value, errorNames)]
    else if (!isRequest || !derived.includes(name)) yield [originalName(dialect, name, isRequest), value]
  }
}

/** Lines for Elasticsearch, in the Elastic Common Schema. */
export const ecs: Formatter = dialectFormat(dialect)

/** Reads lines for Elasticsearch. */
export const readEcs: Dialect['read'] = read
