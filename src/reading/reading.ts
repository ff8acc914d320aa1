import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import type { ReadAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter, StoreHealth } from '../records/record-store.js'

/** The only door to records and what is open: a scope in, results out. */
export interface Reading {
  /**
   * A finished request or job, by the id of its record or by its request id (then the newest): from the store, and what is
   * gone there from the lines of `requests`. A foreign id is answered like an unknown one.
   *
   * @throws ReadingError where the store fails or does not answer, or too many searches of the lines wait
   */
  record(scope: ReadAccess, id: string): Promise<ReadRecord | undefined>
  /**
   * What the store has, newest first.
   *
   * @throws RangeError for a `before` that is no cursor; ReadingError where the store fails or does not answer
   */
  list(scope: ReadAccess, filter: RecordFilter): Promise<Page<ListedRecord>>
  /** What is open now, oldest first. */
  live(scope: ReadAccess): readonly LiveRequest[]
  /** Where the thread's CPU went while anybody was measured. Of the whole process: for readers of everything only. */
  books(scope: ReadAccess): ReadBooks | undefined
  /** Whether all is well with Spoor itself. For readers of everything only. */
  health(scope: ReadAccess): Promise<Health | undefined>
}

/** A record, what else is known of it, and the answer in one sentence. */
export interface ReadRecord extends StoredRecord {
  /** `memory`: the whole record. `log`: it is gone from memory, and this is what its line holds. */
  readonly source: 'memory' | 'log'
  /**
   * Other records of the same request id (attempts, an id from a proxy used twice), newest first, at most 200: those that
   * are where this one was found.
   */
  readonly others?: readonly string[] | undefined
  /** Where the time went, in one sentence. */
  readonly summary: string
}

/** A record as lists have it: without its own lists. */
export type ListedRecord = Omit<StoredRecord, 'outgoing' | 'steps' | 'jobs' | 'timeline' | 'logs' | 'process'>

/** A request or job that has not ended. */
export interface LiveRequest {
  readonly id: string
  readonly requestId: string
  readonly kind: 'request' | 'job'
  readonly parentId?: string | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly path?: string | undefined
  readonly name?: string | undefined
  readonly startedAt: string
  /** How long it has been open. */
  readonly openMs: number
  /** So far, where it is measured. */
  readonly cpuMs?: number | undefined
  /** Its calls so far. */
  readonly outgoing?: { readonly calls: number; readonly ms: number } | undefined
}

export interface ReadBooks {
  /** Since when, and how much of that time the hooks were on (0 to 1). */
  readonly since: string
  readonly measuredShare: number
  readonly requestsMs: number
  readonly jobsMs: number
  readonly runsMs: number
  readonly unattributedMs: number
  readonly watchingMs: number
  readonly threadCpuMs?: number | undefined
  readonly unexplainedMs?: number | undefined
}

export interface Health {
  readonly service: string
  readonly version?: string | undefined
  readonly node: string
  readonly spoor: string
  readonly pid: number
  readonly startedAt: string
  readonly tracking: { readonly mode: string; readonly open: number; readonly measuredShare: number }
  readonly records: Partial<StoreHealth> & {
    /** How often the store threw or rejected when a record was put or completed. */
    readonly failed: number
    /** Why the store could not say how it fares; then the rest is absent. */
    readonly error?: string | undefined
  }
  readonly context: {
    /** Requests whose context was lost. */
    readonly lost: number
    /** Calls nobody knows whose they are. */
    readonly lostCalls: number
    /** How often a changed request or response kept Spoor from following it. */
    readonly guarded: number
  }
  readonly outputs: readonly OutputHealth[]
  /** Log files, each with its backups. */
  readonly files: readonly LogFileHealth[]
}

/** A log file with its backups. */
export interface LogFileHealth {
  /** Its name, without its directory. */
  readonly file: string
  readonly bytes: number
  /** How far back they reach (ISO 8601); absent where nothing in them says so. */
  readonly oldest?: string | undefined
}
