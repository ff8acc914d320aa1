import type { WorkContext } from '../../context/request-context.js'

/** A finished request or job, as totals count it. */
export interface TotalsEntry {
  readonly kind: 'request' | 'job'
  readonly account?: string | undefined
  readonly method?: string | undefined
  /** The pattern of the route; undefined if no route matched. */
  readonly route?: string | undefined
  /** Of a job: its name. */
  readonly name?: string | undefined
  readonly failed: boolean
  readonly durationMs: number
  /** Bytes that were read from and written to the client. */
  readonly bytes: number
  readonly queries?: TotalsQueries | undefined
  /** The counts of `spoor.count`. */
  readonly counts?: Readonly<Record<string, number>> | undefined
  /** Its exact CPU; undefined while not all work is measured. */
  readonly cpuMs?: number | undefined
}

/** The sum of the queries of one request or job. */
export interface TotalsQueries {
  readonly calls: number
  /** The time in which at least one query was open. */
  readonly ms: number
  /** How long it waited for connections. */
  readonly poolMs?: number | undefined
  /** How long it had connections. */
  readonly holdMs?: number | undefined
}

/** A stretch of time in which `by` ran, and `victim` could have. */
export interface TotalsHeld {
  readonly victim: WorkContext
  /** Undefined: the work is unattributed. */
  readonly by: WorkContext | undefined
  readonly ms: number
}

/** The measurement of one window, in which all work was measured. Times in ms. */
export interface TotalsWindow {
  /** The length of the window. */
  readonly ms: number
  /** The stretch that the window stands for. */
  readonly forMs: number
  readonly threadCpuMs: number
  readonly unattributedMs: number
  readonly overheadMs: number
  readonly shares: readonly { readonly context: WorkContext; readonly cpuMs: number }[]
  readonly held: readonly TotalsHeld[]
}

/** A question to the totals. */
export interface TotalsQuery {
  readonly by: 'account' | 'route'
  /** The last so many ms: a day at most. */
  readonly spanMs: number
  /** Only the routes of this account (the five heaviest), or only the row of this account. */
  readonly account?: string | undefined
}

/** The totals of a span of time. */
export interface TotalsReading {
  /** Ms since the epoch. */
  readonly from: number
  readonly to: number
  /** True if all CPU is measured, false if it is estimated from windows, or unknown. */
  readonly exact: boolean
  /** The number of windows; absent if none was measured. */
  readonly windows?: number | undefined
  readonly wallMs: number
  /** The sum over all rows. Its `cpuMs` is the CPU of the thread, if known, with unattributed CPU and overhead. */
  readonly all: TotalsRow
  readonly unattributedMs?: number | undefined
  readonly overheadMs?: number | undefined
  /** In no order. */
  readonly rows: readonly TotalsRow[]
}

/** The totals of one account or route. */
export interface TotalsRow {
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly requests: number
  readonly jobs: number
  readonly errors: number
  /** Absent if the CPU is unknown. */
  readonly cpuMs?: number | undefined
  /** True if `cpuMs` is measured; false if it is estimated from windows. */
  readonly exact: boolean
  /** The number of windows in which its CPU was seen; absent if there were none. */
  readonly windows?: number | undefined
  /** How often requests of other accounts (of a route: other requests) waited for it, and how long. */
  readonly heldOthers: { readonly requests: number; readonly ms: number }
  readonly queries: number
  readonly queryMs: number
  readonly poolMs: number
  readonly holdMs: number
  readonly bytes: number
  readonly counts?: Readonly<Record<string, number>> | undefined
  readonly duration: TotalsDuration
  /** The values of a figure for each minute of the span, oldest first: `cpu`, `heldUp`, `queries`, `pool`, `bytes`, `requests`, `errors` or `counts.NAME`. */
  perMinute(by: string): number[]
  /** Of an account: its five heaviest routes. */
  readonly routes?: readonly TotalsRow[] | undefined
}

/** Durations in ms. Percentiles are known for the 100 heaviest accounts and routes. */
export interface TotalsDuration {
  readonly mean: number
  readonly p50?: number | undefined
  readonly p95?: number | undefined
  readonly p99?: number | undefined
}

/** The thread's CPU so far, in ms. */
export interface ThreadCpu {
  readonly threadCpuMs?: number | undefined
  readonly unattributed: number
  readonly watching: number
}
