import type { Attributes, Exception, Job, Span } from 'bullmq'
import { type Carried, listJobs, unlistedFrom } from '../../context/carrier.js'
import { knownContext } from '../../context/known-context.js'
import type { WorkContext } from '../../context/request-context.js'
import { currentContext, leaveContext } from '../../context/storage.js'
import type { OpenJob } from '../../lifecycle/adapter.js'
import type { Attempt } from '../../records/attempt.js'
import type { Work } from '../../work/work.js'
import { attemptOf, isPutBack, isScheduled, JobError, jobIdWithin, type Metadata, writeMetadata } from './bullmq-job.js'

/** BullMQ's context. */
export interface Hop {
  readonly metadata?: string | undefined
  readonly span?: Span | undefined
  /** Outside any request. */
  readonly isRoot?: true
}

// BullMQ's SpanKind. Importing it would load BullMQ, and a service may have several copies of it.
const internal = 0
const producer = 3
export const consumer = 4

/**
 * The running attempts of every telemetry: a service may create one telemetry per file. The key is the attempt's work,
 * because scopes inside the attempt share it.
 */
const running = new WeakMap<Work, JobSpan>()

/** The attempt that the current context belongs to. */
export function runningSpan(): JobSpan | undefined {
  const context = currentContext()
  return context && running.get(context.work)
}

/** The span of a queue operation. Only operations that add jobs matter here. */
export class QueueSpan implements Span<Hop> {
  readonly #kind: number
  readonly #said: Attributes = {}
  #parent: WorkContext | undefined
  #carried: Carried | undefined
  #failed = false

  constructor(kind: number) {
    this.#kind = kind
  }

  /** BullMQ also calls it when a job fails. The job keeps its id then: the text is empty, and BullMQ changes nothing. */
  carry(): string {
    if (this.#kind !== producer) return ''
    this.#parent = knownContext()
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
    // BullMQ decides about a failed attempt in the attempt's own context, and names the job there.
    if (this.#kind === internal && jobId !== undefined) runningSpan()?.hear(this.#said)
  }

  addEvent(): void {}

  recordException(): void {
    this.#failed = true
  }

  /** Lists the jobs: only now it is known that they were added, and their names. */
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

/** The span of one attempt at a job, in a worker. */
export class JobSpan implements Span<Hop> {
  readonly attempt: Attempt = {}
  idOf: Metadata['idOf'] = 'job'
  #job: OpenJob | undefined
  #queue = ''
  #jobId: string | undefined
  /** The error of the processor, until BullMQ has decided about a retry. */
  #thrown: unknown
  #isPutBack = false
  #failure: unknown
  #trouble: Error | undefined

  /** Takes the job that the span is about, once it has begun. */
  begin(job: OpenJob): OpenJob {
    this.#job = job
    job.run(() => {
      const context = currentContext()
      if (context !== undefined) running.set(context.work, this)
    })
    return job
  }

  /** Reads from the job what BullMQ does not report to telemetry. */
  tell(job: Job): void {
    Object.assign(this.attempt, attemptOf(job))
  }

  /** Called when the processor has ended. A failed attempt ends only when BullMQ has decided about a retry. */
  ended(error: unknown): void {
    this.#isPutBack = error !== undefined && isPutBack(error)
    if (error === undefined || this.#isPutBack) this.#job?.end()
    else this.#thrown = error
  }

  /** Takes BullMQ's decision about a failed attempt. `delayMs` is undefined if the delay is unknown. */
  decide(willRetry: boolean, delayMs: number | undefined): void {
    this.attempt.willRetry ??= willRetry
    this.attempt.nextAttemptInMs ??= delayMs
    if (this.#thrown !== undefined) this.#job?.end(this.#thrown)
  }

  /** Takes the decision from the spans of BullMQ's operations. They show that a retry is delayed, but not how long. */
  hear(said: Attributes): void {
    if (said['bullmq.queue.name'] !== this.#queue || said['bullmq.job.id'] !== this.#jobId) return
    const operation = said['bullmq.queue.operation']
    if (operation === 'fail') this.decide(false, undefined)
    if (operation === 'retry') this.decide(true, 0)
    if (operation === 'delay') this.decide(true, undefined)
  }

  /** True if an event that the worker emits in this job's context is about this job. */
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
    // BullMQ sets it once, right before it calls the processor.
    this.#jobId ??= jobId
    if (jobId !== undefined) this.#name(jobId, textOf(said['bullmq.job.name']))
    const made = said['bullmq.job.attempts.made']
    if (typeof made === 'number') this.attempt.attempt ??= made
  }

  addEvent(name: string, said: Attributes = {}): void {
    if (name === 'job failed') this.#failure ??= new JobError(textOf(said['bullmq.job.failed.reason']) ?? '')
    if (name === 'job completed') this.#trouble = undefined
    // All listeners were called. BullMQ continues with the next job: it emits `active` or `drained`.
    if (name === 'job completed' || name === 'job failed') leaveContext()
  }

  /** BullMQ also records errors that it recovers from, such as a short outage of Redis. The job may still complete. */
  recordException(exception: Exception): void {
    this.#trouble = exception instanceof Error ? exception : new JobError(textOf(exception) ?? '')
  }

  /** Ends the attempt if the wrapped processor has not: the worker may use its own. */
  end(): void {
    this.#job?.end(this.#thrown ?? this.#failure ?? this.#trouble)
  }

  #name(jobId: string, name: string | undefined): void {
    const job = this.#job
    if (job === undefined) return
    const { context } = job
    const isFresh = isScheduled(jobId)
    // A job whose data was refused has an id for this attempt only.
    const idOf = isFresh || context.requestId === context.id ? 'none' : this.idOf
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
