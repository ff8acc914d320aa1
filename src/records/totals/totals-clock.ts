/** Where the time comes from. Tests move both clocks by hand. */
export interface Clocks {
  /** Ms of a clock that never goes back. */
  readonly now: () => number
  /** Ms since the epoch. */
  readonly wall: () => number
}

const clocks: Clocks = { now: () => performance.now(), wall: () => Date.now() }
/** The clocks differ by parts of a ms from reading to reading. */
const jitterMs = 50

/**
 * The time of buckets: ms since the epoch, as the system's clock showed it at the start, and steady from then on. If somebody
 * sets the system's clock, the age of the buckets stays right, and `toWall` moves all times along.
 */
export class TotalsClock {
  readonly #clocks: Clocks
  readonly #offset: number
  #last = Number.NEGATIVE_INFINITY

  constructor(own: Clocks = clocks) {
    this.#clocks = own
    this.#offset = own.wall() - own.now()
  }

  now(): number {
    const now = this.#clocks.now() + this.#offset
    if (now > this.#last) this.#last = now
    return this.#last
  }

  /** What the system's clock calls a time of this clock. */
  toWall(time: number): number {
    return Math.round(time + this.#shift())
  }

  fromWall(time: number): number {
    return time - this.#shift()
  }

  #shift(): number {
    const shift = this.#clocks.wall() - this.#clocks.now() - this.#offset
    return Math.abs(shift) < jitterMs ? 0 : shift
  }
}
