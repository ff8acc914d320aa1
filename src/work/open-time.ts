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

  /** Takes an interval back that began at `start` and is still open. */
  takeBack(start: number): void {
    this.#begun--
    this.end(Math.max(start, this.#since))
  }

  /** How many intervals began, and for how many ms at least one was open. Open intervals count until `now`. */
  sum(now: number): TimeSum {
    return { calls: this.#begun, ms: this.#open > 0 ? this.#ms + now - this.#since : this.#ms }
  }
}

/** The number of calls or queries, and for how many ms at least one of them was open. */
export interface TimeSum {
  readonly calls: number
  readonly ms: number
}
