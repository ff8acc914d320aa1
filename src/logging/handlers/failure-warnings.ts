import { reasonOf } from '../../safe-values/safe-error.js'
import type { RetryQueue } from './retry-queue.js'

const pauseMs = 60_000

/** The state of one output: a file, the console, or a handler of the service. */
export interface OutputHealth {
  /** A file's name, `console`, or a handler's place in the options: `a.handlers[0]`. */
  readonly output: string
  /** The error of the last attempt to write; absent if it succeeded. */
  readonly error?: string
  /** Lines waiting to be written. */
  readonly keptLines: number
  /** Lines dropped since the start. A notice says so in their place once the output works again. */
  readonly lostLines: number
  /** How often lines took the file past `maxBytes`; absent if never. Causes: several processes wrote at once, or it cannot be rotated. */
  readonly overLimit?: number
}

/** Warns of outputs that fail: at the first failure, then once a minute, all in one warning. */
export class FailureWarnings {
  readonly #warn: (message: string, failing: OutputHealth[]) => void
  readonly #queues = new Set<RetryQueue>()
  #quietUntil = Number.NEGATIVE_INFINITY

  constructor(warn: (message: string, failing: OutputHealth[]) => void) {
    this.#warn = warn
  }

  raise(queue: RetryQueue): void {
    this.#queues.add(queue)
    if (performance.now() < this.#quietUntil) return
    this.#quietUntil = performance.now() + pauseMs
    const queues = [...this.#queues].filter((one) => one.error !== undefined)
    const failing = queues.map(healthOf)
    const first = failing[0]
    if (first === undefined) return
    const kept = queues[0]?.isGone ? '' : ', and are kept and tried again'
    const others = failing.length > 1 ? ` (and ${failing.length - 1} more)` : ''
    this.#warn(
      `${first.output}${others} cannot be written: ${first.error}; the lines go to the console${kept}`,
      failing,
    )
  }
}

/** The state of the output behind a queue, as `logs.health()` shows it. */
export function healthOf({ name: output, error, keptLines, lostLines, overLimit = 0 }: RetryQueue): OutputHealth {
  return {
    output,
    ...(error === undefined ? {} : { error: error instanceof Error ? reasonOf(error) : String(error) }),
    keptLines,
    lostLines,
    ...(overLimit === 0 ? {} : { overLimit }),
  }
}
