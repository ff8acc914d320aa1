import type { MemberName, StoredRecord, UnlistedName } from './record.js'
import type { Column, Member, Rows } from './record-member.js'

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
      heldUpMs: someMs,
      outgoingMs: ms,
      queriesMs: someMs,
      poolMs: someMs,
      stepsMs: someMs,
      otherMs: someMs,
      unmeasuredMs: ms,
    },
  },
  beforeStartMs: { ...optional, ...ms, since: '0.2' },
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
  heldUp: {
    ...list,
    since: '0.2',
    parts: {
      startMs,
      durationMs: ms,
      by: {
        kind: 'object',
        parts: { kind: text, id: someText, method: someText, route: someText, account: someText },
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
