const maxDoubtMs = 24 * 3_600_000

/**
 * A clock for decisions that cannot be undone. If the system's clock jumps forward, this clock keeps the old time at first. It
 * takes the new time when the new time has lasted as long as the jump, or after a day if that is shorter. So a clock that is set
 * forward by mistake, and soon set back, has no effect.
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
    // Clocks are corrected by small steps all the time. A clock that is set back deletes nothing.
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
