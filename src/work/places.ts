/**
 * A limited number of places. One account takes at most half of them, so that one account cannot keep all others out.
 * All work without an account counts as one account.
 */
export class Places {
  readonly #max: number
  readonly #maxOfOne: number
  readonly #taken = new Map<string | undefined, number>()
  #sum = 0

  /** @param maxOfOne how many places one account may take. Default: half, at least one. */
  constructor(max: number, maxOfOne: number = Math.max(1, Math.floor(max / 2))) {
    this.#max = max
    this.#maxOfOne = maxOfOne
  }

  /** The number of taken places. */
  get taken(): number {
    return this.#sum
  }

  /** Takes a place. Call `free` to give the place back. @returns false if this account can take no place */
  take(account: string | undefined): boolean {
    const own = this.#taken.get(account) ?? 0
    if (this.#sum >= this.#max || own >= this.#maxOfOne) return false
    this.#taken.set(account, own + 1)
    this.#sum++
    return true
  }

  free(account: string | undefined): void {
    const own = this.#taken.get(account)
    if (own === undefined) return
    if (own > 1) this.#taken.set(account, own - 1)
    else this.#taken.delete(account)
    this.#sum--
  }
}
