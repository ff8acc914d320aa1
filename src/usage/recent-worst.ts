const minutes = 10
const minuteMs = 60_000

/** The highest of the values of the last ten minutes, to the minute. */
export class RecentWorst {
  readonly #worst = new Float64Array(minutes)
  readonly #minutes = new Float64Array(minutes).fill(-1)
  /** How many values there were, and their sum. */
  count = 0
  total = 0

  add(value: number): void {
    this.count++
    this.total += value
    const minute = Math.floor(performance.now() / minuteMs)
    const at = minute % minutes
    if (this.#minutes[at] !== minute) this.#worst[at] = 0
    this.#minutes[at] = minute
    this.#worst[at] = Math.max(this.#worst[at] as number, value)
  }

  /** 0 without values. */
  get worst(): number {
    const oldest = Math.floor(performance.now() / minuteMs) - minutes
    return this.#worst.reduce(
      (worst, one, at) => ((this.#minutes[at] as number) > oldest ? Math.max(worst, one) : worst),
      0,
    )
  }
}
