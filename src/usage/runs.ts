import type { Charge } from '../work/charge.js'

/** A shorter run names nobody. */
export const minRunMs = 5
/** Slices of one owner that are less than this apart are one run. */
const joinedMs = 0.25
const remembered = 64

/**
 * The last 64 runs: code of one owner that had the thread for 5 ms or more within one turn of the event loop. A run joins
 * slices, because 200 promise reactions of 1 ms delay others as much as one callback of 200 ms. Times are
 * `performance.now()`.
 */
export class Runs {
  readonly #starts = new Float64Array(remembered)
  readonly #ends = new Float64Array(remembered)
  readonly #owners: (Charge | undefined)[] = new Array(remembered).fill(undefined)
  /** The place of the open run. All others have at least 5 ms. */
  #at = 0
  #owner: Charge | undefined = undefined
  #start = 0
  #end = 0
  /** The part of the open run in which the thread waited for a core. */
  #waitedMs = 0

  /** Forgets all runs, and with them the requests that made them. */
  clear(): void {
    this.#ends.fill(0)
    this.#starts.fill(0)
    this.#owners.fill(undefined)
    this.#owner = undefined
    this.#start = this.#end = this.#waitedMs = 0
  }

  /**
   * Adds a slice.
   *
   * @param turn when the turn of the event loop began
   * @param waitedMs the part of the slice in which the thread waited for a core: its owner is not to blame for it
   */
  add(owner: Charge, start: number, end: number, turn: number, waitedMs: number): void {
    if (owner === this.#owner && start - this.#end < joinedMs && this.#start >= turn) {
      this.#end = end
      this.#waitedMs += waitedMs
      return
    }
    if (this.#isLong) this.#keep()
    this.#owner = owner
    this.#start = start
    this.#end = end
    this.#waitedMs = waitedMs
  }

  /** Calls `visit` for the part after `from` of each run of another owner, the earliest first. */
  each(from: number, owner: Charge, visit: (start: number, end: number, by: Charge) => void): void {
    // Another owner has the thread, so the open run does not go on.
    if (this.#isLong) {
      this.#keep()
      this.#owner = undefined
      this.#start = this.#end = this.#waitedMs = 0
    }
    let back = 1
    while (back <= remembered && (this.#ends[this.#place(back)] as number) > from) back++
    for (back--; back > 0; back--) {
      const place = this.#place(back)
      const by = this.#owners[place]
      if (by === undefined || by === owner) continue
      visit(Math.max(from, this.#starts[place] as number), this.#ends[place] as number, by)
    }
  }

  get #isLong(): boolean {
    return this.#end - this.#start - this.#waitedMs >= minRunMs
  }

  #keep(): void {
    this.#starts[this.#at] = this.#start
    this.#ends[this.#at] = this.#end
    this.#owners[this.#at] = this.#owner
    this.#at = (this.#at + 1) % remembered
  }

  #place(back: number): number {
    return (this.#at - back + remembered) % remembered
  }
}
