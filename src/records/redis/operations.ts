import type { StoredRecord } from '../record.js'
import { ownerKey } from './owner.js'

/** What becomes known of a record after its end. */
export type Later = Pick<StoredRecord, 'late' | 'error'>

/**
 * An operation of the script that writes: its fields, each as its length in bytes, a colon and the text (a netstring), so that any text
 * may stand in a field. `put`, id, request id, owner, account, start (ms), JSON · `late`, id, late figures, error.
 *
 * As bytes since it was made: the garbage collector has no work with it, a client need not encode it, and its size is known. That
 * halved the CPU that a record takes (decision 0158).
 */
export type Operation = Buffer

/** The parts of a record as Redis gives them: its JSON, late figures and a later error, each JSON or empty. */
export type Row = readonly [json: string, late: string, error: string]

/** Stores a record. */
export function putOf(record: StoredRecord): Operation {
  const { id, requestId, account, accountSwitched, startedAt } = record
  const index = account === undefined ? '' : ownerKey(account)
  const start = String(Date.parse(startedAt))
  return operation('put', id, requestId, accountSwitched ? '' : index, index, start, JSON.stringify(record))
}

/** Completes a record. */
export function laterOf(id: string, { late, error }: Later): Operation {
  return operation('late', id, jsonOf(late), jsonOf(error))
}

/** Applies an operation to another store. */
export function replay(
  operation: Operation,
  store: { put(record: StoredRecord): unknown; update(id: string, later: Later): unknown },
): void {
  const [name, id = '', ...rest] = fieldsOf(operation)
  if (name === 'put') {
    store.put(JSON.parse(rest.at(-1) as string))
    return
  }
  const [late = '', error = ''] = rest
  store.update(id, {
    ...(late !== '' && { late: JSON.parse(late) }),
    ...(error !== '' && { error: JSON.parse(error) }),
  })
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

function operation(...fields: readonly string[]): Operation {
  let text = ''
  for (const field of fields) text += `${Buffer.byteLength(field)}:${field}`
  return Buffer.from(text)
}

function fieldsOf(operation: Operation): string[] {
  const fields: string[] = []
  let at = 0
  while (at < operation.length) {
    const colon = operation.indexOf(':', at)
    const end = colon + 1 + Number(operation.toString('latin1', at, colon))
    fields.push(operation.toString('utf8', colon + 1, end))
    at = end
  }
  return fields
}

function jsonOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value)
}
