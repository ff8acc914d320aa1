import type { WorkContext } from '../context/request-context.js'

interface Hold {
  readonly context: WorkContext | undefined
  readonly start: number
  end: number | undefined
}

const maxPast = 32

/** The holders of one pool: the work that has its connections now, and the last 32 that gave one back. */
export class Holders {
  readonly #now = new Map<object, Hold>()
  readonly #past: Hold[] = []

  /** Notes that a connection was handed to `context`. */
  take(connection: object, context: WorkContext | undefined): void {
    this.give(connection)
    this.#now.set(connection, { context, start: performance.now(), end: undefined })
  }

  /** Notes that a connection is free again. A second call does nothing. */
  give(connection: object): void {
    const hold = this.#now.get(connection)
    if (hold === undefined) return
    this.#now.delete(connection)
    hold.end = performance.now()
    hold.context?.work.queries?.held(hold.end - hold.start)
    if (this.#past.push(hold) > maxPast) this.#past.shift()
  }

  /**
   * The work that had connections for the longest time between two moments, with that time in ms. Undefined if that work is
   * unknown.
   *
   * @param waiting the work that waited. It does not count, although it may have connections itself
   */
  longest(
    from: number,
    until: number,
    waiting: WorkContext | undefined,
  ): { readonly holder: WorkContext; readonly ms: number } | undefined {
    const sums = new Map<WorkContext | undefined, number>()
    for (const { context, start, end = until } of [...this.#past, ...this.#now.values()]) {
      const ms = Math.min(end, until) - Math.max(start, from)
      if (ms > 0 && (context === undefined || context !== waiting)) sums.set(context, (sums.get(context) ?? 0) + ms)
    }
    let most: { readonly holder: WorkContext | undefined; readonly ms: number } | undefined
    for (const [holder, ms] of sums) if (most === undefined || ms > most.ms) most = { holder, ms }
    const holder = most?.holder
    return most === undefined || holder === undefined ? undefined : { holder, ms: most.ms }
  }
}
