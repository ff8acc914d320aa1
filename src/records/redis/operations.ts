import type { StoredRecord } from '../record.js'
import { recordBytes } from '../record-bytes.js'
import { ownerKey } from './owner.js'

/** What becomes known of a record after its end. */
export type Later = Pick<StoredRecord, 'late' | 'error'>

/** A record to store, or what became known of one. */
export type Operation = { readonly record: StoredRecord } | { readonly id: string; readonly later: Later }

/** The parts of a record as Redis gives them: its JSON, late figures and a later error, each JSON or empty. */
export type Row = readonly [json: string, late: string, error: string]

const laterBytes = 200

/** About the bytes that an operation takes while it waits. */
export function bytesOf(operation: Operation): number {
  return 'record' in operation ? recordBytes(operation.record) : laterBytes
}

/** The arguments of an operation for the script that writes. */
export function argumentsOf(operation: Operation): readonly string[] {
  if ('record' in operation) {
    const { record } = operation
    const start = Date.parse(record.startedAt)
    const { id, requestId, account } = record
    const index = account === undefined ? '' : ownerKey(account)
    return ['put', id, requestId, record.accountSwitched ? '' : index, index, String(start), JSON.stringify(record)]
  }
  const { late, error } = operation.later
  return ['late', operation.id, jsonOf(late), jsonOf(error)]
}

/**
 * The record of a row. What came later stands above what the record had, but its first error stays.
 *
 * @throws SyntaxError or TypeError for what is no record
 */
export function recordOf([json, late, error]: Row): StoredRecord {
  const record = JSON.parse(json) as StoredRecord
  const { id, requestId, startedAt } = record
  if ([id, requestId].some((text) => typeof text !== 'string') || Number.isNaN(Date.parse(startedAt)))
    throw new TypeError('not a record')
  const isFailed = record.error !== undefined || error === ''
  return {
    ...record,
    ...(late === '' ? {} : { late: JSON.parse(late) }),
    ...(isFailed ? {} : { error: JSON.parse(error) }),
  }
}

function jsonOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value)
}
