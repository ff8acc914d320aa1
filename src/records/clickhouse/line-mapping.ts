import { levels } from '../../logging/levels.js'
import { quoted } from './sql-text.js'

/*
 * How a line of the format `json` becomes a row of `otel_logs`. The server does it, in a materialised view: the service sends its lines
 * as they are, so that a line costs it no more than one for a file. line-row.ts is the way back.
 */

/** Severities of OpenTelemetry's logs data model: TRACE 1, DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21. */
export const severities: readonly number[] = levels.map((_, at) => 1 + 4 * at)

/** The attribute with the names of those attributes that are JSON and not text, as a JSON list. */
export const jsonNames = 'spoor.json'
/** The attribute with the whole line, where its members cannot be told apart without loss. */
export const wholeLine = 'spoor.line'
/** The values of the fields that a service added to a request line, as JSON. The table has an index of this expression. */
export const addedValues = "tupleElement(JSONExtractKeysAndValuesRaw(LogAttributes['fields']), 2)"
/** The resource attribute that names the batch in which a line was sent. */
const batchName = 'spoor.batch'

// The first members of every line, in their order. Ids have no escapes; logger and account may.
const text = '"((?:[^"\\\\]|\\\\.)*)"'
const plain = '"([^"\\\\]*)"'
const start = `^\\{"time":${plain},"level":${plain},"logger":${text}(?:,"requestId":${plain})?(?:,"parentId":${plain})?(?:,"traceId":${plain})?(?:,"account":${text})?`
const end = `"message":${text}\\}$`
// Years that DateTime64(9) has.
const time = '^"(19[7-9]\\d|2[01]\\d\\d)-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"$'

const list = (values: readonly (string | number)[]): string =>
  `[${values.map((value) => (typeof value === 'string' ? quoted(value) : value)).join(', ')}]`
const unescaped = (json: string): string => `JSONExtractString(concat('"', ${json}, '"'))`

/**
 * The SELECT that maps batches of lines to rows.
 *
 * `members` are the line's members with their values as JSON. Where they can be read, each attribute is a text as it is, or JSON.
 * Otherwise (a number above 2^64, half of a surrogate pair, a name twice) the row keeps the whole line, and the members at its
 * beginning, which decide who may read it, are taken from its text.
 */
export function mappedLines(from: string): string {
  const isUsual = [
    'length(names) > 3',
    "names[1] = 'time' AND names[2] = 'level' AND names[3] = 'logger' AND names[-1] = 'message'",
    'length(arrayDistinct(names)) = length(names)',
    `NOT hasAny(names, ${list([jsonNames, wholeLine])})`,
    `match(members[1].2, ${quoted(time)})`,
    `has(${list(levels.map((level) => `"${level}"`))}, members[2].2)`,
    'length(members[3].2) > 2',
  ].join(' AND ')
  const attribute = "x -> NOT has(['time', 'level', 'logger', 'message', 'traceId'], x.1)"
  const isText = `startsWith(x.2, '"')`
  const pairs = [
    `arrayMap(x -> (x.1, if(${isText}, JSONExtractString(x.2), x.2)), attributes)`,
    `if(empty(json), [], [(${quoted(jsonNames)}, toJSONString(json))])`,
  ]
  const kept = [
    "if(first[4] = '', [], [('requestId', first[4])])",
    "if(first[5] = '', [], [('parentId', first[5])])",
    `if(first[7] = '', [], [('account', ${unescaped('first[7]')})])`,
    `[(${quoted(wholeLine)}, line)]`,
  ]
  const map = (of: readonly string[]): string =>
    `CAST(arrayConcat(${of.join(', ')}), 'Map(LowCardinality(String), String)')`
  const resource = `map('service.name', ServiceName, 'host.name', host, 'process.pid', pid, ${quoted(batchName)}, batch)`
  const service = "JSONExtractString(line, 'service')"
  // Lines have milliseconds. Their order within one is kept in the nanoseconds.
  const place = 'toIntervalNanosecond(least(place, 999999))'
  const head = (at: number): string => `if(isUsual, JSONExtractString(members[${at}].2), first[${at}])`
  return `SELECT
  ifNull(parseDateTime64BestEffortOrNull(${head(1)}, 9, 'UTC'), now64(9, 'UTC')) + ${place} AS Timestamp,
  if(isUsual, JSONExtractString(line, 'traceId'), first[6]) AS TraceId,
  JSONExtractString(line, 'spanId') AS SpanId,
  upper(${head(2)}) AS SeverityText,
  transform(lower(SeverityText), ${list(levels)}, ${list(severities)}, 0) AS SeverityNumber,
  multiIf(service != '', service, ${service} != '', ${service}, 'unknown_service:node') AS ServiceName,
  multiIf(isUsual, JSONExtractString(members[-1].2), ending != '', ${unescaped('ending')}, line) AS Body,
  ${resource} AS ResourceAttributes,
  if(isUsual, JSONExtractString(members[3].2), ${unescaped('first[3]')}) AS ScopeName,
  if(isUsual, ${map(pairs)}, ${map(kept)}) AS LogAttributes
FROM (
  SELECT
    *,
    if(isUsual, [], extractGroups(line, ${quoted(start)})) AS first,
    if(isUsual, '', extract(line, ${quoted(end)})) AS ending,
    if(isUsual, arrayFilter(${attribute}, members), []) AS attributes,
    arrayMap(x -> x.1, arrayFilter(x -> NOT ${isText}, attributes)) AS json
  FROM (
    SELECT
      *,
      JSONExtractKeysAndValuesRaw(line) AS members,
      members.1 AS names,
      ${isUsual} AS isUsual
    FROM (
      WITH splitByChar('\\n', lines) AS texts, arrayJoin(arrayZip(texts, range(length(texts)))) AS placed
      SELECT service, host, pid, batch, placed.1 AS line, placed.2 AS place FROM ${from}
    )
    WHERE line != ''
  )
)`
}
