import type { WorkContext } from '../context/request-context.js'
import type { Charge } from '../work/charge.js'

/** A stretch in which a request or job was ready while the thread ran other code. */
export interface Held {
  /** The request or job that waited. */
  readonly victim: WorkContext
  /** The request or job that ran. Undefined for code outside any request and job. */
  readonly by: WorkContext | undefined
  /** How long it ran, in ms: at least 5 without a break, of which at most this part delayed the victim. */
  readonly ms: number
}

/** Called for each stretch. Must not throw. */
export type OnHeld = (held: Held) => void

/** The request or job that a charge belongs to. Undefined for shared charges. */
export function contextOf(charge: Charge): WorkContext | undefined {
  return charge.context as WorkContext | undefined
}
