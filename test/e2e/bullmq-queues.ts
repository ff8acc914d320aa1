// Queues and workers of BullMQ for one test, which are closed after it.
import { type Processor, Queue, Worker, type WorkerOptions } from 'bullmq'
import { type BullmqTelemetry, bullmqTelemetry } from 'spoor/bullmq'
import { onTestFinished } from 'vitest'
import { type Followed, followJobs } from './followed-jobs.js'

let names = 0

export interface Queues extends Followed {
  readonly telemetry: BullmqTelemetry
  readonly queue: Queue
  /** Opens a worker of the queue; `plain` gives it the processor unwrapped. */
  work(processor: Processor | string, options?: Partial<WorkerOptions> & { plain?: boolean }): Worker
}

export function openQueues(url: string): Queues {
  const followed = followJobs()
  const telemetry = bullmqTelemetry(followed.spoor)
  const connection = { url, maxRetriesPerRequest: null }
  const queue = new Queue(`queue-${process.pid}-${names++}`, { connection, telemetry })
  queue.on('error', () => {})
  onTestFinished(() => queue.close())
  return {
    ...followed,
    telemetry,
    queue,
    work(processor, { plain, ...options } = {}) {
      const wrapped = plain || typeof processor === 'string' ? processor : telemetry.processor(processor)
      const worker = new Worker(queue.name, wrapped, { connection, telemetry, ...options })
      worker.on('error', () => {})
      onTestFinished(() => worker.close())
      return worker
    },
  }
}
