import type { StoredRecord } from '../../records/record.js'
import type { RecordedCall } from '../../records/record-parts.js'

/** When the first made record starts, ms since the epoch; the n-th starts n ms later. */
export const epoch: number = Date.parse('2026-11-24T12:00:00.000Z')

/** The id of the n-th made record: a UUIDv7 of its time. */
export function idAt(n: number): string {
  const time = (epoch + n).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
}

/** A record such as the lifecycle makes, the n-th of its kind: measured, without calls. */
export function made(n: number, own: Partial<StoredRecord> = {}): StoredRecord {
  const id = own.id ?? idAt(n)
  return {
    id,
    requestId: id,
    kind: 'request',
    account: 'acme',
    user: 'mara',
    method: 'POST',
    route: '/api/v1/publish',
    path: '/api/v1/publish',
    status: 201,
    service: 'publisher',
    version: '1.0.0',
    instance: 'web-2:4127',
    pid: 4127,
    startedAt: new Date(epoch + n).toISOString(),
    durationMs: 812.123,
    cpu: { ms: 14.021, slices: 7, clock: 'thread', fromMs: 0 },
    waits: { heldUpMs: 0, outgoingMs: 530.4, queriesMs: 0, poolMs: 0, stepsMs: 0, otherMs: 267.702, unmeasuredMs: 0 },
    io: { client: { readBytes: 4_198, writtenBytes: 612 } },
    process: { cpuMs: 318.2, heapDeltaBytes: -1_204_224, inFlight: 9 },
    logs: { lines: 12, warnings: 1, errors: 0 },
    outgoing: [],
    steps: [],
    jobs: [],
    queryKinds: [],
    queryRuns: [],
    poolWaits: [],
    heldUp: [],
    ...own,
  }
}

/** One of its calls. */
export function madeCall(n: number, own: Partial<RecordedCall> = {}): RecordedCall {
  return {
    startMs: 10.6 + n,
    firstByteMs: 84.5,
    durationMs: 92.125,
    method: 'GET',
    host: 'blog.acme.example',
    route: '/wp-json/wp/v2/posts/:id',
    status: 200,
    reused: true,
    readBytes: 1_842,
    writtenBytes: 412,
    ...own,
  }
}
