import type { ParsedLine } from '../logging/parser.js'
import type { RecordedCall, RecordedJob, RecordedStep, StoredRecord } from '../records/record.js'
import type { SafeValue } from '../safe-values/safe-value.js'

type Fields = ParsedLine['fields']

const texts = ['clientRequestId', 'clientTraceId', 'user', 'method', 'route', 'path', 'name', 'version'] as const
const numbers = [
  'attempt',
  'queuedMs',
  'stalled',
  'maxAttempts',
  'nextAttemptInMs',
  'jobsQueued',
  'status',
  'gcMs',
] as const
const flags = ['aborted', 'upgraded', 'contextLost', 'truncated', 'accountSwitched'] as const
const figures = ['memory', 'process', 'logs', 'late'] as const
const needed = {
  cpu: ['ms', 'slices', 'fromMs'],
  waits: ['outgoingMs', 'stepsMs', 'otherMs', 'unmeasuredMs'],
} as const

/**
 * The record a line of `requests` holds: lists that a line does not have are empty. Each member
 * is taken if it is what it should be; files may be damaged, and written by others.
 *
 * @returns undefined for a line that is not that of a finished request or job
 */
export function lineRecord({ fields, requestId, parentId, account }: ParsedLine): StoredRecord | undefined {
  const { id, kind, service, startedAt, durationMs, pid, instance } = fields
  if (kind !== 'request' && kind !== 'job') return undefined
  if (typeof id !== 'string' || typeof startedAt !== 'string' || !isTime(startedAt) || !isFigure(durationMs))
    return undefined
  return {
    id,
    requestId: requestId ?? id,
    kind,
    ...(parentId === undefined ? {} : { parentId }),
    ...(account === undefined ? {} : { account }),
    service: typeof service === 'string' ? service : 'unknown',
    instance: typeof instance === 'string' ? instance : 'unknown',
    pid: isFigure(pid) ? pid : 0,
    startedAt,
    durationMs,
    ...knownMembers(fields),
    io: ioOf(fields),
    outgoing: listOf<RecordedCall>(fields['outgoing'], ['startMs'], ['method', 'host', 'route']),
    steps: listOf<RecordedStep>(fields['steps'], ['startMs'], ['name']),
    jobs: listOf<RecordedJob>(fields['jobs'], ['queuedAtMs'], ['id']),
    ...(fields['error'] === undefined ? {} : { error: fields['error'] }),
  }
}

/** What came late, of a line of kind `late`. */
export function lineLate({ fields }: ParsedLine): StoredRecord['late'] {
  const late = fields['late']
  return isFigures(late) && isFigure(late['cpuMs']) && isFigure(late['untilMs'])
    ? (late as unknown as StoredRecord['late'])
    : undefined
}

/** The error of a line of kind `late`: what failed after the end. It claims its own status: the answer was another one. */
export function lineLateError({ fields }: ParsedLine): StoredRecord['error'] {
  const { error, status } = fields
  if (error === undefined) return undefined
  const claimed = isFigure(status) ? { status } : {}
  return isObject(error) ? { ...claimed, ...error } : { ...claimed, message: error }
}

function knownMembers(fields: Fields): Partial<StoredRecord> {
  const members: Record<string, SafeValue> = {}
  const take = (name: string, is: (value: SafeValue) => boolean): void => {
    const value = fields[name]
    if (value !== undefined && is(value)) members[name] = value
  }
  for (const name of texts) take(name, (value) => typeof value === 'string')
  for (const name of numbers) take(name, isFigure)
  for (const name of flags) take(name, (value) => value === true)
  take('willRetry', (value) => typeof value === 'boolean')
  for (const name of figures) take(name, isFigures)
  for (const [name, parts] of Object.entries(needed))
    take(name, (value) => isFigures(value) && parts.every((part) => isFigure(value[part])))
  take(
    'timeline',
    (value) => Array.isArray(value) && value.every((span) => Array.isArray(span) && span.every(isFigure)),
  )
  return members
}

/** Where a record has its calls, a line has their sum. */
function ioOf({ io, outgoing }: Fields): StoredRecord['io'] {
  const known: { [key: string]: SafeValue } = isObject(io) ? io : {}
  const sum = [outgoing, known['outgoing']].filter(isObject).find(({ calls }) => isFigure(calls))
  const byHost = sum && isObject(sum['byHost']) ? sum['byHost'] : {}
  const hosts = Object.entries(byHost).filter(([, host]) => isFigures(host) && isFigure(host['ms']))
  return {
    ...(isFigures(known['client']) ? { client: known['client'] } : {}),
    ...(isFigures(known['fs']) ? { fs: known['fs'] } : {}),
    ...(sum === undefined ? {} : { outgoing: { calls: sum['calls'], byHost: Object.fromEntries(hosts) } }),
  } as unknown as StoredRecord['io']
}

/** Those of a list that have what each of them must have. */
function listOf<T>(value: SafeValue | undefined, figures: readonly string[], texts: readonly string[]): T[] {
  if (!Array.isArray(value)) return []
  const whole = value.filter(
    (item) =>
      isFigures(item) &&
      figures.every((name) => isFigure(item[name])) &&
      texts.every((name) => typeof item[name] === 'string'),
  )
  return whole as unknown as T[]
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text))
}

function isFigure(value: SafeValue | undefined): value is number {
  return typeof value === 'number'
}

function isObject(value: SafeValue | undefined): value is { [key: string]: SafeValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object of plain values. */
function isFigures(value: SafeValue | undefined): value is { [key: string]: SafeValue } {
  return isObject(value) && Object.values(value).every((one) => typeof one !== 'object')
}
