import type { Job } from 'bullmq'
import { type Carried, unlistedFrom } from '../../context/carrier.js'
import { idPart, isRequestId } from '../../context/request-id.js'
import type { Attempt } from '../../records/attempt.js'

/** Five times the length that `bullmqTelemetry` writes. */
const maxMetadataLength = 4_096
/** With a hash behind it, the prefix is still a valid id. */
const maxPrefixLength = 160

/** The data that BullMQ keeps for Spoor in a job's options, as text. */
export interface Metadata {
  /** The carried data, or any other value in its place. `jobs.begin` checks it. */
  readonly carried: unknown
  /** The id in the data: the job's own, one for all jobs of an `addBulk`, or none if the producer does not use Spoor. */
  readonly idOf: 'job' | 'bulk' | 'none'
}

export function writeMetadata(carried: Carried, isBulk: boolean): string {
  return JSON.stringify(isBulk ? { ...carried, bulk: true } : carried)
}

export function readMetadata(text: unknown): Metadata {
  // Not forged: the producer sent nothing.
  if (text === undefined) return { carried: unlistedFrom(undefined), idOf: 'none' }
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
 * Makes the id of a job whose carried data has no id of its own. All attempts at the job get the same id.
 *
 * @param prefix the part that it shares with other jobs
 */
export function jobIdWithin(prefix: string, jobId: string): string {
  const id = `${prefix}/${jobId}`
  if (isRequestId(id)) return id
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(id).digest('hex').slice(0, 32)
  // A queue may have any name. Characters that an id cannot have are left out.
  return `${idPart(prefix).slice(0, maxPrefixLength)}/${hash}`
}

/** True for a job of a scheduler. BullMQ gives all of them the data of the first one, or of the request that was current. */
export function isScheduled(jobId: string): boolean {
  return jobId.startsWith('repeat:')
}

/** Reads the attempt from BullMQ's job. */
export function attemptOf(job: Job): Attempt {
  const { attemptsStarted, stalledCounter, timestamp, opts } = job
  return {
    attempt: attemptsStarted,
    // BullMQ keeps the time when the job was added, but not the time of a retry.
    queuedMs: attemptsStarted === 1 ? Math.max(0, Date.now() - timestamp) : undefined,
    stalled: stalledCounter || undefined,
    maxAttempts: opts?.attempts || 1,
  }
}

const putBackNames = new Set(['DelayedError', 'RateLimitError', 'WaitingError', 'WaitingChildrenError'])

/** True for an error that puts the job back into the queue: the job did not fail. Never throws. */
export function isPutBack(error: unknown): boolean {
  try {
    return error instanceof Error && (putBackNames.has(error.name) || error.message === 'bullmq:rateLimitExceeded')
  } catch {
    return false
  }
}

/** A failure for which BullMQ reports only the message. The stack would show Spoor's code, so it is left out. */
export class JobError extends Error {
  override readonly name = 'JobError'
  constructor(reason: string) {
    super(reason)
    this.stack = `${this.name}: ${reason}`
  }
}
