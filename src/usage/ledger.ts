import { Charge, type ChargeTotal } from '../work/charge.js'
import type { Slices } from './slices.js'

/** Where all CPU goes that is charged, by kind of owner. */
export class Ledger {
  readonly requests: ChargeTotal = { kind: 'request', cpuMs: 0 }
  readonly jobs: ChargeTotal = { kind: 'job', cpuMs: 0 }
  /** Of all scopes that were opened outside any request or job: they have no record. */
  readonly runs: Charge = shared('run')
  readonly unattributed: Charge = shared('unattributed')
  /** Spoor's overhead. Version 0.1 reads the ledger of a shared engine by this name. */
  readonly watching: Charge = shared('watching')

  /** Books as Spoor's own what `charge` holds. */
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
 * Where this thread's CPU went while the hooks were on, ms: by kind of owner, what belongs to no known owner (the loop,
 * accepting connections, work outside any context), and Spoor's own. Two of them, subtracted, tell of a stretch of time.
 */
export interface Books {
  readonly requests: number
  readonly jobs: number
  /** Scopes opened by `spoor.run` outside any request or job. */
  readonly runs: number
  readonly unattributed: number
  /** Spoor's overhead. The member keeps its name: copies of the package, 0.1 among them, share the engine that makes these. */
  readonly watching: number
  /** What the thread used, by the system's own count. Absent where there is no such clock. */
  readonly threadCpuMs?: number | undefined
  /** `threadCpuMs` less all of the above: what the charging missed, or (below 0) charged too much. */
  readonly unexplained?: number | undefined
}

/** The books as of the last `check`. */
export function booksOf(ledger: Ledger, slices: Slices): Books {
  return balanced({
    requests: ledger.requests.cpuMs,
    jobs: ledger.jobs.cpuMs,
    runs: ledger.runs.cpuMs,
    unattributed: ledger.unattributed.cpuMs,
    watching: ledger.watching.cpuMs,
    threadCpuMs: slices.clock === 'thread' ? slices.threadCpuMs : undefined,
  })
}

/** The books of the stretch from one reading to a later one. */
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
