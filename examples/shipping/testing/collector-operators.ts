// What the collector's operators do to a line, as their reference pages say. Only the operators that our configuration uses: another one,
// or an expression that is not `attributes.x != nil`, is an error.
import { timeBy } from './layouts.js'
import type { Members } from './real-files.js'

export interface Operator {
  readonly type: string
  readonly if?: string
  readonly from?: string
  readonly to?: string
  readonly field?: string
  readonly parse_from?: string
  readonly timestamp?: { readonly parse_from: string; readonly layout_type: 'gotime'; readonly layout: string }
  readonly severity?: { readonly parse_from: string }
  readonly trace?: Readonly<Record<'trace_id' | 'span_id', { readonly parse_from: string }>>
}

export interface LogRecord {
  body: unknown
  attributes: Members
  timestamp?: Date | undefined
  severityText?: unknown
  severityNumber?: number | undefined
  scope?: unknown
  traceId?: string | undefined
  spanId?: string | undefined
}

/** The default preset of the severity parser. */
const severities: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }

export function recordOf(line: string, operators: readonly Operator[]): LogRecord {
  const record: LogRecord = { body: line, attributes: {} }
  for (const operator of operators) if (holds(operator.if, record)) run(operator, record)
  return record
}

function holds(expression: string | undefined, { attributes }: LogRecord): boolean {
  if (expression === undefined) return true
  const name = /^attributes\.(\w+) != nil$/.exec(expression)?.[1]
  if (name === undefined) throw new Error(`unknown expression: ${expression}`)
  return attributes[name] !== undefined && attributes[name] !== null
}

function run(operator: Operator, record: LogRecord): void {
  if (operator.type === 'json_parser') {
    parseJson(operator, record)
    return
  }
  const { attributes } = record
  const name = nameOf(operator.from ?? operator.field ?? operator.parse_from)
  if (!Object.hasOwn(attributes, name)) throw new Error(`${operator.type}: there is no attributes.${name}`)
  if (operator.type === 'scope_name_parser') record.scope = attributes[name]
  else {
    if (operator.type === 'move' && operator.to === 'body') record.body = attributes[name]
    else if (operator.type !== 'remove') throw new Error(`unknown operator: ${operator.type}`)
    delete attributes[name]
  }
}

function parseJson({ timestamp, severity, trace }: Operator, record: LogRecord): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(String(record.body))
  } catch {
    return // on_error: send_quiet
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return
  const attributes = { ...parsed } as Members
  record.attributes = attributes
  const valueAt = (field: { readonly parse_from: string } | undefined): unknown => attributes[nameOf(field?.parse_from)]
  if (timestamp) record.timestamp = timeBy(timestamp.layout, timestamp.layout_type, String(valueAt(timestamp)))
  record.severityText = valueAt(severity)
  record.severityNumber = severities[String(record.severityText)]
  record.traceId = hex(valueAt(trace?.trace_id), 32)
  record.spanId = hex(valueAt(trace?.span_id), 16)
}

function hex(value: unknown, length: number): string | undefined {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value) ? value : undefined
}

function nameOf(field = ''): string {
  const name = /^attributes\.(\w+)$/.exec(field)?.[1]
  if (name === undefined) throw new Error(`unknown field: ${field}`)
  return name
}
