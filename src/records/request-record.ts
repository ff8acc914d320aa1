import type { WorkContext } from '../context/request-context.js'
import { isoTimes } from '../logging/iso-time.js'
import { own } from '../safe-values/own-member.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { UsageFigures } from '../usage/figures.js'
import type { Work } from '../work/work.js'
import { querySum } from './query-figures.js'
import type { RequestRecord } from './record.js'
import type { ClientBytes, LineCounts } from './record-parts.js'
import { overlappingWaits, waitsOf } from './waits.js'

/** The service that records belong to. */
export interface Service {
  readonly service: string
  readonly version: string | undefined
}

/** The start of a piece of work. */
export interface Start {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `performance.now()` then. */
  readonly startTick: number
}

/** The start of work that begins now. */
export function startNow(): Start {
  return { startedAt: Date.now(), startTick: performance.now() }
}

/** The members that a request or job gives itself. The others come from its context, its start and its measurement. */
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
  | 'logs'
  | 'accountSwitched'
  | 'jobsQueued'
  | 'queries'
  | 'fields'
  | 'counts'
  | 'waits'
  | 'beforeStartMs'
  | 'truncated'
  | keyof UsageFigures
> & {
  /** The bytes of the client's connection. */
  readonly client?: ClientBytes | undefined
  /** The connection of the request as observers see it. No record has it. */
  readonly connection?: { readonly isEncrypted: boolean } | undefined
  readonly tracked?: TrackedFigures | undefined
}

/** The measurement of a request or job. */
export interface TrackedFigures {
  readonly figures: UsageFigures
  /** When measuring ended (`performance.now()`), if that was before the end of the work. */
  readonly truncatedAt: number | undefined
}

// Records of the same millisecond share one text.
const isoStart = isoTimes()

const noLines: LineCounts = Object.freeze({ lines: 0, warnings: 0, errors: 0 })

// Most records of services that log little share one object.
function lineCounts({ lines, warnings, errors }: Work): LineCounts {
  return lines === 0 ? noLines : { lines, warnings, errors }
}

/** Makes the record of work that ends now. */
export function recordOf(context: WorkContext, of: Service, start: Start, given: RecordOwn): RequestRecord {
  const client = own(given, 'client')
  const tracked = own(given, 'tracked')
  const used = tracked?.figures
  const endTick = performance.now()
  // Only own members: no `status` of Object.prototype becomes a job's. Member by member: spreading objects took longer than everything else that finishes a request (Node 24).
  return {
    id: context.id,
    requestId: context.requestId,
    clientRequestId: context.clientRequestId,
    clientTraceId: context.clientTraceId,
    kind: context.kind === 'job' ? 'job' : 'request',
    parentId: context.parentId,
    attempt: own(given, 'attempt'),
    queuedMs: own(given, 'queuedMs'),
    stalled: own(given, 'stalled'),
    maxAttempts: own(given, 'maxAttempts'),
    willRetry: own(given, 'willRetry'),
    nextAttemptInMs: own(given, 'nextAttemptInMs'),
    account: context.account,
    user: context.user,
    method: own(given, 'method'),
    route: own(given, 'route'),
    path: own(given, 'path'),
    status: own(given, 'status'),
    remoteAddress: own(given, 'remoteAddress'),
    userAgent: own(given, 'userAgent'),
    aborted: own(given, 'aborted'),
    upgraded: own(given, 'upgraded'),
    contextLost: own(given, 'contextLost'),
    name: own(given, 'name'),
    jobsQueued: context.work.jobsQueued || undefined,
    service: of.service,
    version: of.version,
    pid: process.pid,
    startedAt: isoStart(start.startedAt),
    durationMs: roundedMs(endTick - start.startTick),
    accountSwitched: context.work.accountSwitched || undefined,
    cpu: used?.cpu,
    waits:
      tracked === undefined
        ? overlappingWaits(context.work, start.startTick, endTick)
        : waitsOf(context.work, tracked, start.startTick, endTick),
    beforeStartMs: beforeStart(used),
    truncated: tracked?.truncatedAt === undefined ? undefined : true,
    gcMs: used?.gcMs,
    memory: used?.memory,
    io: client || used?.fs ? { client, fs: used?.fs } : undefined,
    process: used?.process,
    logs: lineCounts(context.work),
    timeline: used?.timeline,
    queries: querySum(context.work.queries),
    fields: context.work.ownFields?.fields as RequestRecord['fields'],
    counts: context.work.ownFields?.counts,
    error: own(given, 'error'),
  }
}

function beforeStart(figures: UsageFigures | undefined): number | undefined {
  const ms = figures?.heldUp?.beforeStartMs
  return ms === undefined ? undefined : roundedMs(ms)
}
