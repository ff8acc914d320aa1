import { duration } from '../safe-values/duration.js'
import type { OutgoingSum } from './outgoing-sum.js'
import type { RequestRecord } from './request-record.js'

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
