import type { Job } from 'bullmq'
import { currentContext, runWithout } from '../../context/storage.js'
import { likeOriginal } from '../../process/like-original.js'
import { ownMembers } from '../../safe-values/own-member.js'
import { type JobSpan, runningSpan } from './bullmq-spans.js'

type Emit = (this: unknown, ...args: unknown[]) => boolean
type Method = (this: unknown, ...args: unknown[]) => unknown

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, ownMembers({ value, enumerable: false, configurable: true, writable: true }))
}

/** The events that BullMQ emits on its own. `paused`, `resumed`, `closing` and `closed` answer a call and keep the caller's context. */
const ownEvents: ReadonlySet<unknown> = new Set(
  ['active', 'completed', 'drained', 'error', 'failed', 'ioredis:close'].concat([
    'lockRenewalFailed',
    'locksRenewed',
    'progress',
    'ready',
    'stalled',
  ]),
)

const followedWorkers = new WeakSet<object>()

/**
 * Runs the listeners of a worker outside any context, unless the event is about the job whose context is current. BullMQ
 * fetches the next job in the context of the previous one, and emits `active` and `drained` there. For most jobs, telemetry
 * shows when to leave the context. For a job that is put back, it does not.
 */
export function followWorker(job: Job): void {
  const worker = (job as unknown as { queue?: { emit?: Emit } } | undefined)?.queue
  const emit = worker?.emit
  if (worker === undefined || typeof emit !== 'function' || followedWorkers.has(worker)) return
  followedWorkers.add(worker)
  const followed: Emit = function (...args) {
    const own = (): boolean => Reflect.apply(emit, this, args)
    return isForeign(args) ? runWithout(own) : own()
  }
  define(worker, 'emit', likeOriginal(followed, emit))
}

function isForeign([event, subject]: unknown[]): boolean {
  if (currentContext() === undefined || !ownEvents.has(event)) return false
  return !runningSpan()?.isAbout(event, subject)
}

/** Reports BullMQ's decision about a failed attempt to `span`: whether it retries, and after which delay. */
export function followDecision(job: Job, span: JobSpan): void {
  const { shouldRetryJob } = job as unknown as { shouldRetryJob?: Method }
  if (typeof shouldRetryJob !== 'function') return
  const followed: Method = async function (...args) {
    const decided = await Reflect.apply(shouldRetryJob, this, args)
    const [willRetry, delayMs] = Array.isArray(decided) ? decided : []
    if (typeof willRetry === 'boolean') span.decide(willRetry, willRetry ? Number(delayMs ?? 0) : undefined)
    return decided
  }
  define(job, 'shouldRetryJob', likeOriginal(followed, shouldRetryJob))
}
