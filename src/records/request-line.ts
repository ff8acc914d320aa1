import type { RequestContext } from '../context/request-context.js'
import { duration } from '../safe-values/duration.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { LateFigures } from '../usage/figures.js'
import type { CallList, CallSum } from '../work/calls.js'
import type { RequestRecord } from './record.js'

// Who it was for stands on every line already: the formatter takes it from the context.
const onEveryLine = new Set(['kind', 'requestId', 'parentId', 'account'])

/**
 * The fields and the message of the line a record leaves in the logger `requests`.
 *
 * @param outgoing the sum of its calls
 */
export function requestLine(record: RequestRecord, outgoing?: OutgoingSum): { fields: object; message: string } {
  const fields: Record<string, unknown> = { kind: record.kind }
  for (const name in record) {
    const value = record[name as keyof RequestRecord]
    if (value === undefined || onEveryLine.has(name)) continue
    // Last of all is the error, which may be long.
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

/** Less is not worth a line: what listens to the end of a response takes some 0.1 ms of almost every request. */
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

/** The line that says what a request or job used after its end; undefined if that is next to nothing. */
export function lateLine(
  { id, kind }: RequestContext,
  what: string,
  late: LateFigures,
): { fields: object; message: string } | undefined {
  if (late.cpuMs < minLateMs && (late.gcMs ?? 0) < minLateMs) return undefined
  return { fields: { kind: 'late', id, of: kind, late }, message: `${what} late ${duration(late.cpuMs)} CPU` }
}

/** The calls of a request or job, as its line sums them up. */
export interface OutgoingSum extends CallSum {
  /** Calls of which only the beginning is known (HTTP/2 clients, connections that left HTTP). */
  readonly unknown?: number | undefined
  /** The first 20 hosts. */
  readonly byHost: Readonly<Record<string, CallSum>>
}

/**
 * Sums calls up: how many, and in how many ms at least one was open. Those that are open still count until now.
 *
 * @returns undefined where there were none
 */
export function outgoingSum(list: CallList | undefined): OutgoingSum | undefined {
  if (list === undefined) return undefined
  const now = performance.now()
  const byHost = Object.entries(list.byHost(now)).map(([host, sum]) => [host, rounded(sum)] as const)
  return { ...rounded(list.sum(now)), unknown: list.unknown || undefined, byHost: Object.fromEntries(byHost) }
}

function rounded({ calls, ms }: CallSum): CallSum {
  return { calls, ms: roundedMs(ms) }
}
