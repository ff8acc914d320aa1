import type { RequestContext } from '../context/request-context.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { CallList } from '../work/calls.js'
import type { TimeSum } from '../work/open-time.js'
import type { RequestRecord } from './record.js'
import type { RecordedLate } from './record-parts.js'

// The formatter takes these from the context and writes them on every line.
const onEveryLine = new Set(['kind', 'requestId', 'parentId', 'account'])

/** The fields and the message of a record's line in the logger `requests`. @param outgoing the sum of its calls */
export function requestLine(record: RequestRecord, outgoing?: OutgoingSum): { fields: object; message: string } {
  const fields: Record<string, unknown> = { kind: record.kind }
  for (const name in record) {
    const value = record[name as keyof RequestRecord]
    if (value === undefined || onEveryLine.has(name) || !Object.hasOwn(record, name)) continue
    // The error comes last: it may be long.
    if (name === 'error' && outgoing !== undefined) fields['outgoing'] = outgoing
    fields[name] = value
  }
  if (outgoing !== undefined) fields['outgoing'] ??= outgoing
  return { fields, message: messageOf(record) }
}

function messageOf(record: RequestRecord): string {
  const what = record.kind === 'job' ? (record.name ?? 'job') : `${record.method ?? '-'} ${record.path ?? '-'}`
  return `${what} ${outcomeOf(record)} ${duration(record.durationMs)}`
}

function outcomeOf({ kind, status, aborted, upgraded, error }: RequestRecord): string {
  if (kind === 'job') return error === undefined ? 'done' : 'failed'
  if (upgraded) return 'upgraded'
  return [status, aborted && 'aborted'].filter(Boolean).join(' ')
}

/** Less gets no line: listeners to the end of a response take about 0.1 ms of almost every request. */
const minLateMs = 1

/** The line of an error that was thrown after the request's own line was written. */
export function lateErrorLine(
  { id, kind }: RequestContext,
  what: string,
  status: number,
  error: unknown,
): { fields: object; message: string } {
  return { fields: { kind: 'late', id, of: kind, status, error }, message: `${what} failed after its end` }
}

/** The late figures of its queries; undefined if it sent none after its end. */
export function lateQueries(sum: TimeSum | undefined): Pick<RecordedLate, 'queries' | 'queriesMs'> | undefined {
  return sum && { queries: sum.calls, queriesMs: roundedMs(sum.ms) }
}

/** The line about CPU used and queries sent after the end of a request or job; undefined below 1 ms and without queries. */
export function lateLine(
  { id, kind }: RequestContext,
  what: string,
  late: RecordedLate,
): { fields: object; message: string } | undefined {
  if (late.cpuMs < minLateMs && (late.gcMs ?? 0) < minLateMs && late.queries === undefined) return undefined
  return { fields: { kind: 'late', id, of: kind, late }, message: `${what} late ${duration(late.cpuMs)} CPU` }
}

/** The sum of the calls of a request or job, as its line has it. */
export interface OutgoingSum extends TimeSum {
  /** Calls whose end is unknown (HTTP/2 clients, connections that left HTTP). */
  readonly unknown?: number | undefined
  /** The first 20 hosts. */
  readonly byHost: Readonly<Record<string, TimeSum>>
}

/**
 * Sums up calls: how many, and for how many ms at least one was open. Open calls count until now.
 *
 * @returns undefined without calls
 */
export function outgoingSum(list: CallList | undefined): OutgoingSum | undefined {
  if (list === undefined) return undefined
  const now = performance.now()
  const byHost = Object.entries(list.byHost(now)).map(([host, sum]) => [host, rounded(sum)] as const)
  return { ...rounded(list.sum(now)), unknown: list.unknown || undefined, byHost: Object.fromEntries(byHost) }
}

function rounded({ calls, ms }: TimeSum): TimeSum {
  return { calls, ms: roundedMs(ms) }
}
