import type { Attempt, Carried, Spoor } from 'spoor'
import { logs } from '../logs.js'
import type { NewPost } from '../post.js'
import type { Published } from '../publish.js'
import type { Site } from '../sites.js'
import { type Jobs, type JobView, MAX_ATTEMPTS, mayPass, publishFor } from './jobs.js'

interface Job extends JobView {
  readonly account: string
  readonly post: NewPost
  readonly carried: Carried
}

const log = logs.get('publish_sync')

/** The number of jobs that are kept after their end. */
const MAX_KEPT = 1_000

/**
 * Runs jobs in this process; they end with it. A job is queued with the result of `spoor.carry`. Each attempt runs inside
 * `spoor.runChild`, so that all its lines have the job's id, and the id of the request as `parentId`.
 */
export function inProcessJobs(spoor: Spoor, sites: Site[], backoffMs: number): Jobs {
  const jobs = new Map<string, Job>()
  const timers = new Map<Job, NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let isClosed = false

  function attemptIn(job: Job, delayMs: number): void {
    const queuedAt = performance.now()
    const timer = setTimeout(() => {
      timers.delete(job)
      const ended = attempt(job, performance.now() - queuedAt).finally(() => running.delete(ended))
      running.add(ended)
    }, delayMs)
    timers.set(job, timer)
  }

  async function attempt(job: Job, queuedMs: number): Promise<void> {
    job.state = 'running'
    const told: Attempt = { attempt: ++job.attempts, queuedMs, maxAttempts: MAX_ATTEMPTS }
    try {
      job.published = await spoor.runChild(job.carried, told, () => tryOnce(job, told))
      job.state = 'done'
    } catch (error) {
      // The error itself is on the attempt's line.
      const again = mayTryAgain(job, error)
      job.state = again ? 'retrying' : 'failed'
      if (again && isClosed) sayLost(job)
      else if (again) attemptIn(job, delayAfter(job))
    }
  }

  async function tryOnce(job: Job, told: Attempt): Promise<Published> {
    try {
      return await publishFor(sites, job.account, job.post)
    } catch (error) {
      // The next state of the job is known only now, in time for the attempt's line.
      told.willRetry = mayTryAgain(job, error) && !isClosed
      told.nextAttemptInMs = delayAfter(job)
      throw error
    }
  }

  function delayAfter({ attempts }: Job): number {
    return backoffMs * 2 ** (attempts - 1)
  }

  function sayLost({ jobId, account }: Job): void {
    const lost = 'the process ends before this job: its post is not published'
    spoor.run({ requestId: jobId, account }, () => log.warn(lost))
  }

  return {
    async publishLater(account, post) {
      const carried = spoor.carry({ name: 'publish' })
      const job: Job = { jobId: carried.id, state: 'waiting', attempts: 0, account, post, carried }
      jobs.set(job.jobId, job)
      forgetOldest(jobs)
      attemptIn(job, 0)
      return job.jobId
    },

    async find(account, jobId) {
      const job = jobs.get(jobId)
      if (job?.account !== account) return undefined
      const { state, attempts, published } = job
      return { jobId, state, attempts, ...(published && { published }) }
    },

    async close() {
      isClosed = true
      for (const [job, timer] of timers) {
        clearTimeout(timer)
        sayLost(job)
      }
      timers.clear()
      await Promise.all(running)
    },
  }
}

function mayTryAgain({ attempts }: Job, error: unknown): boolean {
  return mayPass(error) && attempts < MAX_ATTEMPTS
}

function forgetOldest(jobs: Map<string, Job>): void {
  for (const [id, { state }] of jobs) {
    if (jobs.size <= MAX_KEPT) return
    if (state === 'done' || state === 'failed') jobs.delete(id)
  }
}
