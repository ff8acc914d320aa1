import { levels } from '../../logging/levels.js'
import { escapeJson } from '../../safe-values/escape.js'
import { jsonNames, severities, wholeLine } from './line-mapping.js'

/** A row of `otel_logs`, as `lineColumns` selects it. */
export interface LineRow {
  /** Milliseconds since the epoch. */
  readonly time: number | string
  readonly severity: number
  readonly logger: string
  readonly service: string
  readonly message: string
  readonly traceId: string
  /** The names of the attributes, in their order. */
  readonly names: readonly string[]
  readonly values: readonly string[]
}

/** The columns of a SELECT from `otel_logs` whose rows `lineOfRow` takes. As two lists, because JSON.parse would change the order of a map. */
export const lineColumns: string = [
  'toUnixTimestamp64Milli(Timestamp) AS time',
  'SeverityNumber AS severity',
  'ScopeName AS logger',
  'ServiceName AS service',
  'Body AS message',
  'TraceId AS traceId',
  'mapKeys(LogAttributes) AS names',
  'mapValues(LogAttributes) AS values',
].join(', ')

const ofLines = new Set(['time', 'level', 'logger', 'message', 'traceId'])
const beforeTrace = new Set(['requestId', 'parentId'])

/**
 * The line of a row, in the format `json`, without a newline. The line of a row that Spoor wrote is the same text as in a file. Rows of
 * other programs become lines with their attributes as texts.
 */
export function lineOfRow(row: LineRow): string {
  const whole = row.names.indexOf(wholeLine)
  if (whole >= 0) return row.values[whole] as string
  const level = levelOf(row.severity)
  const start = `{"time":"${timeOf(row.time)}","level":"${level}","logger":${text(row.logger || row.service)}`
  return escapeJson(`${start}${membersOf(row)},"message":${text(row.message)}}`)
}

/** The members between logger and message, each with a comma before it. */
function membersOf({ names, values, traceId }: LineRow): string {
  const json = jsonNamesOf(names, values)
  let members = ''
  let trace = traceId === '' ? '' : `,"traceId":${text(traceId)}`
  for (const [at, name] of names.entries()) {
    if (name === jsonNames) continue
    if (!beforeTrace.has(name)) {
      members += trace
      trace = ''
    }
    const value = values[at] as string
    members += `,${text(ofLines.has(name) ? `${name}_` : name)}:${json.has(name) ? canonical(value) : text(value)}`
  }
  return members + trace
}

function jsonNamesOf(names: readonly string[], values: readonly string[]): ReadonlySet<string> {
  const at = names.indexOf(jsonNames)
  if (at < 0) return new Set()
  const parsed = parsedOr(values[at] as string, [])
  return new Set(Array.isArray(parsed) ? parsed.filter((name) => typeof name === 'string') : [])
}

// ClickHouse writes numbers and escapes its own way.
function canonical(json: string): string {
  return JSON.stringify(parsedOr(json, json))
}

function parsedOr(json: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return otherwise
  }
}

function text(value: string): string {
  return JSON.stringify(value)
}

function timeOf(time: number | string): string {
  const date = new Date(Number(time))
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

/** The level of a severity: each level has four numbers. Rows without one are information. */
function levelOf(severity: number): string {
  const at = severities.findLastIndex((first) => first <= severity)
  return levels[at] ?? 'info'
}
