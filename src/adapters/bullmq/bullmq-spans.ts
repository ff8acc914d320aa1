import type { Attributes, Exception, Job, Span } from 'bullmq'
import { type Carried, listJobs, unlistedFrom } from '../../context/carrier.js'
import type { WorkContext } from '../../context/request-context.js'
import { currentContext, leaveContext } from '../../context/storage.js'
import type { OpenJob } from '../../lifecycle/jobs.js'
import type { Attempt } from '../../records/attempt.js'
import type { Work } from '../../work/work.js'
import { attemptOf, isPutBack, isScheduled, JobError, jobIdWithin, type Metadata, writeMetadata } from './bullmq-job.js'

/** What BullMQ calls a context. */
export interface Hop {
  readonly metadata?: string | undefined
  readonly span?: Span | undefined
  /** Outside any request. */
  readonly isRoot?: true
}

// BullMQ's SpanKind. Importing it would load BullMQ, of which there may be several copies.
const internal = 0
const producer = 3
export const consumer = 4

/**
 * The attempts that run, of every telemetry: a service may make it anew in each of its files. By their work, which the
 * scopes opened inside share.
 */
const running = new WeakMap<Work, JobSpan>()

/** The attempt that the current context belongs to. */
export function runningSpan(): JobSpan | undefined {
  const context = currentContext()
  return context && running.get(context.work)
}

/** What BullMQ says while it does something with a queue. Only what adds jobs says anything to us. */
export class QueueSpan implements Span<Hop> {
  readonly #kind: number
  readonly #said: Attributes = {}
  #parent: WorkContext | undefined
  #carried: Carried | undefined
  #failed = false

  constructor(kind: number) {
    this.#kind = kind
  }

  /** Asked for also where a job fails, whose id stays: then it is empty, and BullMQ leaves things as they are. */
  carry(): string {
    if (this.#kind !== producer) return ''
    this.#parent = currentContext()
    this.#carried = unlistedFrom(this.#parent)
    return writeMetadata(this.#carried, this.#isBulk)
  }

  setSpanOnContext(hop: Hop): Hop {
    return { ...hop, span: this }
  }

  setAttribute(key: string, value: NonNullable<Attributes[string]>): void {
    this.#said[key] = value
  }

  setAttributes(attributes: Attributes): void {
    Object.assign(this.#said, attributes)
    const jobId = textOf(attributes['bullmq.job.id'])
    // BullMQ decides about a failed attempt in that attempt's context, and names the job then.
    if (this.#kind === internal && jobId !== undefined) runningSpan()?.hear(this.#said)
  }

  addEvent(): void {}

  recordException(): void {
    this.#failed = true
  }

  /** Only now it is known that the jobs were added, and what they are called. */
  end(): void {
    if (this.#parent === undefined || this.#carried === undefined || this.#failed) return
    if (this.#said['bullmq.job.scheduler.id'] !== undefined) return
    const { id } = this.#carried
    if (!this.#isBulk) {
      listJobs(this.#parent.work, { id, name: textOf(this.#said['bullmq.job.name']) })
      return
    }
    const count = Number(this.#said['bullmq.job.bulk.count']) || 0
    if (count === 0) return
    const names = new Set(this.#said['bullmq.job.bulk.names'] as string[] | undefined)
    const name = names.size === 1 ? [...names][0] : undefined
    listJobs(this.#parent.work, { id, name }, count)
  }

  get #isBulk(): boolean {
    return this.#said['bullmq.queue.operation'] === 'addBulk'
  }
}

/** What BullMQ says while a worker runs an attempt at a job. */
export class JobSpan implements Span<Hop> {
  readonly attempt: Attempt = {}
  idOf: Metadata['idOf'] = 'job'
  #job: OpenJob | undefined
  #queue = ''
  #jobId: string | undefined
  /** What the processor threw, until BullMQ has decided about it. */
  #thrown: unknown
  #isPutBack = false
  #failure: unknown
  #trouble: Error | undefined

  /** Takes the job that the span is about, once it has begun. */
  begin(job: OpenJob): OpenJob {
    this.#job = job
    running.set(job.context.work, this)
    return job
  }

  /** Takes what BullMQ does not say. */
  tell(job: Job): void {
    Object.assign(this.attempt, attemptOf(job))
  }

  /** The processor has ended. A failed attempt is over only once BullMQ has decided whether there is another one. */
  ended(error: unknown): void {
    this.#isPutBack = error !== undefined && isPutBack(error)
    if (error === undefined || this.#isPutBack) this.#job?.end()
    else this.#thrown = error
  }

  /** Takes what BullMQ decided about a failed attempt. Nothing is known of the wait where `delayMs` is undefined. */
  decide(willRetry: boolean, delayMs: number | undefined): void {
    this.attempt.willRetry ??= willRetry
    this.attempt.nextAttemptInMs ??= delayMs
    if (this.#thrown !== undefined) this.#job?.end(this.#thrown)
  }

  /** Takes the same from what BullMQ says of its operations. It says whether a retry waits, but not for how long. */
  hear(said: Attributes): void {
    if (said['bullmq.queue.name'] !== this.#queue || said['bullmq.job.id'] !== this.#jobId) return
    const operation = said['bullmq.queue.operation']
    if (operation === 'fail') this.decide(false, undefined)
    if (operation === 'retry') this.decide(true, 0)
    if (operation === 'delay') this.decide(true, undefined)
  }

  /** Whether an event of the worker, which is emitted in this job's context, is about this job. */
  isAbout(event: unknown, subject: unknown): boolean {
    if (event === 'error') return !this.#isPutBack
    return isOutcome(event) && (subject as Partial<Job> | undefined)?.id === this.#jobId
  }

  setSpanOnContext(hop: Hop): Hop {
    return { ...hop, span: this }
  }

  setAttribute(key: string, value: NonNullable<Attributes[string]>): void {
    this.setAttributes({ [key]: value })
  }

  setAttributes(said: Attributes): void {
    this.#queue = textOf(said['bullmq.queue.name']) ?? this.#queue
    const jobId = textOf(said['bullmq.job.id'])
    // Said once, right before the processor is called.
    this.#jobId ??= jobId
    if (jobId !== undefined) this.#name(jobId, textOf(said['bullmq.job.name']))
    const made = said['bullmq.job.attempts.made']
    if (typeof made === 'number') this.attempt.attempt ??= made
  }

  addEvent(name: string, said: Attributes = {}): void {
    if (name === 'job failed') this.#failure ??= new JobError(textOf(said['bullmq.job.failed.reason']) ?? '')
    if (name === 'job completed') this.#trouble = undefined
    // Its listeners have been called. BullMQ goes on with the next job: its `active`, or `drained`.
    if (name === 'job completed' || name === 'job failed') leaveContext()
  }

  /** Also of what BullMQ gets over, as of a Redis that is away for a while: then the job is completed all the same. */
  recordException(exception: Exception): void {
    this.#trouble = exception instanceof Error ? exception : new JobError(textOf(exception) ?? '')
  }

  /** Without our processor, nothing has ended the attempt yet. BullMQ leaves a job that threw nothing neither failed nor completed. */
  end(): void {
    this.#job?.end(this.#thrown ?? this.#failure ?? this.#trouble)
  }

  #name(jobId: string, name: string | undefined): void {
    const job = this.#job
    if (job === undefined) return
    const { context } = job
    const isFresh = isScheduled(jobId)
    // What was refused was given an id for this attempt only.
    const idOf = isFresh || context.requestId === context.id ? 'nobody' : this.idOf
    const prefix = idOf === 'bulk' ? context.requestId : this.#queue
    job.update({
      name,
      isFresh,
      requestId: idOf === 'job' ? undefined : jobIdWithin(prefix, jobId),
    })
  }
}

const outcomes: ReadonlySet<unknown> = new Set(['completed', 'failed', 'progress'])

function isOutcome(event: unknown): boolean {
  return outcomes.has(event)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
