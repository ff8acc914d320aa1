import type { WorkContext } from '../context/request-context.js'
import { type Listed, OpenList } from '../work/open-list.js'
import type { Places } from '../work/places.js'
import type { Tracked } from './tracking.js'

/** A request or job that is open and measured, or may be. */
export interface OpenRequest extends Listed<OpenRequest> {
  readonly context: WorkContext
  readonly startTick: number
  /** The user may see the cost: the response carries the tracking headers. */
  isShown: boolean
  isMeasured: boolean
  timer: NodeJS.Timeout | undefined
  /** The place that it takes among those measured; undefined if none is taken. */
  place: { readonly places: Places; readonly account: string | undefined } | undefined
  truncated: Tracked | undefined
  /** The same request at the gate of another instance. */
  next: OpenRequest | undefined
}

/** What one gate knows of each open request and job. The work of a request refers to it: see `OpenList` for why this is no `Map`. */
export class OpenRequests {
  readonly #all = new OpenList<OpenRequest>()

  add(context: WorkContext, isMeasured: boolean): OpenRequest {
    const { work } = context
    const open: OpenRequest = {
      context,
      startTick: performance.now(),
      isShown: false,
      isMeasured,
      timer: undefined,
      place: undefined,
      truncated: undefined,
      next: work.atGates as OpenRequest | undefined,
      list: undefined,
      earlier: undefined,
      later: undefined,
    }
    work.atGates = open
    this.#all.add(open)
    return open
  }

  get(context: WorkContext): OpenRequest | undefined {
    let open = context.work.atGates as OpenRequest | undefined
    while (open !== undefined && (open.list !== this.#all || open.context !== context)) open = open.next
    return open
  }

  delete(open: OpenRequest): void {
    if (!this.#all.delete(open)) return
    const { work } = open.context
    let before = work.atGates as OpenRequest | undefined
    if (before === open) work.atGates = open.next
    else {
      while (before !== undefined && before.next !== open) before = before.next
      if (before !== undefined) before.next = open.next
    }
    open.next = undefined
  }

  [Symbol.iterator](): Iterator<OpenRequest> {
    return this.#all[Symbol.iterator]()
  }
}
