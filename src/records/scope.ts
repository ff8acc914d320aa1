import { own } from '../context/own-member.js'

/**
 * What a reader may see: everything, or what was done for one account. No method that reads works without one, and only
 * `readerScope` makes one: where somebody's right to read is decided. A class with something private, so that neither
 * the compiler nor `isWithin` takes an object that only looks like one, a changed copy included.
 */
class ReaderScope {
  readonly #made = true
  /** The one account; undefined for everything, and where `isEmpty`. */
  readonly account: string | undefined
  /** True for a reader bound to an account who has none: it matches nothing. */
  readonly isEmpty: boolean

  constructor(account: string | undefined, isEmpty: boolean) {
    this.account = account
    this.isEmpty = isEmpty
    Object.freeze(this)
  }

  static check(scope: ReaderScope): void {
    if (!(#made in scope && scope.#made)) throw new TypeError('scope: is none that Spoor made')
  }
}

export type Scope = ReaderScope

/** The scope of somebody who may read `all`, or only what is done for his `account`. */
export function readerScope(right: 'all' | 'account', account: string | undefined): Scope {
  return new ReaderScope(right === 'all' ? undefined : account, right !== 'all' && account === undefined)
}

/**
 * True if a reader may see what was done for `account`. What was done for nobody only who sees everything may.
 *
 * @throws TypeError for a scope that is none of ours
 */
export function isWithin(scope: Scope, account: string | undefined): boolean {
  ReaderScope.check(scope)
  if (scope.isEmpty) return false
  return scope.account === undefined || scope.account === account
}

/** What says whose a record is. */
interface Owned {
  readonly account?: string | undefined
  readonly accountSwitched?: true | undefined
}

/** True if a reader may see a record: what was begun for one account and ended for another only who sees everything. */
export function mayRead(scope: Scope, record: Owned): boolean {
  return isWithin(scope, own(record, 'account')) && (!own(record, 'accountSwitched') || seesAll(scope))
}

/** True for a reader of everything. What is of the whole process, and of no account, is for him only. */
export function seesAll(scope: Scope): boolean {
  ReaderScope.check(scope)
  return scope.account === undefined && !scope.isEmpty
}
