import type { JobProgress, Processor, SpanOptions, Telemetry } from 'bullmq'
import { runWithout } from '../../context/storage.js'
import type { Adapter } from '../../lifecycle/adapter.js'
import { likeOriginal } from '../../process/like-original.js'
import { settle } from '../../process/settle.js'
import { typeName } from '../../safe-values/type-name.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter } from '../check-adapter.js'
import { readMetadata } from './bullmq-job.js'
import { consumer, type Hop, JobSpan, QueueSpan, runningSpan } from './bullmq-spans.js'
import { followDecision, followWorker } from './bullmq-worker.js'

export type { Hop } from './bullmq-spans.js'

/** BullMQ's own interface for telemetry, and what it cannot tell. */
export interface BullmqTelemetry extends Telemetry<Hop> {
  /**
   * Wraps a worker's processor, so that an attempt's line has its number, how long it waited, whether attempts before
   * it died with their worker, how many there may be, when the next one comes, and its error with the stack: BullMQ tells
   * telemetry none of these.
   */
  processor<Data, Result, Name extends string, Progress extends JobProgress>(
    fn: Processor<Data, Result, Name, Progress>,
  ): Processor<Data, Result, Name, Progress>
}

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
  const { adapter } = checkAdapter('bullmqTelemetry', spoor, {}, {})

  function runJob<T>(span: JobSpan, metadata: string | undefined, fn: () => T): T {
    const { carried, idOf } = readMetadata(metadata)
    span.idOf = idOf
    // Outside the request that happened to start the worker.
    return runWithout(() => span.begin(adapter.jobs.begin(carried, span.attempt)).run(fn))
  }

  return {
    tracer: {
      startSpan: (_name, { kind }: SpanOptions) => (kind === consumer ? new JobSpan() : new QueueSpan(kind)),
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
      const followed: typeof fn = function (this: unknown, ...args) {
        const run = () => Reflect.apply(fn, this, args)
        const span = runningSpan()
        if (span === undefined) return withoutTelemetry(adapter, run)
        const [job] = args
        span.tell(job)
        followWorker(job)
        followDecision(job, span)
        return settle(run, (error) => span.ended(error))
      }
      // BullMQ makes an AbortSignal, for `worker.cancelJob`, only for a processor of three parameters.
      return likeOriginal(followed, fn)
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

function withoutTelemetry<T>(adapter: Adapter, fn: () => T): T {
  adapter.warnOnce(
    'bullmq telemetry',
    'bullmqTelemetry: a worker has a processor of ours but no telemetry, so its jobs have no id; give it both: ' +
      'new Worker(name, telemetry.processor(fn), { connection, telemetry })',
  )
  return fn()
}
