import { Charge, type ChargeTotal } from '../work/charge.js'
import type { Slices } from './slices.js'

/** The sums of all charged CPU, by kind of owner. */
export class Ledger {
  readonly requests: ChargeTotal = { kind: 'request', cpuMs: 0 }
  readonly jobs: ChargeTotal = { kind: 'job', cpuMs: 0 }
  /** The sum of all scopes that were opened outside any request or job. They have no record. */
  readonly runs: Charge = shared('run')
  readonly unattributed: Charge = shared('unattributed')
  /** Spoor's overhead. Version 0.1 reads the ledger of a shared engine by this name. */
  readonly watching: Charge = shared('watching')

  /** Moves the CPU of `charge` to Spoor's overhead. */
  giveToWatching(charge: Charge): void {
    const { cpuMs, total } = charge
    total.cpuMs -= cpuMs
    charge.cpuMs = 0
    this.watching.cpuMs += cpuMs
    this.watching.total.cpuMs += cpuMs
  }
}

function shared(kind: ChargeTotal['kind']): Charge {
  return new Charge({ kind, cpuMs: 0 }, 0, 0)
}

/**
 * The CPU accounting of this thread while the hooks were on, in ms: by kind of owner, without a known owner (the event
 * loop, accepting connections, work outside any context), and Spoor's overhead. Subtract an earlier accounting to get
 * an interval.
 */
export interface Books {
  readonly requests: number
  readonly jobs: number
  /** Scopes opened by `spoor.run` outside any request or job. */
  readonly runs: number
  readonly unattributed: number
  /**
   * Spoor's overhead. The name cannot change: copies of the package, also of 0.1, share the engine that makes these.
   */
  readonly watching: number
  /** The CPU that the thread used, as the system counts it. Absent on platforms without such a clock. */
  readonly threadCpuMs?: number | undefined
  /** `threadCpuMs` minus all of the above: CPU that was charged to no owner or, if below 0, charged twice. */
  readonly unexplained?: number | undefined
}

/** The accounting as of the last `check`. */
export function booksOf(ledger: Ledger, slices: Slices): Books {
  return balanced({
    requests: ledger.requests.cpuMs,
    jobs: ledger.jobs.cpuMs,
    runs: ledger.runs.total.cpuMs,
    // With the CPU of requests that are not measured.
    unattributed: ledger.unattributed.total.cpuMs,
    watching: ledger.watching.cpuMs,
    threadCpuMs: slices.clock === 'thread' ? slices.threadCpuMs : undefined,
  })
}

/** The accounting of the interval between two readings. */
export function booksBetween(earlier: Books, later: Books): Books {
  return balanced({
    requests: later.requests - earlier.requests,
    jobs: later.jobs - earlier.jobs,
    runs: later.runs - earlier.runs,
    unattributed: later.unattributed - earlier.unattributed,
    watching: later.watching - earlier.watching,
    threadCpuMs:
      later.threadCpuMs === undefined || earlier.threadCpuMs === undefined
        ? undefined
        : later.threadCpuMs - earlier.threadCpuMs,
  })
}

function balanced(books: Omit<Books, 'unexplained'>): Books {
  const { requests, jobs, runs, unattributed, watching, threadCpuMs } = books
  const charged = requests + jobs + runs + unattributed + watching
  return { ...books, unexplained: threadCpuMs === undefined ? undefined : threadCpuMs - charged }
}
