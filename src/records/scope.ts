declare const mark: unique symbol

/**
 * What a reader may see: everything, or what was done for one account. No method that reads works without one, and only
 * `readerScope` makes one: where somebody's right to read is decided.
 */
export interface Scope {
  readonly [mark]: true
  /** The one account; undefined for everything. */
  readonly account: string | undefined
  /** True for a reader bound to an account who has none: it matches nothing. */
  readonly isEmpty: boolean
}

/** The scope of somebody who may read `all`, or only what is done for his `account`. */
export function readerScope(right: 'all' | 'account', account: string | undefined): Scope {
  const own = right === 'all' ? undefined : account
  return Object.freeze({ account: own, isEmpty: right === 'account' && account === undefined }) as Scope
}

/** True if a reader may see what was done for `account`. What was done for nobody only who sees everything may. */
export function isWithin(scope: Scope, account: string | undefined): boolean {
  if (scope.isEmpty) return false
  return scope.account === undefined || scope.account === account
}
