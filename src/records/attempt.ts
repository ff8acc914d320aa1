import { ownMembers } from '../safe-values/own-member.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { typeName } from '../safe-values/type-name.js'

/** Details of one attempt at a job. */
export interface Attempt {
  name?: string | undefined
  /** The number of the attempt, from 1. */
  attempt?: number | undefined
  /** How long the job waited in its queue. */
  queuedMs?: number | undefined
  /** How many earlier attempts ended with their worker: it died, or was blocked for too long. */
  stalled?: number | undefined
  /** How many attempts the queue makes before it gives the job up. */
  maxAttempts?: number | undefined
  /** If this attempt fails, whether the queue tries the job again. Kept of failed attempts only. */
  willRetry?: boolean | undefined
  /** The wait before the next attempt. Kept only with `willRetry: true`. */
  nextAttemptInMs?: number | undefined
}

/** @throws TypeError for an invalid attempt or function */
export function checkAttempt(attempt: unknown, fn: unknown): void {
  if (typeof attempt !== 'object' || attempt === null) {
    throw new TypeError(`runChild: attempt: expected { attempt?, queuedMs?, … }, at least {}, got ${typeName(attempt)}`)
  }
  if (typeof fn !== 'function') {
    throw new TypeError(`runChild: fn: expected a function as third argument, got ${typeName(fn)}`)
  }
}

/** The details of an attempt for its record. A queue may give any value: invalid values are left out. */
export function figuresOf(of: Attempt, failed: boolean): Omit<Attempt, 'name'> {
  try {
    const own = ownMembers(of)
    const { attempt, queuedMs, stalled, maxAttempts } = own
    const counts = { attempt: count(attempt, 1), queuedMs: count(queuedMs, 0), stalled: count(stalled, 1) }
    return { ...counts, maxAttempts: count(maxAttempts, 1), ...(failed && nextOf(own)) }
  } catch {
    return {}
  }
}

function nextOf({ willRetry, nextAttemptInMs }: Attempt): Pick<Attempt, 'willRetry' | 'nextAttemptInMs'> {
  if (typeof willRetry !== 'boolean') return {}
  return { willRetry, nextAttemptInMs: willRetry ? count(nextAttemptInMs, 0) : undefined }
}

function count(value: unknown, min: number): number | undefined {
  const counted = typeof value === 'number' ? roundedMs(value) : Number.NaN
  return Number.isFinite(counted) && counted >= min ? counted : undefined
}
