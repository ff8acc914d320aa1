import type { TotalsDuration } from '../records/totals/totals-types.js'
import type { SentencePiece } from './sentence-piece.js'

/** The figures by which accounts and routes are compared. `counts.NAME`: a count of `spoor.count`. */
export const rankings = ['cpu', 'heldUp', 'queries', 'pool', 'bytes', 'requests', 'errors'] as const

export type RankedBy = (typeof rankings)[number] | `counts.${string}`

/** The length in ms of each span that a reader can ask for. */
export const spanMs = { '5m': 300_000, '10m': 600_000, '1h': 3_600_000, '24h': 86_400_000 } as const

export type UsageSpan = keyof typeof spanMs

/** A question who, or which routes, used the server. */
export interface UsageQuery {
  /** Default: `1h`. */
  readonly span?: UsageSpan | undefined
  /** Default: `cpu`. */
  readonly by?: RankedBy | undefined
  /** Of routes: only work for this account. */
  readonly account?: string | undefined
  /** Only this process: its host, its pid, or both with a colon or space between. */
  readonly process?: string | undefined
}

/** Who, or which routes, used the server. */
export interface UsageAnswer {
  /** Which account or route used most, in a sentence. */
  readonly summary: string
  /** The same, divided at the names and numbers. */
  readonly pieces: readonly SentencePiece[]
  readonly span: UsageSpan
  /** True if all CPU was measured; false if it is estimated from windows, or not known. */
  readonly exact: boolean
  /** The number of windows that the estimate is based on. */
  readonly windows?: number | undefined
  /** The most first; `(other)` is last. */
  readonly items: readonly UsageItem[]
}

/** The use of one account or route. */
export interface UsageItem extends UsageSums {
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** The figure of the question for each minute of the span, oldest first. The first 100 items have it. */
  readonly perMinute?: readonly number[] | undefined
  /** Of an account: its five heaviest routes. The first 100 items have them. */
  readonly routes?: readonly UsageOfRoute[] | undefined
}

/** The use of one of an account's routes. */
export interface UsageOfRoute extends UsageSums {
  readonly method?: string | undefined
  readonly route?: string | undefined
}

/** What an account or route used. */
export interface UsageSums {
  readonly requests: number
  readonly jobs: number
  readonly errors: number
  /** Absent if not known. */
  readonly cpuMs?: number | undefined
  readonly exact: boolean
  readonly windows?: number | undefined
  /** How often requests of other accounts (of a route: other requests) waited for it. For readers of everything. */
  readonly heldOthers?: { readonly requests: number; readonly ms: number } | undefined
  readonly queries: number
  readonly queryMs: number
  readonly poolMs: number
  readonly holdMs: number
  readonly bytes: number
  readonly counts?: Readonly<Record<string, number>> | undefined
  readonly duration: TotalsDuration
}
