import { type ReadAccess, seesInternals } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'

// A name or number that stands for a kind of failure, not a sentence: `ECONNREFUSED`, `post_not_found`, `28P01`.
const plainCode = /^[\w.-]{1,64}$/

/**
 * A record as a reader may see it. A reader without internals sees the error of a 4xx, which its caller was told. Of any
 * other failure that reader sees the code only: messages, stacks and causes are about the inside of the service.
 */
export function shownRecord(access: ReadAccess, record: StoredRecord): StoredRecord {
  if (record.error === undefined || seesInternals(access) || isOfCaller(record)) return record
  return { ...record, error: withheld(record.error) }
}

/** True if a reader may ask for failures by this code: without internals only by one that it could be shown. */
export function mayAskFor(access: ReadAccess, errorCode: string): boolean {
  return seesInternals(access) || plainCode.test(errorCode)
}

function isOfCaller({ kind, status, error }: StoredRecord): boolean {
  return kind === 'request' && isClientStatus(status) && !isServerStatus(ownStatus(error))
}

/** The status an error claims: it may be thrown after another answer was sent. */
function ownStatus(error: StoredRecord['error']): unknown {
  if (!isObject(error)) return undefined
  return error['status'] ?? error['statusCode']
}

function withheld(error: StoredRecord['error']): NonNullable<StoredRecord['error']> {
  const code = isObject(error) ? error['code'] : undefined
  const isPlain = typeof code === 'number' || (typeof code === 'string' && plainCode.test(code))
  return isPlain ? { code, withheld: true } : { withheld: true }
}

function isObject(error: StoredRecord['error']): error is { [name: string]: StoredRecord['error'] & {} } {
  return typeof error === 'object' && error !== null && !Array.isArray(error)
}

function isClientStatus(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500
}

function isServerStatus(status: unknown): boolean {
  return Number(status) >= 500
}
