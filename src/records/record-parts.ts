import type { LateFigures } from '../usage/figures.js'
import type { FileBytes } from '../work/charge.js'

/*
 * The objects inside a record. Times in ms (`startMs`: after the record's start), sizes in bytes.
 */

/** Bytes on the client's connection. */
export interface ClientBytes {
  readonly readBytes: number
  readonly writtenBytes: number
}

/** How many lines a request or job wrote until its end, and how many of them were warnings, or errors and fatal lines. */
export interface LineCounts {
  readonly lines: number
  readonly warnings: number
  readonly errors: number
}

/** The bytes that a request read and wrote: to its client, in calls, and in files. */
export interface RecordIo {
  readonly client?: ClientBytes | undefined
  readonly outgoing?:
    | {
        readonly calls: number
        readonly readBytes?: number | undefined
        readonly writtenBytes?: number | undefined
        readonly byHost: Readonly<Record<string, { readonly calls: number; readonly ms: number }>>
      }
    | undefined
  readonly fs?: FileBytes | undefined
}

/** One call to another service. */
export interface RecordedCall {
  readonly startMs: number
  readonly firstByteMs?: number | undefined
  /** Absent while the call is open. */
  readonly durationMs?: number | undefined
  readonly method: string
  readonly host: string
  readonly route: string
  readonly status?: number | undefined
  readonly errorCode?: string | undefined
  readonly reused?: boolean | undefined
  readonly readBytes?: number | undefined
  readonly writtenBytes?: number | undefined
}

/** One step of `spoor.measure`. */
export interface RecordedStep {
  readonly name: string
  readonly startMs: number
  /** Absent if the step had not ended. */
  readonly durationMs?: number | undefined
}

/** One job that the request queued. */
export interface RecordedJob {
  readonly id: string
  readonly name?: string | undefined
  /** Of jobs that were queued at once: how many. Their ids begin with `id`. */
  readonly count?: number | undefined
  readonly queuedAtMs: number
}

/** The sum of the queries of a request or job. Times in ms. */
export interface QuerySum {
  readonly calls: number
  /** The time in which at least one query was open. */
  readonly ms: number
  /** The sum of all durations: how long the queries kept their databases busy. */
  readonly busyMs: number
  readonly slowestMs: number
  /** How long it waited for a connection of a followed pool; absent if it never asked for one. */
  readonly poolMs?: number | undefined
  /** How long it had connections of followed pools, all added up; absent if it never had one. */
  readonly holdMs?: number | undefined
  /** Rows that were returned or changed; absent if no client told them. */
  readonly rows?: number | undefined
  /** Queries that failed; absent if none did. */
  readonly errors?: number | undefined
  /** The first 10 systems. */
  readonly bySystem: Readonly<Record<string, { readonly calls: number; readonly ms: number }>>
  /** The texts that were sent five times or more, the five most frequent. */
  readonly repeated?: readonly RepeatedQuery[] | undefined
}

/** A text that was sent five times or more. */
export interface RepeatedQuery {
  readonly system: string
  /** Operations and tables: `SELECT posts`. */
  readonly summary?: string | undefined
  readonly calls: number
  /** The sum of the durations. */
  readonly ms: number
}

/** All queries of one text. */
export interface RecordedQueryKind {
  /** OpenTelemetry's `db.system.name`. */
  readonly system: string
  /** The database: `db.namespace`. */
  readonly namespace?: string | undefined
  /** `db.query.summary`. */
  readonly summary?: string | undefined
  /** The text with `?` in place of each value; at most 512 characters. */
  readonly text?: string | undefined
  readonly calls: number
  /** The sum of the durations. */
  readonly ms: number
  readonly slowestMs: number
  readonly rows?: number | undefined
  readonly errors?: number | undefined
}

/** One query. */
export interface RecordedQueryRun {
  readonly startMs: number
  /** Absent if the query had not ended. */
  readonly durationMs?: number | undefined
  /** The place of its kind in `queryKinds`, from 0; absent if `queryKinds` does not have the kind. */
  readonly kind?: number | undefined
  readonly rows?: number | undefined
  /** The code of the database or of the network, or the error's name. */
  readonly errorCode?: string | undefined
  /** True if nobody knows how it ended: it was open when the record was made, or when Spoor was closed. */
  readonly unfinished?: true | undefined
}

/** One wait for a connection of a pool. */
export interface RecordedPoolWait {
  readonly startMs: number
  readonly durationMs: number
  /** The work that had connections for the longest part of the wait; absent if it is unknown. */
  readonly by?: PoolHolder | undefined
}

/** A run of other code, while the request or job was ready. */
export interface RecordedHold {
  readonly startMs: number
  readonly durationMs: number
  readonly by: HeldUpBy
}

/**
 * The owner of the code that held it up. `unattributed`: the code belongs to no request or job. Readers of another account
 * see only `kind: 'other account'`.
 */
export interface HeldUpBy {
  readonly kind: 'request' | 'job' | 'unattributed' | 'other account'
  /** Its request id. */
  readonly id?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly account?: string | undefined
}

/** What a request or job used after its end. */
export interface RecordedLate extends LateFigures {
  /** Database queries that it sent after its end. */
  readonly queries?: number | undefined
  /** How long at least one query was open after its end. */
  readonly queriesMs?: number | undefined
}

/** The holder: the work that had connections of a pool. Readers of another account see only `kind: 'other account'` and `ms`. */
export interface PoolHolder {
  readonly kind: 'request' | 'job' | 'run' | 'other account'
  /** Its request id. */
  readonly id?: string | undefined
  readonly route?: string | undefined
  readonly account?: string | undefined
  /** How long it had connections during the wait. */
  readonly ms: number
}
