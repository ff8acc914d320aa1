const spanSeconds = 10

/** How many lines come a second, in all and by logger, over the last ten seconds. */
export class Rates {
  readonly #seconds = new Map<number, Map<string, number>>()
  /** When counting began. */
  #since: number | undefined

  /** @param at when the lines came, ms */
  add(at: number, loggers: Iterable<string>): void {
    this.#since ??= at
    const second = Math.floor(at / 1_000)
    let counts = this.#seconds.get(second)
    if (counts === undefined) {
      counts = new Map()
      this.#seconds.set(second, counts)
    }
    for (const logger of loggers) counts.set(logger, (counts.get(logger) ?? 0) + 1)
  }

  /** Begins to count, if it did not yet: from now on there are no lines unless they come. */
  begin(at: number): void {
    this.#since ??= at
  }

  /** Lines a second by logger at a time; empty while nothing was counted. */
  at(now: number): ReadonlyMap<string, number> {
    const sums = new Map<string, number>()
    const oldest = Math.floor(now / 1_000) - spanSeconds
    for (const [second, counts] of this.#seconds) {
      if (second < oldest) this.#seconds.delete(second)
      else for (const [logger, count] of counts) sums.set(logger, (sums.get(logger) ?? 0) + count)
    }
    const seconds = Math.min(spanSeconds, Math.max(1, (now - (this.#since ?? now)) / 1_000))
    for (const [logger, sum] of sums) sums.set(logger, sum / seconds)
    return sums
  }

  /** Lines a second in all; undefined while nothing was counted. */
  total(now: number): number | undefined {
    if (this.#since === undefined) return undefined
    let sum = 0
    for (const rate of this.at(now).values()) sum += rate
    return sum
  }
}

/** A rate as people read it: `14`, `0.4`, `0`. */
export function rateText(rate: number): string {
  if (rate >= 9.95 || rate === 0) return rate.toFixed(0)
  return rate < 0.05 ? '< 0.1' : rate.toFixed(1)
}
