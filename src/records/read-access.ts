import { own } from '../safe-values/own-member.js'

/**
 * The right of a reader: everything, or the work that was done for one account. Every method that reads records takes
 * one. Only `readAccess` makes one, where the reader's right is decided. A private member keeps the compiler and
 * `mayReadAccount` from accepting an object that only looks the same, such as a changed copy.
 */
class ReadAccess {
  readonly #made = true
  /** The one account; undefined for a reader of everything, and where `isEmpty`. */
  readonly account: string | undefined
  /** True for a reader bound to an account who has none: such a reader sees nothing. */
  readonly isEmpty: boolean
  /** True if the reader sees what the service hides from its callers: messages and stacks of its own failures. */
  readonly internals: boolean

  constructor(account: string | undefined, isEmpty: boolean, internals: boolean) {
    this.account = account
    this.isEmpty = isEmpty
    this.internals = internals
    Object.freeze(this)
  }

  static check(access: ReadAccess): void {
    if (!(#made in access && access.#made)) throw new TypeError('access: expected a ReadAccess that Spoor made')
  }
}

export type { ReadAccess }

/** @deprecated Renamed to `ReadAccess`; removed in 0.3. */
export type Scope = ReadAccess

/**
 * Gives access to everything, or to what was done for one account.
 *
 * @param internals whether a reader of one account sees its failures in full; a reader of everything always does
 */
export function readAccess(right: 'all' | 'account', account: string | undefined, internals = false): ReadAccess {
  const isAll = right === 'all'
  return new ReadAccess(isAll ? undefined : account, !isAll && account === undefined, isAll || internals)
}

/** True if a reader sees messages and stacks of the service's own failures. */
export function seesInternals(access: ReadAccess): boolean {
  ReadAccess.check(access)
  return access.internals
}

/**
 * True if a reader may see what was done for `account`. Work for no account is visible to readers of everything only.
 *
 * @throws TypeError unless `readAccess` made `access`
 */
export function mayReadAccount(access: ReadAccess, account: string | undefined): boolean {
  ReadAccess.check(access)
  if (access.isEmpty) return false
  return access.account === undefined || access.account === account
}

/** The members of a record that say whose it is. */
interface Owned {
  readonly account?: string | undefined
  readonly accountSwitched?: true | undefined
}

/** True if a reader may see a record. A record whose account was switched is visible to readers of everything only. */
export function mayRead(access: ReadAccess, record: Owned): boolean {
  return mayReadAccount(access, own(record, 'account')) && (!own(record, 'accountSwitched') || seesAll(access))
}

/** True for a reader of everything. Only such readers see what belongs to the whole process, or to no account. */
export function seesAll(access: ReadAccess): boolean {
  ReadAccess.check(access)
  return access.account === undefined && !access.isEmpty
}
