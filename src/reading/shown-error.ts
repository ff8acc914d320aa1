import { type ReadAccess, seesInternals } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import { own } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { withShownHolders } from './shown-holders.js'
import { withoutInFlight } from './withheld-in-flight.js'

// A code that names a kind of failure: `ECONNREFUSED`, `post_not_found`, `28P01`.
const plainCode = /^[\w.-]{1,64}$/

/**
 * The record as a reader may see it, without the names of other accounts' work, and without the figures of the whole process. A reader without internals sees the errors of a
 * 4xx in full, as the caller of the request did. Of other failures, such a reader sees only the code, because messages, stacks
 * and causes reveal the inside of the service.
 */
export function shownRecord(access: ReadAccess, stored: StoredRecord): StoredRecord {
  const record = withShownHolders(access, withoutInFlight(access, stored))
  if (record.error === undefined || seesInternals(access) || isOfCaller(record)) return record
  return { ...record, error: withheld(record.error) }
}

/** True if a reader may filter by this code. A reader without internals may use codes that records show them. */
export function mayAskFor(access: ReadAccess, errorCode: string): boolean {
  return seesInternals(access) || plainCode.test(errorCode)
}

/** True for the error of a request that was answered with a 4xx: its caller knows the error. */
export function isOfCaller({
  kind,
  status,
  error,
}: {
  kind?: unknown
  status?: unknown
  error?: SafeValue | undefined
}): boolean {
  return kind === 'request' && isClientStatus(status) && !isServerStatus(ownStatus(error))
}

/** The status of the error itself: it may be thrown after another response was sent. */
function ownStatus(error: StoredRecord['error']): unknown {
  if (!isObject(error)) return undefined
  return own(error, 'status') ?? own(error, 'statusCode')
}

/** What remains of an error that a reader may not see: its code. */
export function withheld(error: StoredRecord['error']): NonNullable<StoredRecord['error']> {
  const code = isObject(error) ? own(error, 'code') : undefined
  const isPlain = typeof code === 'number' || (typeof code === 'string' && plainCode.test(code))
  return isPlain ? { code, withheld: true } : { withheld: true }
}

function isObject(error: StoredRecord['error']): error is { [name: string]: StoredRecord['error'] & {} } {
  return typeof error === 'object' && error !== null && !Array.isArray(error)
}

function isClientStatus(status: unknown): boolean {
  return typeof status === 'number' && status >= 400 && status < 500
}

function isServerStatus(status: unknown): boolean {
  return Number(status) >= 500
}
