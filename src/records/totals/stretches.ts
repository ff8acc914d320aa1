import type { Minute } from './minute.js'

/** The lengths of time of which processes tell each other. */
export type StretchKind = 'minute' | 'quarter'

/** The totals of a minute, or of a quarter of an hour. */
export interface Stretch {
  readonly kind: StretchKind
  /** When it began, by the clock of the totals, which never goes back. */
  readonly start: number
  /** True if nothing is added any more. */
  readonly isOver: boolean
  readonly minute: Minute
}

/** Stretches of each kind that wait for the next `take`. */
const maxOver = 10
/** An open quarter of an hour is told less often: readings of a day may be a minute late. */
const quarterEveryMs = 60_000

/** The stretches that are over, until they are taken. */
export class Stretches {
  #over: Stretch[] = []
  #quarterAt = Number.NEGATIVE_INFINITY

  add(kind: StretchKind, minute: Minute | undefined): void {
    if (minute === undefined || this.#over.filter((one) => one.kind === kind).length >= maxOver) return
    this.#over.push({ kind, start: minute.from, isOver: true, minute })
  }

  /**
   * The stretches that are over, each once, the open minute, and once a minute the open quarter.
   *
   * @param open makes the open one of a kind
   * @param isLast true if the open ones are over, too
   */
  take(open: (kind: StretchKind) => Minute | undefined, now: number, isLast: boolean): Stretch[] {
    const taken = this.#over
    this.#over = []
    const isQuarterDue = isLast || now - this.#quarterAt >= quarterEveryMs
    if (isQuarterDue) this.#quarterAt = now
    for (const kind of isQuarterDue ? (['minute', 'quarter'] as const) : (['minute'] as const)) {
      const minute = open(kind)
      if (minute !== undefined) taken.push({ kind, start: minute.from, isOver: isLast, minute })
    }
    return taken
  }
}
