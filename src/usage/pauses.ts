const remembered = 64

/** The last 64 pauses of the garbage collector (`performance.now()`). */
export class Pauses {
  readonly #starts = new Float64Array(remembered)
  readonly #ends = new Float64Array(remembered)
  #next = 0

  add(start: number, end: number): void {
    this.#starts[this.#next] = start
    this.#ends[this.#next] = end
    this.#next = (this.#next + 1) % remembered
  }

  /** How many ms of an interval were pauses. */
  within(start: number, end: number): number {
    let ms = 0
    for (let at = 0; at < remembered; at++) {
      ms += Math.max(0, Math.min(end, this.#ends[at] as number) - Math.max(start, this.#starts[at] as number))
    }
    return ms
  }
}
