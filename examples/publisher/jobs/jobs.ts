import type { NewPost } from '../post.js'
import { type Published, publish } from '../publish.js'
import type { Site } from '../sites.js'
import { WordPressError, type WordPressErrorCode } from '../wordpress/errors.js'

/** Publishes posts after the response, in this process or over Redis. */
export interface Jobs {
  /**
   * Queues a post for the account and returns the job's id.
   *
   * @throws Refusal (503) if it cannot be queued now
   */
  publishLater(account: string, post: NewPost): Promise<string>
  /** The state of a job; undefined for an unknown job and for a job of another account. */
  find(account: string, jobId: string): Promise<JobView | undefined>
  /** Waits for running attempts. */
  close(): Promise<void>
}

/** A job as callers see it. */
export interface JobView {
  jobId: string
  state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed'
  /** The number of attempts that have started. */
  attempts: number
  /** The post, once the job is done. */
  published?: Published
}

/** If the site fails, another attempt follows after 1, 2, 4 and 8 s (JOB_BACKOFF_MS is the first). Then the job fails. */
export const MAX_ATTEMPTS = 5

/**
 * Makes one attempt. As with every queue, a post may be published twice: if the site took it and its response was lost.
 */
export function publishFor(sites: Site[], account: string, post: NewPost): Promise<Published> {
  const site = sites.find((site) => site.account === account)
  if (site === undefined) throw new Error(`the account ${account} has no site any more`)
  return publish(site, post)
}

const PASSING = new Set<WordPressErrorCode>(['wordpress_unreachable', 'wordpress_timeout', 'wordpress_failed'])

/** Whether another attempt may succeed: a site that is down recovers, a refused post stays refused. */
export function mayPass(error: unknown): boolean {
  return error instanceof WordPressError && PASSING.has(error.code)
}
