import type { StoredRecord, UnlistedName } from '../records/record.js'

/**
 * A finished request or job as lists have it: without its own lists. If it was not measured, `cpu` and all that measuring
 * gives are absent, and `waits` has outgoing, queries, pool and unmeasured alone. `waits` and `cpu.ms` add up to `durationMs`.
 */
export type ListedRequest = Omit<StoredRecord, UnlistedName> & Measured

/** Whether a request or job was measured, and what is known about its CPU if it was not. */
export interface Measured {
  readonly measured: boolean
  /** Of one that was not measured: the CPU that its route usually takes. Absent if no window saw the route. */
  readonly cpuEstimate?: CpuEstimate | undefined
}

/** The mean CPU of a route's requests in the last hour, from the windows that saw the route. */
export interface CpuEstimate {
  readonly ms: number
  readonly windows: number
}
