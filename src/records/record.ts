import type { SafeValue } from '../safe-values/safe-value.js'
import type { CpuFigures, MemoryFigures } from '../usage/figures.js'
import type { ProcessFigures } from '../usage/process-figures.js'
import type { FileBytes, RunSpan } from '../work/charge.js'
import type {
  ClientBytes,
  LineCounts,
  QuerySum,
  RecordedCall,
  RecordedHold,
  RecordedJob,
  RecordedLate,
  RecordedPoolWait,
  RecordedQueryKind,
  RecordedQueryRun,
  RecordedStep,
  RecordIo,
} from './record-parts.js'
import type { Waits } from './waits.js'

/** The record of one finished request or job, before it is stored. Times in ms, sizes in bytes. */
export interface RequestRecord {
  /** The record's own id, UUIDv7; equal to `requestId` if Spoor made the request id. */
  readonly id: string
  readonly requestId: string
  readonly clientRequestId?: string | undefined
  /** The trace id sent by an untrusted caller. */
  readonly clientTraceId?: string | undefined
  readonly kind: 'request' | 'job'
  readonly parentId?: string | undefined
  /** The number of the job's attempt, from 1. */
  readonly attempt?: number | undefined
  /** How long the job waited in its queue. */
  readonly queuedMs?: number | undefined
  /** How many earlier attempts ended with their worker: it died, or was blocked for too long. */
  readonly stalled?: number | undefined
  /** How many attempts the queue makes before it gives the job up. */
  readonly maxAttempts?: number | undefined
  /** Of a failed attempt: whether the queue tries the job again. */
  readonly willRetry?: boolean | undefined
  /** Of a failed attempt: the wait before the next one. */
  readonly nextAttemptInMs?: number | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly method?: string | undefined
  /** The route's pattern, `/api/v1/posts/:id`, or with a GraphQL operation `/graphql query Posts`; absent if none matched. */
  readonly route?: string | undefined
  /** Without its query. */
  readonly path?: string | undefined
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The client's address; with the option `requestLine.remoteAddress`. */
  readonly remoteAddress?: string | undefined
  /** The client's `User-Agent`, cut at 256 bytes; with the option `requestLine.userAgent`. */
  readonly userAgent?: string | undefined
  /** The client closed the connection before the response was complete. */
  readonly aborted?: true | undefined
  /** The connection left HTTP (WebSocket, CONNECT). */
  readonly upgraded?: true | undefined
  /** The response was started outside the request's context, so lines written there lack its id. */
  readonly contextLost?: true | undefined
  /** The job's name. */
  readonly name?: string | undefined
  /** How many jobs it queued before its end; absent if it queued none. */
  readonly jobsQueued?: number | undefined
  readonly service: string
  readonly version?: string | undefined
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** Its account changed while it ran: only readers of everything may see the record. */
  readonly accountSwitched?: true | undefined
  readonly cpu?: CpuFigures | undefined
  /** The parts of its duration off the CPU. Together with `cpu.ms` they give `durationMs`. */
  readonly waits?: Waits | undefined
  /**
   * At most how long it was ready before its start, while the event loop ran other code. Not a part of `durationMs`. Absent
   * if nothing was measured before the start.
   */
  readonly beforeStartMs?: number | undefined
  /** Measuring ended before the request did, after `maxMs`. */
  readonly truncated?: true | undefined
  /** Pauses for garbage collection; a part of `cpu.ms`. */
  readonly gcMs?: number | undefined
  readonly memory?: MemoryFigures | undefined
  readonly io?: { readonly client?: ClientBytes | undefined; readonly fs?: FileBytes | undefined } | undefined
  /** The resources that the whole process used in that time. */
  readonly process?: ProcessFigures | undefined
  /** Lines it wrote until its end. */
  readonly logs?: LineCounts | undefined
  /** When its code ran, in ms after the start; absent if it never ran for a quarter of a ms. */
  readonly timeline?: readonly RunSpan[] | undefined
  /** The sum of its database queries; absent if it made none. */
  readonly queries?: QuerySum | undefined
  /** The fields that the service added by `spoor.add`; at most 32, redacted. */
  readonly fields?: Readonly<Record<string, SafeValue>> | undefined
  /** The counts that the service added by `spoor.count`; at most 32. */
  readonly counts?: Readonly<Record<string, number>> | undefined
  /** The error that made it fail, as it was thrown. */
  readonly error?: unknown
}

/**
 * The record of one finished request or job, as it is stored and read back: plain JSON, at most 32 KB. Times in ms
 * (`startMs`: after its start), sizes in bytes. A member that was not measured is absent, never 0.
 */
export interface StoredRecord extends Omit<RequestRecord, 'error' | 'io'> {
  /** Host and process id: tells instances of a service apart. */
  readonly instance: string
  readonly io: RecordIo
  /** The longest 16 runs of other code that held it up; before its start, `startMs` is negative. */
  readonly heldUp: readonly RecordedHold[]
  /** Its calls to other services, the first 50. */
  readonly outgoing: readonly RecordedCall[]
  /** Its steps, named by `spoor.measure`; the first 50. */
  readonly steps: readonly RecordedStep[]
  /** Jobs it queued, the first 50. */
  readonly jobs: readonly RecordedJob[]
  /** The kinds of its queries, the 20 with the most time. */
  readonly queryKinds: readonly RecordedQueryKind[]
  /** Its first 50 queries, at most 20 of them commands of caches. */
  readonly queryRuns: readonly RecordedQueryRun[]
  /** Its first 20 waits for a connection that took at least 1 ms. */
  readonly poolWaits: readonly RecordedPoolWait[]
  readonly late?: (RecordedLate & { readonly lines?: number | undefined }) | undefined
  readonly error?: SafeValue | undefined
}

/** @deprecated Renamed to `StoredRecord`; removed in 0.3. */
export type KeptRecord = StoredRecord

export type MemberName = keyof StoredRecord

/** The record's own lists of objects. */
export type ListName = {
  [Name in MemberName]-?: NonNullable<StoredRecord[Name]> extends readonly object[]
    ? Name extends 'timeline'
      ? never
      : Name
    : never
}[MemberName]

/** The members that lists of records do not have. The compiler compares them with the table. */
export type UnlistedName = ListName | 'timeline' | 'process'
