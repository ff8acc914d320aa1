import type { Job } from 'bullmq'
import { type Carried, unlistedFrom } from '../../context/carrier.js'
import { idPart, isRequestId } from '../../context/request-id.js'
import type { Attempt } from '../../records/attempt.js'

/** What `bullmqTelemetry` writes is a fifth of it. */
const maxMetadataLength = 4_096
/** With a hash behind it, it is an id still. */
const maxPrefixLength = 160

/** What BullMQ keeps for us among a job's options, as text. */
export interface Metadata {
  /** What was carried, or whatever came instead; checked by who runs the job. */
  readonly carried: unknown
  /** Whose id is in it: the job's, that of all jobs of one `addBulk`, or none, where the producer knows nothing of us. */
  readonly idOf: 'job' | 'bulk' | 'nobody'
}

export function writeMetadata(carried: Carried, isBulk: boolean): string {
  return JSON.stringify(isBulk ? { ...carried, bulk: true } : carried)
}

export function readMetadata(text: unknown): Metadata {
  // No forgery: nothing came.
  if (text === undefined) return { carried: unlistedFrom(undefined), idOf: 'nobody' }
  const carried = parsed(text)
  return { carried, idOf: (carried as { bulk?: unknown } | null)?.bulk === true ? 'bulk' : 'job' }
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > maxMetadataLength) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The id of a job that has none of its own in what it carries: the same for each of its attempts.
 *
 * @param prefix what it shares with others
 */
export function jobIdWithin(prefix: string, jobId: string): string {
  const id = `${prefix}/${jobId}`
  if (isRequestId(id)) return id
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(id).digest('hex').slice(0, 32)
  // A queue may have any name: of one that is no part of an id, what is.
  return `${idPart(prefix).slice(0, maxPrefixLength)}/${hash}`
}

/** A job that a scheduler made. BullMQ gives all of them what the first one carried, or what was current by chance. */
export function isScheduled(jobId: string): boolean {
  return jobId.startsWith('repeat:')
}

/** What BullMQ's job says of its attempt. */
export function attemptOf(job: Job): Attempt {
  const { attemptsStarted, stalledCounter, timestamp, opts } = job
  return {
    attempt: attemptsStarted,
    // Of a retry BullMQ keeps no time: only of when the job was added.
    queuedMs: attemptsStarted === 1 ? Math.max(0, Date.now() - timestamp) : undefined,
    stalled: stalledCounter || undefined,
    maxAttempts: opts?.attempts || 1,
  }
}

const putBackNames = new Set(['DelayedError', 'RateLimitError', 'WaitingError', 'WaitingChildrenError'])

/** True for what a processor throws to have its job again later: it did not fail. Never throws, whatever that is. */
export function isPutBack(error: unknown): boolean {
  try {
    return error instanceof Error && (putBackNames.has(error.name) || error.message === 'bullmq:rateLimitExceeded')
  } catch {
    return false
  }
}

/** A failure of which BullMQ tells the message only. Its stack would be ours. */
export class JobError extends Error {
  override readonly name = 'JobError'
  constructor(reason: string) {
    super(reason)
    this.stack = `${this.name}: ${reason}`
  }
}
