import type { TotalsReading } from '../records/totals/totals-types.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Books } from '../usage/ledger.js'
import type { CpuAccounting, NoCpuAccounting } from './reading.js'
import type { UsageSpan } from './usage.js'
import { spanSaid } from './usage-words.js'

/** The CPU accounting since the hooks were first on. */
export interface MeasuredBooks {
  /** ISO 8601. */
  readonly since: string
  readonly measuredShare: number
  readonly books: Books
}

// Callbacks of the older versions' streams run outside the hooks.
const maxUnexplained = Number.parseInt(process.versions.node, 10) < 24 ? 0.02 : 0.01

/** The answer where nothing measures. */
export const noAccounting: NoCpuAccounting = { summary: 'No CPU is measured: tracking.mode is off.' }

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
    maxUnexplained,
  }
}

/** The CPU accounting of a span of time, from the totals by route. */
export function accountingOf(reading: TotalsReading, span: UsageSpan): CpuAccounting | NoCpuAccounting {
  const { from, exact, windows, all, unattributedMs = 0, overheadMs = 0, rows } = reading
  if (all.cpuMs === undefined) return { summary: `No CPU was measured in ${spanSaid(span)}.`, span }
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
    maxUnexplained,
  }
}

/** The rows of jobs and scopes have no method: `job receipt`, `run nightly`. */
function kindOf(method: string | undefined, route: string): 'request' | 'job' | 'run' {
  if (method !== undefined) return 'request'
  const [kind] = route.split(' ', 1)
  return kind === 'job' || kind === 'run' ? kind : 'request'
}
