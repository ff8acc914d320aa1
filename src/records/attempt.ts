/** What is known of one attempt at a job. */
export interface Attempt {
  name?: string | undefined
  /** From 1 on. */
  attempt?: number | undefined
  /** How long it waited in its queue. */
  queuedMs?: number | undefined
  /** So many attempts before this one ended with their worker: it died, or was held up for too long. */
  stalled?: number | undefined
}
