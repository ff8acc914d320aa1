/** The number of calls, and for how many ms at least one of them was open. */
export interface CallSum {
  readonly calls: number
  readonly ms: number
}

/** The time during which at least one of several intervals was open, in ms. */
export class OpenTime {
  #begun = 0
  #open = 0
  #since = 0
  #ms = 0

  begin(at: number): void {
    this.#begun++
    if (this.#open++ === 0) this.#since = at
  }

  end(at: number): void {
    if (--this.#open === 0) this.#ms += at - this.#since
  }

  sum(now: number): CallSum {
    return { calls: this.#begun, ms: this.#open > 0 ? this.#ms + now - this.#since : this.#ms }
  }
}
