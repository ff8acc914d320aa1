import type { Attributes, Exception, Job, JobProgress, Processor, Span, SpanOptions, Telemetry } from 'bullmq'
import { type Carried, listJobs, unlistedFrom } from '../context/carrier.js'
import type { WorkContext } from '../context/request-context.js'
import { settle } from '../context/settle.js'
import { currentContext, runWithout } from '../context/storage.js'
import { typeName } from '../context/type-name.js'
import type { Lifecycle } from '../lifecycle.js'
import type { Attempt } from '../records/attempt.js'
import type { Spoor } from '../spoor.js'
import {
  attemptOf,
  isPutBack,
  isScheduled,
  JobError,
  jobIdWithin,
  type Metadata,
  readMetadata,
  writeMetadata,
} from './bullmq-job.js'
import { checkAdapter } from './check-adapter.js'

/** BullMQ's own interface for telemetry, and what it cannot tell. */
export interface BullmqTelemetry extends Telemetry<Hop> {
  /**
   * Wraps a worker's processor, so that an attempt's line has its number, how long it waited, whether attempts before
   * it died with their worker, and its error with the stack: BullMQ tells telemetry none of these.
   */
  processor<Data, Result, Name extends string, Progress extends JobProgress>(
    fn: Processor<Data, Result, Name, Progress>,
  ): Processor<Data, Result, Name, Progress>
}

/** What BullMQ calls a context. */
export interface Hop {
  readonly metadata?: string | undefined
  readonly span?: Span | undefined
  /** Outside any request. */
  readonly isRoot?: true
}

// BullMQ's SpanKind. Importing it would load BullMQ, of which there may be several copies.
const producer = 3
const consumer = 4

/** The attempts that run, whichever telemetry they were begun by: a service may make it anew in each of its files. */
const running = new WeakMap<WorkContext, JobSpan>()

/**
 * Telemetry for the queues, workers and flow producers of BullMQ 6: a job knows the request that added it.
 *
 * @example
 * const telemetry = bullmqTelemetry(spoor)
 * const queue = new Queue('mail', { connection, telemetry })
 * const worker = new Worker('mail', telemetry.processor(sendMail), { connection, telemetry })
 *
 * @throws OptionsError for what is no Spoor
 */
export function bullmqTelemetry(spoor: Spoor): BullmqTelemetry {
  checkAdapter('bullmqTelemetry', spoor, {}, {})
  const { lifecycle } = spoor

  function runJob<T>(span: JobSpan, metadata: string | undefined, fn: () => T): T {
    const { carried, idOf } = readMetadata(metadata)
    span.idOf = idOf
    let result: T | undefined
    // Not in the request that happened to start the worker.
    runWithout(() =>
      lifecycle.attempts
        .run(carried, span.attempt, () => {
          const context = currentContext()
          if (context !== undefined) running.set(context, span)
          result = fn()
          return span.over
        })
        .catch(() => {}),
    )
    return result as T
  }

  return {
    tracer: {
      startSpan: (_name, { kind }: SpanOptions) => (kind === consumer ? new JobSpan(lifecycle) : new QueueSpan(kind)),
    },
    contextManager: {
      active: (): Hop => ({}),
      root: (): Hop => ({ isRoot: true }),
      fromMetadata: (_active: Hop, metadata: string): Hop => ({ metadata }),
      getMetadata: ({ span }: Hop) => (span instanceof QueueSpan ? span.carry() : ''),
      with: ({ span, metadata, isRoot }: Hop, fn) => {
        if (isRoot) return runWithout(fn)
        return span instanceof JobSpan ? runJob(span, metadata, fn) : fn()
      },
    },
    processor: (fn) => {
      checkProcessor(fn)
      return (job, token, signal) => {
        const context = currentContext()
        const span = context && running.get(context)
        if (span === undefined) return withoutTelemetry(lifecycle, () => fn(job, token, signal))
        span.tell(job)
        return settle(
          () => fn(job, token, signal),
          (error) => span.finish(isPutBack(error) ? undefined : error),
        )
      }
    },
  }
}

function checkProcessor(fn: unknown): void {
  if (typeof fn === 'function') return
  throw new TypeError(
    `bullmqTelemetry.processor: expected a function, got ${fn === null ? '' : 'a '}${typeName(fn)}; give a processor ` +
      'in a file of its own to the worker as it is',
  )
}

function withoutTelemetry<T>(lifecycle: Lifecycle, fn: () => T): T {
  lifecycle.warnOnce(
    'bullmq telemetry',
    'bullmqTelemetry: a worker has a processor of ours but no telemetry, so its jobs have no id; give it both: ' +
      'new Worker(name, telemetry.processor(fn), { connection, telemetry })',
  )
  return fn()
}

/** What BullMQ says while it does something with a queue. Only what adds jobs says anything to us. */
class QueueSpan implements Span<Hop> {
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
class JobSpan implements Span<Hop> {
  readonly attempt: Attempt = {}
  idOf: Metadata['idOf'] = 'job'
  /** Settles when the attempt is over. */
  readonly over: Promise<void>
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  readonly #lifecycle: Lifecycle
  #queue = ''
  #failure: unknown
  #trouble: Error | undefined

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle
    this.over = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  /** Takes what BullMQ does not say. */
  tell(job: Job): void {
    Object.assign(this.attempt, attemptOf(job))
  }

  finish(error: unknown): void {
    if (error === undefined) this.#settle?.resolve()
    else this.#settle?.reject(error)
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
    if (jobId !== undefined) this.#name(jobId, textOf(said['bullmq.job.name']))
    const made = said['bullmq.job.attempts.made']
    if (typeof made === 'number') this.attempt.attempt ??= made
  }

  addEvent(name: string, said: Attributes = {}): void {
    if (name === 'job failed') this.#failure ??= new JobError(textOf(said['bullmq.job.failed.reason']) ?? '')
    if (name === 'job completed') this.#trouble = undefined
  }

  /** Also of what BullMQ gets over, as of a Redis that is away for a while: then the job is completed all the same. */
  recordException(exception: Exception): void {
    this.#trouble = exception instanceof Error ? exception : new JobError(textOf(exception) ?? '')
  }

  /** Without a processor of ours nobody ended it before. A job that threw nothing BullMQ leaves neither failed nor completed. */
  end(): void {
    this.finish(this.#failure ?? this.#trouble)
  }

  #name(jobId: string, name: string | undefined): void {
    const context = currentContext()
    if (context === undefined) return
    const isFresh = isScheduled(jobId)
    // What was refused was given an id for this attempt only.
    const idOf = isFresh || context.requestId === context.id ? 'nobody' : this.idOf
    const prefix = idOf === 'bulk' ? context.requestId : this.#queue
    this.#lifecycle.attempts.amend(context, {
      name,
      isFresh,
      requestId: idOf === 'job' ? undefined : jobIdWithin(prefix, jobId),
    })
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
