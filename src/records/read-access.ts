import { own } from '../safe-values/own-member.js'

/**
 * What a reader may see: everything, or what was done for one account. No method that reads works without one, and only
 * `readAccess` makes one: where somebody's right to read is decided. A class with something private, so that neither
 * the compiler nor `mayReadAccount` takes an object that only looks like one, a changed copy included.
 */
class Access {
  readonly #made = true
  /** The one account; undefined for everything, and where `isEmpty`. */
  readonly account: string | undefined
  /** True for a reader bound to an account who has none: it matches nothing. */
  readonly isEmpty: boolean
  /** True if the reader sees what the service hides from its callers: messages and stacks of its own failures. */
  readonly internals: boolean

  constructor(account: string | undefined, isEmpty: boolean, internals: boolean) {
    this.account = account
    this.isEmpty = isEmpty
    this.internals = internals
    Object.freeze(this)
  }

  static check(scope: Access): void {
    if (!(#made in scope && scope.#made)) throw new TypeError('scope: is none that Spoor made')
  }
}

export type ReadAccess = Access

/**
 * The scope of a reader of everything, or of what was done for one account.
 *
 * @param internals whether a reader of one account sees its failures in full; a reader of everything always does
 */
export function readAccess(right: 'all' | 'account', account: string | undefined, internals = false): ReadAccess {
  const isAll = right === 'all'
  return new Access(isAll ? undefined : account, !isAll && account === undefined, isAll || internals)
}

/** True if a reader sees messages and stacks of the service's own failures. */
export function seesInternals(scope: ReadAccess): boolean {
  Access.check(scope)
  return scope.internals
}

/**
 * True if a reader may see what was done for `account`. What was done for nobody only who sees everything may.
 *
 * @throws TypeError for a scope that is none of ours
 */
export function mayReadAccount(scope: ReadAccess, account: string | undefined): boolean {
  Access.check(scope)
  if (scope.isEmpty) return false
  return scope.account === undefined || scope.account === account
}

/** What says whose a record is. */
interface Owned {
  readonly account?: string | undefined
  readonly accountSwitched?: true | undefined
}

/** True if a reader may see a record: what was begun for one account and ended for another only who sees everything. */
export function mayRead(scope: ReadAccess, record: Owned): boolean {
  return mayReadAccount(scope, own(record, 'account')) && (!own(record, 'accountSwitched') || seesAll(scope))
}

/** True for a reader of everything. What is of the whole process, and of no account, is for him only. */
export function seesAll(scope: ReadAccess): boolean {
  Access.check(scope)
  return scope.account === undefined && !scope.isEmpty
}
