/** How an account of the totals is called: `(anonymous)` and `(other)` are rows without one account. */
export function accountName(account: string): string {
  if (account === '(anonymous)') return 'anonymous'
  return account === '(other)' ? 'all others' : account
}

/** True for rows that stand for no single account or route. */
export function isShared(name: string | undefined): boolean {
  return name === undefined || name === '(other)' || name === '(anonymous)' || name === '(no route)'
}
