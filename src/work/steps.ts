/** A stretch of work with a name, `performance.now()`. */
export interface Step {
  readonly name: string
  readonly start: number
  /** Undefined while it lasts. */
  end: number | undefined
}

/** A job that was queued, `performance.now()`. */
export interface QueuedJob {
  readonly id: string
  readonly name: string | undefined
  /** Of several that were queued at once under one id, how many. */
  readonly count?: number | undefined
  readonly at: number
}

/** So many steps, and so many jobs, are kept of one request. */
export const maxNamed = 50
