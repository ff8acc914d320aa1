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

/** The stretches that are over, until they are taken. */
export class Stretches {
  #over: Stretch[] = []

  add(kind: StretchKind, minute: Minute | undefined): void {
    if (minute === undefined || this.#over.filter((one) => one.kind === kind).length >= maxOver) return
    this.#over.push({ kind, start: minute.from, isOver: true, minute })
  }

  /** The stretches that are over, each once, and the open ones. @param isLast true if the open ones are over, too */
  take(open: Readonly<Record<StretchKind, Minute | undefined>>, isLast: boolean): Stretch[] {
    const taken = this.#over
    this.#over = []
    for (const kind of ['minute', 'quarter'] as const) {
      const minute = open[kind]
      if (minute !== undefined) taken.push({ kind, start: minute.from, isOver: isLast, minute })
    }
    return taken
  }
}
