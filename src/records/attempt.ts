import { ownMembers } from '../context/own-member.js'
import { typeName } from '../context/type-name.js'
import { roundedMs } from '../safe-values/rounded-ms.js'

/** What is known of one attempt at a job. */
export interface Attempt {
  name?: string | undefined
  /** From 1 on. */
  attempt?: number | undefined
  /** How long it waited in its queue. */
  queuedMs?: number | undefined
  /** So many attempts before this one ended with their worker: it died, or was held up for too long. */
  stalled?: number | undefined
}

/** @throws TypeError for what cannot be an attempt, before anything is done for it */
export function checkAttempt(attempt: unknown, fn: unknown): void {
  if (typeof attempt !== 'object' || attempt === null) {
    throw new TypeError(`runChild: attempt: expected { attempt?, queuedMs?, … }, at least {}, got ${typeName(attempt)}`)
  }
  if (typeof fn !== 'function') {
    throw new TypeError(`runChild: fn: expected a function as third argument, got ${typeName(fn)}`)
  }
}

/** The figures of an attempt. They come from a queue, which may give anything: what counts nothing is left out. */
export function figuresOf(of: Attempt): Omit<Attempt, 'name'> {
  try {
    const { attempt, queuedMs, stalled } = ownMembers(of)
    return { attempt: count(attempt, 1), queuedMs: count(queuedMs, 0), stalled: count(stalled, 1) }
  } catch {
    return {}
  }
}

function count(value: unknown, least: number): number | undefined {
  const counted = typeof value === 'number' ? roundedMs(value) : Number.NaN
  return Number.isFinite(counted) && counted >= least ? counted : undefined
}
