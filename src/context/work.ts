import type { CallList } from './call-list.js'
import type { Charge } from './charge.js'

/**
 * What a request, a job or a scope has used so far. Scopes opened inside a request or job share its own, for what they
 * use is used for it. Each part that measures has a member here, empty until there is something to keep.
 */
export interface Work {
  /** The calls it made to other services. */
  calls: CallList | undefined
  /** What it is charged with; undefined while it is not measured. */
  charge: Charge | undefined
}

/** Makes the work of a new request, job or outermost scope. */
export function newWork(): Work {
  return { calls: undefined, charge: undefined }
}
