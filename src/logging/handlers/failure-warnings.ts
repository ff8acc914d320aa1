import type { RetryQueue } from './retry-queue.js'

const pauseMs = 60_000

/** How one output fares. */
export interface OutputHealth {
  /** A file's name, or `console`. */
  readonly output: string
  /** What the last attempt failed with; absent if it did not. */
  readonly error?: string
  /** Lines that wait to be written. */
  readonly keptLines: number
  /** Lines that were given up since the start; the output says so in their place, once it works again. */
  readonly lostLines: number
  /** How often lines took the file past its `maxBytes`; absent if never. Several processes wrote it at once, or it cannot be rotated. */
  readonly overLimit?: number
}

/** Says which outputs fail: at the first failure and then once a minute, all in one warning. */
export class FailureWarnings {
  readonly #warn: (message: string, failing: OutputHealth[]) => void
  readonly #deliveries = new Set<RetryQueue>()
  #quietUntil = Number.NEGATIVE_INFINITY

  constructor(warn: (message: string, failing: OutputHealth[]) => void) {
    this.#warn = warn
  }

  raise(delivery: RetryQueue): void {
    this.#deliveries.add(delivery)
    if (performance.now() < this.#quietUntil) return
    this.#quietUntil = performance.now() + pauseMs
    const failing = [...this.#deliveries].filter((one) => one.error !== undefined).map(healthOf)
    const first = failing[0]
    if (first === undefined) return
    const others = failing.length > 1 ? ` (and ${failing.length - 1} more)` : ''
    this.#warn(
      `${first.output}${others} cannot be written: ${first.error}; the lines go to the console, and are kept and tried again`,
      failing,
    )
  }
}

export function healthOf({ name: output, error, keptLines, lostLines, overLimit = 0 }: RetryQueue): OutputHealth {
  return {
    output,
    ...(error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) }),
    keptLines,
    lostLines,
    ...(overLimit === 0 ? {} : { overLimit }),
  }
}
