const maxDoubtMs = 24 * 3_600_000

/**
 * The time, for decisions that cannot be undone. If the clock is set forward, this one goes on as before at first: it believes the
 * new time when the clock has kept it for as long as it jumped, and after a day at the latest. A clock that is set forward for an
 * hour by mistake, and back again, then has no effect.
 */
export class SteadyClock {
  /** The difference between the clock and the time since the process started, in ms. */
  #offset: number
  #doubt: { readonly offset: number; readonly since: number } | undefined
  readonly #clock: () => number
  readonly #elapsed: () => number

  constructor(clock: () => number = () => Date.now(), elapsed: () => number = () => performance.now()) {
    this.#clock = clock
    this.#elapsed = elapsed
    this.#offset = clock() - elapsed()
  }

  now(): number {
    const elapsed = this.#elapsed()
    const offset = this.#clock() - elapsed
    const jump = offset - this.#offset
    // Clocks are corrected by small steps all the time. Too early a time deletes nothing.
    if (jump <= toleratedMs) {
      this.#doubt = undefined
      this.#offset = offset
      return elapsed + offset
    }
    if (this.#doubt === undefined || Math.abs(this.#doubt.offset - offset) > toleratedMs)
      this.#doubt = { offset, since: elapsed }
    if (elapsed - this.#doubt.since >= Math.min(jump, maxDoubtMs)) {
      this.#doubt = undefined
      this.#offset = offset
    }
    return elapsed + this.#offset
  }
}

const toleratedMs = 5_000
