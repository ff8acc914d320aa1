import type { NewPost } from '../post.js'
import { type Published, publish } from '../publish.js'
import type { Site } from '../sites.js'
import { WordPressError, type WordPressErrorCode } from '../wordpress/errors.js'

/** Publishing that goes on after its request was answered: in this process, or over Redis. */
export interface Jobs {
  /**
   * Queues a post for the account, and gives the job's id.
   *
   * @throws Refusal (503) if it cannot be queued now
   */
  publishLater(account: string, post: NewPost): Promise<string>
  /** What became of a job so far; undefined for one that is not there, or another account's. */
  find(account: string, jobId: string): Promise<JobView | undefined>
  /** Finishes the attempts that run. */
  close(): Promise<void>
}

/** What a caller is told of a job. */
export interface JobView {
  jobId: string
  state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed'
  /** Those that have begun. */
  attempts: number
  /** Once it is done. */
  published?: Published
}

/** A post waits for a site that fails for 1 s, 2 s, 4 s, 8 s (JOB_BACKOFF_MS is the first), then it is given up. */
export const MAX_ATTEMPTS = 5

/**
 * One attempt. As with every queue a post may be published twice: if its site took it and could not say so any more.
 */
export function publishFor(sites: Site[], account: string, post: NewPost): Promise<Published> {
  const site = sites.find((site) => site.account === account)
  if (site === undefined) throw new Error(`the account ${account} has no site any more`)
  return publish(site, post)
}

const PASSING = new Set<WordPressErrorCode>(['wordpress_unreachable', 'wordpress_timeout', 'wordpress_failed'])

/** Whether another attempt may do better: a site that is down comes back, a post that it refuses stays refused. */
export function mayPass(error: unknown): boolean {
  return error instanceof WordPressError && PASSING.has(error.code)
}
