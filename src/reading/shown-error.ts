import type { KeptRecord } from '../records/record.js'
import { type Scope, seesInternals } from '../records/scope.js'

// A name or number that stands for a kind of failure, not a sentence: `ECONNREFUSED`, `post_not_found`, `28P01`.
const plainCode = /^[\w.-]{1,64}$/

/**
 * A record as a reader may see it. A reader without internals sees the error of a 4xx, which its caller was told. Of any
 * other failure that reader sees the code only: messages, stacks and causes are about the inside of the service.
 */
export function shownRecord(scope: Scope, record: KeptRecord): KeptRecord {
  if (record.error === undefined || seesInternals(scope) || isOfCaller(record)) return record
  return { ...record, error: withheld(record.error) }
}

/** True if a reader may ask for failures by this code: without internals only by one that it could be shown. */
export function mayAskFor(scope: Scope, errorCode: string): boolean {
  return seesInternals(scope) || plainCode.test(errorCode)
}

function isOfCaller({ kind, status, error }: KeptRecord): boolean {
  return kind === 'request' && isClientStatus(status) && !isServerStatus(ownStatus(error))
}

/** The status an error claims: it may be thrown after another answer was sent. */
function ownStatus(error: KeptRecord['error']): unknown {
  if (!isObject(error)) return undefined
  return error['status'] ?? error['statusCode']
}

function withheld(error: KeptRecord['error']): NonNullable<KeptRecord['error']> {
  const code = isObject(error) ? error['code'] : undefined
  const isPlain = typeof code === 'number' || (typeof code === 'string' && plainCode.test(code))
  return isPlain ? { code, withheld: true } : { withheld: true }
}

function isObject(error: KeptRecord['error']): error is { [name: string]: KeptRecord['error'] & {} } {
  return typeof error === 'object' && error !== null && !Array.isArray(error)
}

function isClientStatus(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500
}

function isServerStatus(status: unknown): boolean {
  return Number(status) >= 500
}
