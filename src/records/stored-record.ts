import { instance } from '../process/instance.js'
import { isCleanText } from '../safe-values/clean-fields.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { withoutSecretSegments } from '../safe-values/safe-path.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { Call, CallList } from '../work/calls.js'
import type { HeldUp } from '../work/held-up.js'
import type { Work } from '../work/work.js'
import { type Edit, edited } from './edited.js'
import { heldUpList } from './held-up-list.js'
import { queryLists } from './query-figures.js'
import type { RequestRecord, StoredRecord } from './record.js'
import { recordBytes } from './record-bytes.js'
import { maxRecordBytes } from './record-limits.js'
import { listNames } from './record-names.js'
import type { QuerySum, RecordedCall, RecordIo } from './record-parts.js'
import { outgoingSum } from './request-line.js'

const none: readonly never[] = Object.freeze([])
const noIo: RecordIo = Object.freeze({})
const maxPathLength = 2_000
const maxRouteLength = 1_000
const maxCallRouteLength = 300
const maxNameLength = 200
/** A record's own lists, all empty. */
const emptyLists = Object.fromEntries(listNames.map((name) => [name, none]))
/** A larger error is stored by type, message and code only; the line has the whole error. */
const maxErrorBytes = 8 * 1024
const maxPartLength = 500

/**
 * Makes the record to store: plain JSON of at most 32 KB, with texts as lines show them. Undefined if `beforeLine` drops
 * the line of the record.
 *
 * @param safe makes a value safe, as in lines
 * @param edit applies `beforeLine`
 * @param heldUp when it was held up, if it was measured
 */
export function storedRecord(
  record: RequestRecord,
  work: Work,
  startTick: number,
  safe: (value: unknown) => SafeValue | undefined,
  edit?: Edit,
  heldUp?: HeldUp,
): StoredRecord | undefined {
  const { error, path, route, name, user, clientRequestId } = record
  const { calls } = work
  const since = (tick: number): number => roundedMs(tick - startTick)
  const text = (value: string, most: number): string => safeText(value, safe).slice(0, most)
  const queries = queryLists(work.queries, startTick + record.durationMs, since, text)
  // Member by member: spreading the record took more time and memory, and thousands of records are kept (Node 24).
  const kept: StoredRecord = {
    id: record.id,
    requestId: record.requestId,
    clientRequestId: clientRequestId === undefined ? undefined : text(clientRequestId, maxNameLength),
    clientTraceId: record.clientTraceId,
    kind: record.kind,
    parentId: record.parentId,
    attempt: record.attempt,
    queuedMs: record.queuedMs,
    stalled: record.stalled,
    maxAttempts: record.maxAttempts,
    willRetry: record.willRetry,
    nextAttemptInMs: record.nextAttemptInMs,
    jobsQueued: record.jobsQueued,
    account: record.account,
    user: user === undefined ? undefined : text(user, maxNameLength),
    method: record.method,
    route: route === undefined ? undefined : text(route, maxRouteLength),
    path: path === undefined ? undefined : safePath(path, safe),
    status: record.status,
    remoteAddress: record.remoteAddress,
    userAgent: record.userAgent,
    aborted: record.aborted,
    upgraded: record.upgraded,
    contextLost: record.contextLost,
    name: name === undefined ? undefined : text(name, maxNameLength),
    service: record.service,
    version: record.version,
    pid: record.pid,
    instance,
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    accountSwitched: record.accountSwitched,
    cpu: record.cpu,
    waits: record.waits,
    beforeStartMs: record.beforeStartMs,
    truncated: record.truncated,
    gcMs: record.gcMs,
    memory: record.memory,
    io: ioOf(record.io, calls),
    queries: record.queries && shownSum(record.queries, text),
    process: record.process,
    heldUp: heldUpList(heldUp, since),
    logs: record.logs,
    outgoing: calls === undefined ? none : calls.kept.map((call) => recordedCall(call, since, text)),
    steps:
      work.steps?.map(({ name, start, end }) => ({
        name: text(name, maxNameLength),
        startMs: since(start),
        durationMs: end === undefined ? undefined : roundedMs(end - start),
      })) ?? none,
    jobs:
      work.jobs?.map(({ id, name, count, at }) => ({
        id,
        name: name === undefined ? undefined : text(name, maxNameLength),
        count,
        queuedAtMs: since(at),
      })) ?? none,
    queryKinds: queries.queryKinds,
    queryRuns: queries.queryRuns,
    poolWaits: queries.poolWaits,
    timeline: record.timeline,
    fields: record.fields,
    counts: record.counts,
    error: error === undefined ? undefined : boundedError(safe(error)),
  }
  if (edit === undefined) return fitting(kept)
  // The names are those of the line, where `outgoing` is the sum of the calls.
  const left = edited(kept, { ...kept, outgoing: kept.io.outgoing, calls: kept.outgoing }, edit)
  return left && fitting({ ...left, error: left.error === undefined ? undefined : boundedError(left.error) })
}

/** An open request with texts as lines show them. Undefined if `beforeLine` drops the lines of such requests. */
export function shownLive<T extends { readonly user?: string | undefined; readonly name?: string | undefined }>(
  live: T,
  safe: (value: unknown) => SafeValue | undefined,
  edit: Edit | undefined,
): T | undefined {
  const { user, name } = live
  const text = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : String(safe(value)).slice(0, maxNameLength)
  const shown = { ...live, user: text(user), name: text(name) }
  return edit === undefined ? shown : edited(shown, shown, edit)
}

/** A path as records show it: secrets replaced, cut. @param safe makes a value safe, as in lines */
export function safePath(path: string, safe: (value: unknown) => SafeValue | undefined): string {
  return safeText(withoutSecretSegments(path), safe).slice(0, maxPathLength)
}

/** A text as records show it. The search for secrets changes no clean text. */
function safeText(text: string, safe: (value: unknown) => SafeValue | undefined): string {
  return isCleanText(text) ? text : String(safe(text))
}

/** Shortens a record until it fits. */
function fitting(record: StoredRecord): StoredRecord {
  // The estimate takes a tenth of the time of the exact size. Half the limit leaves room for its errors.
  if (recordBytes(record) <= maxRecordBytes / 2) return record
  let fit: StoredRecord | undefined = record
  // All other members are bounded already, so lists and hosts are enough.
  while (fit !== undefined && Buffer.byteLength(JSON.stringify(fit)) > maxRecordBytes) fit = smaller(fit)
  return fit ?? { ...record, ...emptyLists, io: {}, error: undefined }
}

/** Removes half of the longest list, then the sums by host. Undefined if nothing is left to remove. */
function smaller(record: StoredRecord): StoredRecord | undefined {
  const longest = listNames.reduce((one, other) => (record[other].length > record[one].length ? other : one))
  const list = record[longest]
  if (list.length > 0) return { ...record, [longest]: list.slice(0, Math.floor(list.length / 2)) }
  const { io } = record
  if (io.outgoing === undefined || Object.keys(io.outgoing.byHost).length === 0) return undefined
  return { ...record, io: { ...io, outgoing: { ...io.outgoing, byHost: {} } } }
}

function ioOf(io: RequestRecord['io'], calls: CallList | undefined): RecordIo {
  if (calls === undefined) return io ?? noIo
  const { readBytes, writtenBytes } = calls.bytes ?? {}
  const { byHost = {}, calls: count = 0 } = outgoingSum(calls) ?? {}
  return { ...io, outgoing: { calls: count, readBytes, writtenBytes, byHost } }
}

/** The summaries of queries may be the service's own texts. */
function shownSum(sum: QuerySum, text: (value: string, most: number) => string): QuerySum {
  const { repeated } = sum
  if (repeated === undefined) return sum
  return {
    ...sum,
    repeated: repeated.map((one) => ({
      ...one,
      summary: one.summary === undefined ? undefined : text(one.summary, maxNameLength),
    })),
  }
}

function recordedCall(
  call: Call,
  since: (tick: number) => number,
  text: (value: string, most: number) => string,
): RecordedCall {
  const { method, host, route, start, firstByte, end, status, errorCode, reused, readBytes, writtenBytes } = call
  return {
    startMs: since(start),
    firstByteMs: firstByte === undefined ? undefined : since(firstByte),
    durationMs: end === undefined ? undefined : roundedMs(end - start),
    method,
    host: text(host, maxNameLength),
    route: text(route, maxCallRouteLength),
    status,
    errorCode: errorCode === undefined ? undefined : text(errorCode, maxNameLength),
    reused,
    readBytes,
    writtenBytes,
  }
}

/** An error that was thrown after its request's answer, with the status of that failure: it decides who may read it. */
export function lateError(error: SafeValue | undefined, status: number): SafeValue | undefined {
  const bounded = boundedError(error)
  return typeof bounded === 'object' && bounded !== null && !Array.isArray(bounded) ? { ...bounded, status } : bounded
}

function boundedError(error: SafeValue | undefined): SafeValue | undefined {
  if (error === undefined || Buffer.byteLength(JSON.stringify(error)) <= maxErrorBytes) return error
  const { type, message, code } = (
    typeof error === 'object' && error !== null && !Array.isArray(error) ? error : { message: error }
  ) as Record<string, SafeValue>
  const short = (value: SafeValue | undefined): string => String(value ?? '').slice(0, maxPartLength)
  return { type: short(type), message: short(message), ...(code !== undefined && { code: short(code) }), cut: true }
}
