import type { RequestRecord } from './request-record.js'

// Who it was for stands on every line already: the formatter takes it from the context.
const onEveryLine = new Set(['kind', 'requestId', 'parentId', 'account'])

/** The fields and the message of the line a record leaves in the logger `requests`. */
export function requestLine(record: RequestRecord): { fields: object; message: string } {
  const fields: Record<string, unknown> = { kind: record.kind }
  for (const name in record) {
    const value = record[name as keyof RequestRecord]
    if (value !== undefined && !onEveryLine.has(name)) fields[name] = value
  }
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

/** Three significant digits and a unit: `0.42 ms`, `8.4 ms`, `812 ms`, `2.41 s`. */
function duration(ms: number): string {
  return ms < 1_000 ? `${significant(ms)} ms` : `${significant(ms / 1_000)} s`
}

function significant(value: number): string {
  const steps = value >= 100 ? 1 : value >= 10 ? 10 : 100
  return String(Math.round(value * steps) / steps)
}
