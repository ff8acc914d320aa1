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

/** BullMQ's telemetry, and a wrapper for processors that adds what telemetry cannot report. */
export interface BullmqTelemetry extends Telemetry<Hop> {
  /**
   * Wraps the processor of a worker. The line of an attempt then also has: its number, its waiting time, the number of
   * earlier attempts that died with their worker, the maximum number of attempts, the time of the next attempt, and the
   * error with its stack. BullMQ reports none of these to telemetry.
   *
   * @throws TypeError if `fn` is not a function
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
 * @throws OptionsError if `spoor` is not what `createSpoor` returned
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
      // BullMQ creates an AbortSignal (for `worker.cancelJob`) only if the processor has three parameters.
      return likeOriginal(followed, fn)
    },
  }
}

function checkProcessor(fn: unknown): void {
  if (typeof fn === 'function') return
  throw new TypeError(
    `bullmqTelemetry.processor: expected a function, got ${fn === null ? '' : 'a '}${typeName(fn)}; pass a processor ` +
      'in a separate file to the worker as it is',
  )
}

function withoutTelemetry<T>(adapter: Adapter, fn: () => T): T {
  adapter.warnOnce(
    'bullmq telemetry',
    'bullmqTelemetry: a worker has the wrapped processor but no telemetry, so its jobs have no id; pass both: ' +
      'new Worker(name, telemetry.processor(fn), { connection, telemetry })',
  )
  return fn()
}
