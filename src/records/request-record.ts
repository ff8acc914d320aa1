import type { WorkContext } from '../context/request-context.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { UsageFigures } from '../usage/figures.js'
import { type Waits, waitsOf } from './waits.js'

/**
 * What is kept of one finished request or job. Times in ms, sizes in bytes; a member that was not measured is absent,
 * never 0. More members come with the parts that measure them.
 */
export interface RequestRecord {
  /** Our own id, UUIDv7; equal to `requestId` where we made that. */
  readonly id: string
  readonly requestId: string
  readonly clientRequestId?: string | undefined
  /** The trace an untrusted caller named. */
  readonly clientTraceId?: string | undefined
  readonly kind: 'request' | 'job'
  readonly parentId?: string | undefined
  /** Which attempt at a job this was, from 1 on. */
  readonly attempt?: number | undefined
  /** How long the job waited in its queue. */
  readonly queuedMs?: number | undefined
  /** So many attempts at the job before this one ended with their worker: it died, or was held up for too long. */
  readonly stalled?: number | undefined
  /** How many attempts the job's queue makes before it gives the job up. */
  readonly maxAttempts?: number | undefined
  /** Of a failed attempt: whether the queue tries the job again. */
  readonly willRetry?: boolean | undefined
  /** Of a failed attempt: the wait before the next one. */
  readonly nextAttemptInMs?: number | undefined
  readonly account?: string | undefined
  readonly user?: string | undefined
  readonly method?: string | undefined
  /** The route's pattern, `/api/v1/posts/:id`; absent if none matched. */
  readonly route?: string | undefined
  /** Without its query. */
  readonly path?: string | undefined
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The connection closed before the whole response was handed over. */
  readonly aborted?: true | undefined
  /** The connection left HTTP (WebSocket, CONNECT). */
  readonly upgraded?: true | undefined
  /** The response was begun outside the request's context: lines written there lack its id. */
  readonly contextLost?: true | undefined
  /** Of a job. */
  readonly name?: string | undefined
  /** How many jobs it queued; absent if none. */
  readonly jobsQueued?: number | undefined
  readonly service: string
  readonly version?: string | undefined
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** It was said to be for one account, and then for another: only who sees everything may read it. */
  readonly accountSwitched?: true | undefined
  readonly cpu?: UsageFigures['cpu'] | undefined
  /** Where its time went; with `cpu.ms` they add up to `durationMs`. */
  readonly waits?: Waits | undefined
  /** Measuring ended before it did, after `maxMs`. */
  readonly truncated?: true | undefined
  /** Pauses of the garbage collector; a part of `cpu.ms`. */
  readonly gcMs?: number | undefined
  readonly memory?: UsageFigures['memory'] | undefined
  readonly io?: { readonly client?: ClientBytes | undefined; readonly fs?: UsageFigures['fs'] | undefined } | undefined
  /** What the whole process used meanwhile. */
  readonly process?: UsageFigures['process'] | undefined
  readonly timeline?: UsageFigures['timeline'] | undefined
  /** What made it fail, as it was thrown. */
  readonly error?: unknown
}

interface ClientBytes {
  readonly readBytes: number
  readonly writtenBytes: number
}

/** Whose records these are. */
export interface Service {
  readonly service: string
  readonly version: string | undefined
}

/** When a piece of work began. */
export interface Start {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `performance.now()` then. */
  readonly startTick: number
}

/** The start of what begins now. */
export function startNow(): Start {
  return { startedAt: Date.now(), startTick: performance.now() }
}

/** What a record takes from the request or job itself; who and when it was comes from its context and start. */
export type RecordOwn = Omit<
  RequestRecord,
  | 'id'
  | 'requestId'
  | 'clientRequestId'
  | 'clientTraceId'
  | 'kind'
  | 'parentId'
  | 'account'
  | 'user'
  | 'service'
  | 'version'
  | 'pid'
  | 'startedAt'
  | 'durationMs'
  | 'io'
  | 'accountSwitched'
  | 'jobsQueued'
  | 'waits'
  | 'truncated'
  | keyof UsageFigures
> & {
  /** The bytes of the client's connection. */
  readonly client?: ClientBytes | undefined
  readonly tracked?: TrackedFigures | undefined
}

/** What was measured of it. */
export interface TrackedFigures {
  readonly figures: UsageFigures
  /** When measuring ended, if that was before the end; `performance.now()`. */
  readonly truncatedAt: number | undefined
}

/** The record of a piece of work that ends now. */
export function recordOf(context: WorkContext, of: Service, start: Start, own: RecordOwn): RequestRecord {
  const { client, tracked } = own
  const used = tracked?.figures
  const endTick = performance.now()
  // Member by member: spreading objects took longer than everything else that finishes a request (Node 24).
  return {
    id: context.id,
    requestId: context.requestId,
    clientRequestId: context.clientRequestId,
    clientTraceId: context.clientTraceId,
    kind: context.kind === 'job' ? 'job' : 'request',
    parentId: context.parentId,
    attempt: own.attempt,
    queuedMs: own.queuedMs,
    stalled: own.stalled,
    maxAttempts: own.maxAttempts,
    willRetry: own.willRetry,
    nextAttemptInMs: own.nextAttemptInMs,
    account: context.account,
    user: context.user,
    method: own.method,
    route: own.route,
    path: own.path,
    status: own.status,
    aborted: own.aborted,
    upgraded: own.upgraded,
    contextLost: own.contextLost,
    name: own.name,
    jobsQueued: context.work.jobsQueued || undefined,
    service: of.service,
    version: of.version,
    pid: process.pid,
    startedAt: new Date(start.startedAt).toISOString(),
    durationMs: roundedMs(endTick - start.startTick),
    accountSwitched: context.work.accountSwitched || undefined,
    cpu: used?.cpu,
    waits: tracked && waitsOf(context.work, tracked, start.startTick, endTick),
    truncated: tracked?.truncatedAt === undefined ? undefined : true,
    gcMs: used?.gcMs,
    memory: used?.memory,
    io: client || used?.fs ? { client, fs: used?.fs } : undefined,
    process: used?.process,
    timeline: used?.timeline,
    error: own.error,
  }
}
