import { randomUUID } from 'node:crypto'
import { type Job, Queue, type QueueBase, UnrecoverableError, Worker } from 'bullmq'
import type { Spoor } from 'spoor'
import { bullmqTelemetry } from 'spoor/bullmq'
import { logs } from '../logs.js'
import type { NewPost } from '../post.js'
import type { Published } from '../publish.js'
import { Refusal } from '../refusal.js'
import type { Site } from '../sites.js'
import { type Jobs, type JobView, MAX_ATTEMPTS, mayPass, publishFor } from './jobs.js'

interface JobData {
  account: string
  post: NewPost
}

type PublishJob = Job<JobData, Published>

const QUEUE = 'publish'
const PATIENCE_MS = 2_000
/** BullMQ's own delays grow to 20 s, and jobs would be refused that long after Redis is back. */
const retryStrategy = (): number => 1_000
/** The job of a killed process is attempted again this long after its lock expires (30 s), instead of up to 60 s later. */
const STALLED_INTERVAL_MS = 5_000
const KEPT = { count: 1_000 }

/**
 * Runs jobs over Redis; they outlive this process. No code here carries an id: the telemetry of the queue and of the
 * worker does. The job's data has its account and its post, as without Spoor.
 */
export function jobsOverRedis(spoor: Spoor, sites: Site[], url: string, backoffMs: number): Jobs {
  const telemetry = bullmqTelemetry(spoor)
  const queue = new Queue<JobData, Published>(QUEUE, {
    // No command is kept while Redis is away: a refused post would be published when Redis returns.
    connection: { url, retryStrategy, maxRetriesPerRequest: 1, enableOfflineQueue: false },
    telemetry,
    defaultJobOptions: {
      attempts: MAX_ATTEMPTS,
      backoff: { type: 'exponential', delay: backoffMs },
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    },
  })
  const worker = new Worker<JobData, Published>(
    QUEUE,
    telemetry.processor(({ data }) => attempt(sites, data)),
    { connection: { url, retryStrategy, maxRetriesPerRequest: null }, telemetry, stalledInterval: STALLED_INTERVAL_MS },
  )
  sayWhenFailing([queue, worker])

  return {
    async publishLater(account, post) {
      // An id that reveals nothing about the next id.
      const jobId = randomUUID()
      // Before its first connection BullMQ would keep the job for later, although the caller got a refusal.
      await inTime(queue.waitUntilReady())
      await inTime(queue.add('publish', { account, post }, { jobId }))
      return jobId
    },

    async find(account, jobId) {
      if (!isJobId(jobId)) return undefined
      // In this order, because a job that is read before it is done has no post yet.
      const state = await inTime(queue.getJobState(jobId))
      const job = await inTime(queue.getJob(jobId))
      return job?.data.account === account ? viewOf(jobId, job, state) : undefined
    },

    async close() {
      // Without Redis, BullMQ would wait forever to report an attempt and to close.
      const isAway = await inTime(queue.count()).then(
        () => false,
        () => true,
      )
      // By force, because a normal close fails without Redis.
      const closed = worker.close(isAway).then(() => queue.getBackend().close(true))
      await (isAway ? inTime(closed).catch(() => {}) : closed)
    },
  }
}

async function attempt(sites: Site[], { account, post }: JobData): Promise<Published> {
  try {
    return await publishFor(sites, account, post)
  } catch (error) {
    if (mayPass(error)) throw error
    throw Object.assign(new UnrecoverableError('this post cannot be published'), { cause: error })
  }
}

function viewOf(jobId: string, job: PublishJob, state: string): JobView {
  const { attemptsStarted: attempts, returnvalue } = job
  if (state === 'completed') return { jobId, state: 'done', attempts, published: returnvalue }
  if (state === 'failed') return { jobId, state, attempts }
  if (state === 'active') return { jobId, state: 'running', attempts }
  return { jobId, state: attempts > 0 ? 'retrying' : 'waiting', attempts }
}

/** BullMQ reports other states under other names. */
function isJobId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/**
 * A request does not wait for a Redis that is away. A Redis that hangs may run the command later: a post that was
 * refused and sent again is then published twice.
 */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Redis within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } catch (cause) {
    const headers = { 'Retry-After': '5' }
    const refusal = new Refusal(503, 'jobs_unavailable', 'Jobs cannot be reached at the moment.', headers)
    throw Object.assign(refusal, { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** BullMQ reports every attempt to connect, from every connection. This logs the first, and again after a reconnect. */
function sayWhenFailing(users: QueueBase[]): void {
  let said: string | undefined
  for (const user of users) {
    user.on('error', (error: Error) => {
      if (error.message !== said) logs.root.error(error, 'the queue fails: %s', error.message)
      said = error.message
    })
    user.getBackend().on('ready', () => {
      if (said !== undefined) logs.root.info('the queue is connected again')
      said = undefined
    })
  }
}
