import { Names } from './names.js'

/** The number of `(other)`: the sum of everything that has no row of its own. */
export const other = 0
/** The number of work without an account. */
export const anonymous = 1

const maxAccounts = 100_000

/** The numbers of accounts. */
export class AccountNames extends Names<string> {
  readonly #ids: Map<string, number>

  constructor() {
    const ids = new Map<string, number>()
    super(['(other)', '(anonymous)'], maxAccounts, (name) => ids.delete(name))
    this.#ids = ids
  }

  idOf(account: string | undefined): number {
    if (account === undefined) return anonymous
    return this.#ids.get(account) ?? this.#added(account)
  }

  /** The number of a known account. */
  known(account: string): number | undefined {
    return this.#ids.get(account)
  }

  #added(account: string): number {
    const id = this.add(account)
    if (id === undefined) return other
    this.#ids.set(account, id)
    return id
  }
}
