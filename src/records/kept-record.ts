import { hostname } from 'node:os'
import type { Call, CallList } from '../context/call-list.js'
import type { Work } from '../context/work.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { outgoingSum } from './outgoing-sum.js'
import type { KeptRecord, RecordedCall, RecordIo } from './record.js'
import type { RequestRecord } from './request-record.js'

/** Of a record as JSON. */
export const maxRecordBytes: number = 32 * 1024

const none: readonly never[] = Object.freeze([])
const instance = `${hostname()}:${process.pid}`
const fewNamed = 20
const longestPath = 2_000
const longestRoute = 300
/** An error in full may be as large as a line; beyond this it stands on its line only, and the record says where. */
const longestError = 8 * 1024

/**
 * A record as it is kept: plain JSON of at most 32 KB.
 *
 * @param safe makes a value safe, as lines hold it
 */
export function keptRecord(
  record: RequestRecord,
  work: Work,
  startTick: number,
  safe: (value: unknown) => SafeValue | undefined,
): KeptRecord {
  const { error, io, path } = record
  const since = (tick: number): number => rounded(tick - startTick)
  return fitting({
    ...record,
    path: path && String(safe(path)).slice(0, longestPath),
    instance,
    io: ioOf(io, work.calls),
    logs: { lines: work.lines, warnings: work.warnings, errors: work.errors },
    outgoing: work.calls === undefined ? none : work.calls.kept.map((call) => recordedCall(call, since)),
    steps: (work.steps ?? none).map(({ name, start, end }) => ({
      name,
      startMs: since(start),
      durationMs: end === undefined ? undefined : rounded(end - start),
    })),
    jobs: (work.jobs ?? none).map(({ id, name, at }) => ({ id, name, queuedAtMs: since(at) })),
    error: error === undefined ? undefined : boundedError(safe(error)),
  })
}

/** Shortens the longest of its lists until it is small enough: calls with long routes, steps with long names. */
function fitting(record: KeptRecord): KeptRecord {
  let { outgoing, steps, jobs } = record
  // Without long lists it cannot be too large, and most have none: they are not measured.
  if (outgoing.length + steps.length + jobs.length <= fewNamed) return record
  while (Buffer.byteLength(JSON.stringify({ ...record, outgoing, steps, jobs })) > maxRecordBytes) {
    if (outgoing.length >= steps.length && outgoing.length >= jobs.length) outgoing = half(outgoing)
    else if (steps.length >= jobs.length) steps = half(steps)
    else jobs = half(jobs)
  }
  return { ...record, outgoing, steps, jobs }
}

function half<Item>(list: readonly Item[]): readonly Item[] {
  return list.slice(0, Math.floor(list.length / 2))
}

function ioOf(io: RequestRecord['io'], calls: CallList | undefined): RecordIo {
  if (calls === undefined) return { ...io }
  const { readBytes, writtenBytes } = calls.bytes ?? {}
  const { byHost = {}, calls: count = 0 } = outgoingSum(calls) ?? {}
  return { ...io, outgoing: { calls: count, readBytes, writtenBytes, byHost } }
}

function recordedCall(call: Call, since: (tick: number) => number): RecordedCall {
  const { method, host, route, start, firstByte, end, status, errorCode, reused, readBytes, writtenBytes } = call
  return {
    startMs: since(start),
    firstByteMs: firstByte === undefined ? undefined : since(firstByte),
    durationMs: end === undefined ? undefined : rounded(end - start),
    method,
    host,
    route: route.slice(0, longestRoute),
    status,
    errorCode,
    reused,
    readBytes,
    writtenBytes,
  }
}

function boundedError(error: SafeValue | undefined): SafeValue | undefined {
  if (error === undefined || JSON.stringify(error).length <= longestError) return error
  const { type, message, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    SafeValue
  >
  const short = (value: SafeValue | undefined): string => String(value ?? '').slice(0, 500)
  return { type: short(type), message: short(message), ...(code !== undefined && { code: short(code) }), cut: true }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
