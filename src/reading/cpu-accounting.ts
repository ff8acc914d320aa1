import type { TotalsReading } from '../records/totals/totals-types.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Books } from '../usage/ledger.js'
import type { CpuAccounting } from './reading.js'
import type { UsageSpan } from './usage.js'

/** The CPU accounting since the hooks were first on. */
export interface MeasuredBooks {
  /** ISO 8601. */
  readonly since: string
  readonly measuredShare: number
  readonly books: Books
}

/** The CPU accounting since measuring began. */
export function accountingSince({ since, measuredShare, books }: MeasuredBooks): CpuAccounting {
  const { requests, jobs, runs, unattributed, watching, threadCpuMs, unexplained } = books
  return {
    since,
    measuredShare,
    requestsMs: roundedMs(requests),
    jobsMs: roundedMs(jobs),
    runsMs: roundedMs(runs),
    unattributedMs: roundedMs(unattributed),
    overheadMs: roundedMs(watching),
    watchingMs: roundedMs(watching),
    threadCpuMs: threadCpuMs === undefined ? undefined : roundedMs(threadCpuMs),
    unexplainedMs: unexplained === undefined ? undefined : roundedMs(unexplained),
  }
}

/**
 * The CPU accounting of a span of time, from the totals by route. Undefined if no CPU was measured in it.
 */
export function accountingOf(reading: TotalsReading, span: UsageSpan): CpuAccounting | undefined {
  const { from, exact, windows, all, unattributedMs = 0, overheadMs = 0, rows } = reading
  if (all.cpuMs === undefined) return undefined
  const sums = { request: 0, job: 0, run: 0 }
  for (const { method, route = '', cpuMs = 0 } of rows) sums[kindOf(method, route)] += cpuMs
  const explained = sums.request + sums.job + sums.run + unattributedMs + overheadMs
  return {
    since: new Date(from).toISOString(),
    span,
    exact,
    windows,
    requestsMs: roundedMs(sums.request),
    jobsMs: roundedMs(sums.job),
    runsMs: roundedMs(sums.run),
    unattributedMs: roundedMs(unattributedMs),
    overheadMs: roundedMs(overheadMs),
    watchingMs: roundedMs(overheadMs),
    threadCpuMs: roundedMs(all.cpuMs),
    unexplainedMs: roundedMs(all.cpuMs - explained),
  }
}

/** The rows of jobs and scopes have no method: `job receipt`, `run nightly`. */
function kindOf(method: string | undefined, route: string): 'request' | 'job' | 'run' {
  if (method !== undefined) return 'request'
  const [kind] = route.split(' ', 1)
  return kind === 'job' || kind === 'run' ? kind : 'request'
}
