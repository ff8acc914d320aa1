import type { SentencePiece } from './sentence-piece.js'

/** The last minutes of requests in a sentence, with what a chart of them needs. */
export interface RequestsSummary {
  /** `38 requests a second, 3 in flight, 95 % within 412 ms. 1 in 9 was held up by another.` */
  readonly summary: string
  /** The same, divided at what the eye should find first. */
  readonly pieces: readonly SentencePiece[]
  /** What the lists and these figures lack, in a sentence; absent if that is nothing. */
  readonly note?: string | undefined
  /** The time that the figures are about: at most the last 15 minutes, and no longer than lists reach back. ISO 8601, UTC. */
  readonly from: string
  readonly to: string
  /** How many requests and jobs match the filter. */
  readonly count: number
  /** True if there were more than could be looked at: `from` is then the start of the oldest that was. */
  readonly isCut: boolean
  readonly perSecond: number
  readonly inFlight: number
  /** 95 % took at most this long. Absent without any. */
  readonly p95Ms?: number | undefined
  readonly measured: number
  /** Of those measured: how many were held up for at least 1 ms and 5 % of their time. */
  readonly heldUp: number
  readonly failed: number
  /** Queries by database system, and calls by host: the 20 with the most time. */
  readonly systems: readonly TimeOf[]
  readonly hosts: readonly TimeOf[]
  /** The names of fields and counts that the service added; at most 50 each, in order of the alphabet. */
  readonly fields: readonly string[]
  readonly counts: readonly string[]
  /** At most 2,000, oldest first: all that failed, the slowest, and an even choice of the others. */
  readonly points: readonly RequestPoint[]
}

/** The queries to one system, or the calls to one host. */
export interface TimeOf {
  readonly name: string
  readonly calls: number
  /** The sum over all requests of the time in which at least one was open. */
  readonly ms: number
}

/** One finished request or job in a chart. */
export interface RequestPoint {
  readonly id: string
  /** Its start, ms after `from`. */
  readonly atMs: number
  readonly durationMs: number
  /** Where most of its time went; `unmeasured` if that is not known. */
  readonly dominant: 'cpu' | 'held' | 'outgoing' | 'queries' | 'pool' | 'other' | 'unmeasured'
  readonly failed?: true | undefined
}
