import { type ReadAccess, seesAll } from '../read-access.js'

/**
 * An account as the owner of records: never empty, also for an account that is an empty text. Records without an account, and those
 * whose account was switched, have no owner: only readers of everything may read them.
 */
export function ownerKey(account: string): string {
  return `=${account}`
}

/** The owner whose records a reader may see: empty for a reader of everything, undefined for one who sees nothing. */
export function readerOf(access: ReadAccess): string | undefined {
  if (seesAll(access)) return ''
  return access.isEmpty || access.account === undefined ? undefined : ownerKey(access.account)
}
