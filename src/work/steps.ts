/** A step: an interval with a name. Times are `performance.now()`. */
export interface Step {
  readonly name: string
  readonly start: number
  /** Undefined until the step has ended. */
  end: number | undefined
}

/** A job that was queued. Times are `performance.now()`. */
export interface QueuedJob {
  readonly id: string
  readonly name: string | undefined
  /** The number of jobs, if several were queued at once under one id. */
  readonly count?: number | undefined
  readonly at: number
}

/** The maximum number of steps, and of jobs, that are kept for one request. */
export const maxNamed = 50
