import type { SafeValue } from '../safe-values/safe-value.js'
import type { UsageFigures } from '../usage/figures.js'
import type { Column, Member, Rows } from './record-member.js'
import type {
  ClientBytes,
  LineCounts,
  QuerySum,
  RecordedCall,
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
  /** The route's pattern, `/api/v1/posts/:id`; absent if none matched. */
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
  readonly cpu?: UsageFigures['cpu'] | undefined
  /** The parts of its duration off the CPU. Together with `cpu.ms` they give `durationMs`. */
  readonly waits?: Waits | undefined
  /** Measuring ended before the request did, after `maxMs`. */
  readonly truncated?: true | undefined
  /** Pauses for garbage collection; a part of `cpu.ms`. */
  readonly gcMs?: number | undefined
  readonly memory?: UsageFigures['memory'] | undefined
  readonly io?: { readonly client?: ClientBytes | undefined; readonly fs?: UsageFigures['fs'] | undefined } | undefined
  /** The resources that the whole process used in that time. */
  readonly process?: UsageFigures['process'] | undefined
  /** Lines it wrote until its end. */
  readonly logs?: LineCounts | undefined
  readonly timeline?: UsageFigures['timeline'] | undefined
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
export type UnlistedName = ListName | 'timeline' | 'logs' | 'process'

const always = { inLists: true, inLine: true, since: '0.1' } as const
const optional = { ...always, isOptional: true } as const
const optionalText = { ...optional, kind: 'text' } as const
/** A text that comes from the caller or the service's code. */
const editableText = { ...optionalText, isEditable: true } as const
const flag = { ...optional, kind: 'flag' } as const
const list = { kind: 'list', inLists: false, inLine: false, isEditable: true, since: '0.1' } as const

const text = { kind: 'text' } as const
const number = { kind: 'number' } as const
const count = { kind: 'number', unit: 'count' } as const
const ms = { kind: 'number', unit: 'ms' } as const
const startMs = { kind: 'number', unit: 'ms after the start' } as const
const bytes = { kind: 'number', unit: 'bytes' } as const
const isOptional = { isOptional: true } as const
const someMs = { ...isOptional, ...ms } as const
const someCount = { ...isOptional, ...count } as const
const someText = { ...isOptional, ...text } as const
const someBytes = { ...isOptional, ...bytes } as const
const someFlag = { ...isOptional, kind: 'flag' } as const

/**
 * Every member of a record, in the order of the docs. The size of a record, the reader of lines, the lists, the edits of
 * `beforeLine` and the test of docs/inspector-api.md read the table. A new member needs a member in the type above, a row
 * here, the code that fills it and a row in the docs. The compiler compares the table with the type; record.test.ts
 * compares the straight-line code of the hot path with the table.
 */
const table = {
  id: { ...always, ...text },
  requestId: { ...always, ...text },
  clientRequestId: editableText,
  clientTraceId: editableText,
  kind: { ...always, ...text },
  parentId: optionalText,
  attempt: { ...optional, ...count },
  queuedMs: { ...optional, ...ms },
  stalled: { ...optional, ...count },
  maxAttempts: { ...optional, ...count, since: '0.2' },
  willRetry: { ...optional, kind: 'boolean', since: '0.2' },
  nextAttemptInMs: { ...optional, ...ms, since: '0.2' },
  jobsQueued: { ...optional, ...count },
  account: optionalText,
  user: editableText,
  method: editableText,
  route: editableText,
  path: editableText,
  status: { ...optional, ...number },
  remoteAddress: { ...editableText, since: '0.2' },
  userAgent: { ...editableText, since: '0.2' },
  aborted: flag,
  upgraded: flag,
  contextLost: flag,
  name: editableText,
  service: { ...always, ...text },
  version: optionalText,
  pid: { ...always, ...number },
  instance: { ...always, ...text, inLine: false },
  startedAt: { ...always, kind: 'time', unit: 'ISO 8601, UTC' },
  durationMs: { ...always, ...ms },
  accountSwitched: flag,
  cpu: { ...optional, kind: 'object', parts: { ms, slices: count, clock: text, fromMs: startMs } },
  waits: {
    ...optional,
    kind: 'object',
    parts: {
      outgoingMs: ms,
      queriesMs: someMs,
      poolMs: someMs,
      stepsMs: ms,
      otherMs: ms,
      unmeasuredMs: ms,
    },
  },
  truncated: flag,
  gcMs: { ...optional, ...ms },
  memory: { ...optional, kind: 'object', parts: { allocatedBytes: bytes } },
  io: {
    ...always,
    kind: 'object',
    parts: {
      client: { ...isOptional, kind: 'object', parts: { readBytes: bytes, writtenBytes: bytes } },
      outgoing: {
        ...isOptional,
        kind: 'object',
        parts: {
          calls: count,
          readBytes: someBytes,
          writtenBytes: someBytes,
          byHost: { kind: 'names', parts: { calls: count, ms } },
        },
      },
      fs: { ...isOptional, kind: 'object', parts: { readBytes: bytes, writtenBytes: bytes, operations: count } },
    },
  },
  queries: {
    ...optional,
    since: '0.2',
    kind: 'object',
    parts: {
      calls: count,
      ms,
      busyMs: ms,
      slowestMs: ms,
      poolMs: someMs,
      holdMs: someMs,
      rows: someCount,
      errors: someCount,
      bySystem: { kind: 'names', parts: { calls: count, ms } },
      repeated: {
        ...isOptional,
        kind: 'list',
        parts: { system: text, summary: someText, calls: count, ms },
      },
    },
  },
  process: {
    ...optional,
    inLists: false,
    kind: 'object',
    parts: {
      cpuMs: someMs,
      heapDeltaBytes: someBytes,
      rssDeltaBytes: someBytes,
      readBytes: someBytes,
      writtenBytes: someBytes,
      inFlight: count,
    },
  },
  logs: {
    ...optional,
    inLists: false,
    kind: 'object',
    parts: { lines: count, warnings: count, errors: count },
  },
  outgoing: {
    ...list,
    parts: {
      startMs,
      firstByteMs: someMs,
      durationMs: someMs,
      method: text,
      host: text,
      route: text,
      status: { ...isOptional, ...number },
      errorCode: someText,
      reused: { ...isOptional, kind: 'boolean' },
      readBytes: someBytes,
      writtenBytes: someBytes,
    },
  },
  steps: { ...list, parts: { name: text, startMs, durationMs: someMs } },
  jobs: {
    ...list,
    parts: { id: text, name: someText, count: someCount, queuedAtMs: startMs },
  },
  queryKinds: {
    ...list,
    since: '0.2',
    parts: {
      system: text,
      namespace: someText,
      summary: someText,
      text: someText,
      calls: count,
      ms,
      slowestMs: ms,
      rows: someCount,
      errors: someCount,
    },
  },
  queryRuns: {
    ...list,
    since: '0.2',
    parts: { startMs, durationMs: someMs, kind: someCount, rows: someCount, errorCode: someText, unfinished: someFlag },
  },
  poolWaits: {
    ...list,
    since: '0.2',
    parts: {
      startMs,
      durationMs: ms,
      by: {
        ...isOptional,
        kind: 'object',
        parts: { kind: text, id: someText, route: someText, account: someText, ms },
      },
    },
  },
  timeline: { ...optional, kind: 'spans', unit: 'ms after the start, ms', inLists: false },
  late: {
    ...optional,
    inLine: false,
    kind: 'object',
    parts: {
      cpuMs: ms,
      gcMs: someMs,
      untilMs: startMs,
      lines: someCount,
      queries: someCount,
      queriesMs: someMs,
    },
  },
  fields: { ...optional, kind: 'values', isEditable: true, since: '0.2' },
  counts: { ...optional, kind: 'numbers', isEditable: true, since: '0.2' },
  error: { ...optional, kind: 'value', isEditable: true },
} as const satisfies Rows<StoredRecord, Column> & {
  readonly [Name in MemberName]: { readonly inLists: Name extends UnlistedName ? false : true }
}

/** The table by name. */
export const recordMembers: Readonly<Record<MemberName, Member & Column>> = table

/** Every member with its row, in the order of the docs. */
export const memberRows: readonly (readonly [MemberName, Member & Column])[] = Object.entries(table) as never
