import type { RequestRecord } from './request-record.js'

/** The fields and the message of the line a record leaves in the logger `requests`. */
export function requestLine(record: RequestRecord): { fields: object; message: string } {
  // Who it was for stands on every line already: the formatter takes it from the context.
  const { requestId: _id, parentId: _parent, account: _account, kind, ...rest } = record
  return { fields: { kind, ...rest }, message: messageOf(record) }
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
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}
