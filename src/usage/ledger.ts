import type { Meter } from './meter.js'

/**
 * Where this thread's CPU went while the hooks were on, ms: by kind of owner, what is nobody's that we know (the loop,
 * accepting connections, work outside any context), and Spoor's own. Two of them, subtracted, tell of a stretch of time.
 */
export interface Books {
  readonly requests: number
  readonly jobs: number
  /** Scopes opened by `spoor.run` outside any request or job. */
  readonly runs: number
  readonly unattributed: number
  readonly watching: number
  /** What the thread used, by the system's own count. Absent where there is no such clock. */
  readonly threadCpuMs?: number | undefined
  /** `threadCpuMs` less all of the above: what the charging missed, or (below 0) charged too much. */
  readonly unexplained?: number | undefined
}

/** The books up to now. */
export function booksOf(meter: Meter): Books {
  meter.check()
  return balanced({
    requests: meter.requests.cpuMs,
    jobs: meter.jobs.cpuMs,
    runs: meter.runs.total.cpuMs,
    unattributed: meter.unattributed.total.cpuMs,
    watching: meter.watching.total.cpuMs,
    threadCpuMs: meter.clock === 'thread' ? meter.threadCpuMs : undefined,
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
