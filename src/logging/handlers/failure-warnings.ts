import { reasonOf } from '../../safe-values/safe-error.js'
import type { RetryQueue } from './retry-queue.js'

const pauseMs = 60_000
const maxReports = 5

/** The state of one output: a file, the console, or a handler of the service. */
export interface OutputHealth {
  /** A file's name, `console`, or a handler's place in the options: `a.handlers[0]`. */
  readonly output: string
  /** The error of the last attempt to write; absent if it succeeded. */
  readonly error?: string
  /** Lines waiting to be written. */
  readonly keptLines: number
  /** Bytes of those lines that wait in files, because memory was full; absent if none do. */
  readonly spilledBytes?: number
  /** Lines that were dropped since the start. When the output works again, a notice in their place says how many. */
  readonly lostLines: number
  /**
   * How many writes made the file larger than `maxBytes`; absent if none did. Several processes wrote at once, or the file cannot
   * be rotated.
   */
  readonly overLimit?: number
  /** The number of the file's backups; absent without the option `keepForMs`. */
  readonly backups?: number
  /** The time of the last line in the oldest backup, ISO 8601 in UTC; absent without backups. */
  readonly oldest?: string
  /** Backups that this process deleted because their last line was older than `keepForMs`; absent without that option. */
  readonly deleted?: number
}

/** The lines of a fault that is over. */
export interface FaultLines {
  readonly output: string
  /** Kept lines that were written at last. */
  readonly recovered: number
  /** Lines that were dropped. */
  readonly lost: number
}

/** The lines of the faults of one output that are over and not reported yet. */
interface PastFaults {
  recovered: number
  lost: number
  /** Reports in this minute. */
  reports: number
  until: number
}

/**
 * Warns of outputs that fail: at the first failure, then once a minute, all in one warning. Reports each output that is writable
 * again (the all-clear). If an output fails again and again, it gets at most five all-clears a minute; the next one counts the
 * lines of all faults since.
 */
export class FailureWarnings {
  readonly #warn: (message: string, failing: OutputHealth[]) => void
  readonly #allClear: (message: string, lines: FaultLines) => void
  readonly #queues = new Set<RetryQueue>()
  readonly #past = new Map<string, PastFaults>()
  #quietUntil = Number.NEGATIVE_INFINITY

  constructor(
    warn: (message: string, failing: OutputHealth[]) => void,
    allClear: (message: string, lines: FaultLines) => void = () => {},
  ) {
    this.#warn = warn
    this.#allClear = allClear
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

  /** Notes that the output works again, and reports it. */
  clear({ name: output }: RetryQueue, recovered: number, lost: number): void {
    const past = this.#pastFaults(output)
    past.recovered += recovered
    past.lost += lost
    if (past.reports >= maxReports) return
    past.reports++
    const lines = { output, recovered: past.recovered, lost: past.lost }
    this.#allClear(writableAgain(lines), lines)
    past.recovered = past.lost = 0
    // The next failure is news again.
    this.#quietUntil = Number.NEGATIVE_INFINITY
  }

  #pastFaults(output: string): PastFaults {
    const now = performance.now()
    const known = this.#past.get(output)
    if (known !== undefined && now < known.until) return known
    const { recovered = 0, lost = 0 } = known ?? {}
    const past = { recovered, lost, reports: 0, until: now + pauseMs }
    this.#past.set(output, past)
    return past
  }
}

/** The message of an all-clear. */
function writableAgain({ output, recovered, lost }: FaultLines): string {
  return `${output} is writable again: ${recovered === 1 ? '1 line' : `${recovered} lines`} recovered, ${lost} lost`
}

/** The state of the output behind a queue, as `logs.health()` shows it. */
export function healthOf({
  name: output,
  error,
  keptLines,
  lostLines,
  overLimit = 0,
  retained,
  waiting,
}: RetryQueue): OutputHealth {
  const reason = error ?? waiting?.error
  return {
    output,
    ...(reason === undefined ? {} : { error: reason instanceof Error ? reasonOf(reason) : String(reason) }),
    keptLines: keptLines + (waiting?.lines ?? 0),
    lostLines,
    ...(waiting === undefined || waiting.spilledBytes === 0 ? {} : { spilledBytes: waiting.spilledBytes }),
    ...(overLimit === 0 ? {} : { overLimit }),
    ...(retained === undefined ? {} : shownOf(retained)),
  }
}

function shownOf({ oldest, ...counts }: NonNullable<RetryQueue['retained']>): Partial<OutputHealth> {
  return { ...counts, ...(oldest === undefined ? {} : { oldest: new Date(oldest).toISOString() }) }
}
