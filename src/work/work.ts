import type { CallList } from './calls.js'
import type { Charge } from './charge.js'
import type { QueuedJob, Step } from './steps.js'

/**
 * What a request, a job or a scope has used so far. Scopes opened inside a request or job share its own, for what they
 * use is used for it. Each part that measures has a member here, empty until there is something to keep.
 */
export interface Work {
  /** The calls it made to other services. */
  calls: CallList | undefined
  /** What it is charged with; undefined while it is not measured. */
  charge: Charge | undefined
  /** Its named steps, while it is measured. */
  steps: Step[] | undefined
  /** The jobs it queued, the first of them. */
  jobs: QueuedJob[] | undefined
  /** How many jobs it queued. */
  jobsQueued: number
  /** Lines it wrote, its request line aside; of them warnings, and errors and worse. */
  lines: number
  warnings: number
  errors: number
  /** A user who may see costs asked for them: the jobs it queues are measured, too. */
  tracked: boolean
  /** It was said to be for one account, and then for another. */
  accountSwitched: boolean
  /** Told when the identity of the work becomes known; undefined while nothing is measured. */
  gate: Gate | undefined
}

/** Decides what a request's user may be told, whichever instance or adapter said who that is. */
export interface Gate {
  identified(context: object): void
}

/** Makes the work of a new request, job or outermost scope. */
export function newWork(): Work {
  return {
    calls: undefined,
    charge: undefined,
    steps: undefined,
    jobs: undefined,
    jobsQueued: 0,
    lines: 0,
    warnings: 0,
    errors: 0,
    tracked: false,
    accountSwitched: false,
    gate: undefined,
  }
}
