import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import type { LiveRequest } from '../records/live-request.js'
import type { ReadAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter, StoreHealth } from '../records/record-store.js'
import type { Who } from '../tracking/tracking.js'
import type { Dependencies } from './dependencies.js'
import type { FoundPart } from './found-parts.js'
import type { ListedRequest, Measured } from './listed-request.js'
import type { RequestsSummary } from './requests-summary.js'
import type { Session } from './session.js'
import type { ShownLine } from './story/story.js'
import type { ToldPart } from './told-parts.js'
import type { UsageAnswer, UsageQuery, UsageSpan } from './usage.js'

export type { LiveRequest }

/** The records of a request's lines as the reader may see them, newest first. */
export type RecordsInLines = () => Promise<readonly StoredRecord[]>

/** The only way to read records and open requests. Every method applies the reader's access. */
export interface Reading {
  /**
   * A finished request or job, measured or not, by its own id or by its request id (then the newest). It comes from memory, or
   * else from the lines of `requests`. The id of another account is answered like an unknown id.
   *
   * @param inLines gives the records of its lines, newest first, where the caller searches these anyway: they are not searched again
   * @throws ReadingError if the store fails or does not answer and the lines have no such record, or too many searches of the
   * lines wait
   */
  record(access: ReadAccess, id: string, inLines?: RecordsInLines): Promise<ReadRecord | undefined>
  /**
   * The finished requests and jobs, measured or not, newest first.
   *
   * @throws RangeError for an invalid `before`; ReadingError if the store fails or does not answer
   */
  list(access: ReadAccess, filter: RecordFilter): Promise<Page<ListedRequest>>
  /** The item of `list` that a request line tells of; the line itself if it has not what every item has. */
  item(access: ReadAccess, line: ShownLine): ListedRequest | ShownLine
  /** The last minutes of the requests and jobs of a filter, in a sentence and as points of a chart. */
  overview(access: ReadAccess, filter: RecordFilter): Promise<RequestsSummary>
  /** Open requests and jobs of all known processes, oldest first. @param process only those of this process */
  live(access: ReadAccess, process?: string): readonly LiveRequest[] | Promise<readonly LiveRequest[]>
  /** What is read, and by whom. */
  session(access: ReadAccess, reader: Who): Session | Promise<Session>
  /**
   * Where the CPU of the thread went while anything was measured, or that of all known processes in a span of time. Undefined unless
   * the reader sees everything.
   */
  accounting(access: ReadAccess, span?: UsageSpan): AccountingAnswer | Promise<AccountingAnswer>
  /** Which accounts or routes used all known processes, or one: all of them, or the account of the reader. */
  usage(access: ReadAccess, of: 'account' | 'route', query: UsageQuery): UsageAnswer | Promise<UsageAnswer>
  /** The state of Spoor itself. Undefined unless the reader sees everything. */
  health(access: ReadAccess): Promise<Health | undefined>
  /** Queries by system, slow queries and calls by host. Undefined unless the reader sees everything. */
  dependencies(access: ReadAccess): Promise<Dependencies | undefined>
}

/** The CPU of this process or of all; undefined for a reader who may not see it. */
export type AccountingAnswer = CpuAccounting | NoCpuAccounting | undefined

/** A record with its source, related records and a summary. */
export interface ReadRecord extends StoredRecord, Measured {
  /** `memory`: the whole record. `log`: the parts that its line holds, because memory no longer has it. */
  readonly source: 'memory' | 'log'
  /**
   * Ids of other records with the same request id (attempts, an id that a proxy used twice), newest first, at most 200,
   * from the same source.
   */
  readonly others?: readonly string[] | undefined
  /** The store failed or did not answer in time, so what only the store has is missing. */
  readonly storeFailed?: true | undefined
  /** Where the time went, in one sentence. */
  readonly summary: string
  /** The same in parts, largest first, other waits last. They add up to `durationMs`. */
  readonly parts: readonly ToldPart[]
  /** What else matters, in short sentences. */
  readonly notes: readonly string[]
}

/** The answer while no CPU was measured: no figure is known. */
export interface NoCpuAccounting {
  /** Why not, in a sentence. */
  readonly summary: string
  readonly span?: UsageSpan | undefined
}

/** Where the CPU of the thread went, in ms. */
export interface CpuAccounting {
  /** When accounting, or the span, began (ISO 8601). */
  readonly since: string
  /** Without a span: the share of the time since then during which measuring was on (0 to 1). */
  readonly measuredShare?: number | undefined
  /** Of a span: whether all CPU was measured, and otherwise the number of windows of the estimate. */
  readonly span?: UsageSpan | undefined
  readonly exact?: boolean | undefined
  readonly windows?: number | undefined
  readonly requestsMs: number
  readonly jobsMs: number
  readonly runsMs: number
  readonly unattributedMs: number
  readonly overheadMs: number
  /** @deprecated The same as `overheadMs`; removed in 0.3. */
  readonly watchingMs: number
  readonly threadCpuMs?: number | undefined
  readonly unexplainedMs?: number | undefined
  /** The share of `threadCpuMs` up to which `unexplainedMs` is usual on this version of Node: 0.01, or 0.02. */
  readonly maxUnexplained: number
}

export interface Health {
  /** The worst that is wrong, in a sentence, or `All is well.` */
  readonly summary: string
  /** What is wrong, the worst first. */
  readonly troubles: readonly Trouble[]
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
    /** Why the store could not report its state; the rest is then absent. */
    readonly error?: string | undefined
  }
  /**
   * Requests whose context was lost, lines with `contextUnknown`, and outgoing calls without a known request. `guarded`: how often Spoor could not
   * follow a request or response that the service had changed.
   */
  readonly context: {
    readonly lost: number
    readonly unknown: number
    readonly lostCalls: number
    readonly addedNowhere: number
    readonly guarded: number
  }
  /**
   * Queries of this process that are on no request line: outside any request (`nowhere`), after their request's line
   * (`late`), and those whose request cannot be known (`unknown`).
   */
  readonly queries: { readonly nowhere: number; readonly late: number; readonly unknown: number }
  /** The thread pool of libuv, which `fs`, `dns.lookup`, `crypto` and `zlib` share. Absent before anything was measured. */
  readonly threadPool?:
    | {
        /** The longest time in the last ten minutes that work waited for a thread, while something was measured. */
        readonly worstWaitMs: number
      }
    | undefined
  /** Pauses of the garbage collector while something was measured. Absent before the first. */
  readonly gc?: { readonly pauses: number; readonly totalMs: number; readonly worstMs: number } | undefined
  /** Samples of the process, since the inspector was first asked. Absent in `spoor inspect`. */
  readonly vitals?: Vitals | undefined
  /** Stretches of a blocked event loop that the watchdog reported. Absent without `tracking.watchdog`. */
  readonly loop?: { readonly blocked: number; readonly totalMs: number; readonly worstMs: number } | undefined
  readonly outputs: readonly OutputHealth[]
  /** Log files, each with its backups. */
  readonly files: readonly LogFileHealth[]
  /** What Spoor found of the service: frameworks, drivers and queues. Absent in `spoor inspect`. */
  readonly found?: readonly FoundPart[] | undefined
}

/** Something that is wrong, or soon will be. */
export interface Trouble {
  readonly level: 'failure' | 'warning'
  /** A sentence without its full stop: `the file requests.jsonl cannot be written (ENOSPC)`. */
  readonly says: string
}

/** Samples of the process. */
export interface Vitals {
  /** The limit of the heap; Node ends with an error beyond it. */
  readonly heapLimitBytes: number
  /** How far apart samples are, but for the last, which is of now. */
  readonly everyMs: number
  /** Of the last hour, at most, oldest first; the last is of now. */
  readonly samples: readonly VitalSample[]
}

/** The process since the sample before. */
export interface VitalSample {
  /** ISO 8601, UTC. */
  readonly at: string
  /** The share of the time in which the event loop was busy, 0 to 1. */
  readonly loopBusy: number
  /** 99 % of the turns of the event loop were at most that late. */
  readonly loopLateMs: number
  readonly heapUsedBytes: number
  /** The memory of the whole process. Absent where Node cannot tell. */
  readonly rssBytes?: number | undefined
  /** Open requests and jobs. */
  readonly inFlight: number
}

/** A log file with its backups. */
export interface LogFileHealth {
  /** Its name, without its directory. */
  readonly file: string
  readonly bytes: number
  /** The time of the oldest line (ISO 8601); absent if no line has a time. */
  readonly oldest?: string | undefined
}
