import type { Interval } from './intervals.js'

/**
 * How a mark is drawn. Work is solid, waiting is pale; `some-cpu` is a slice that was only partly CPU; `tick`, `warn` and
 * `fail` are log lines.
 */
export type Look =
  | 'base'
  | 'cpu'
  | 'some-cpu'
  | 'held'
  | 'wait'
  | 'pale'
  | 'call'
  | 'query'
  | 'pool'
  | 'step'
  | 'unknown'
  | 'before'
  | 'queued'
  | 'job'
  | 'tick'
  | 'warn'
  | 'fail'

/** One thing on the axis. */
export interface Mark extends Interval {
  readonly look: Look
  /** In px. */
  readonly height: number
  /** Marks with a title of their own are drawn one by one, others in one path a look. */
  readonly title?: string | undefined
  /** Where a click leads. */
  readonly href?: string | undefined
}

/** Words beside the marks of a lane. */
export interface Label {
  readonly text: string
  /** For where there is little room. */
  readonly short?: string | undefined
  /** The marks that it stands beside. */
  readonly beside: Interval
  readonly tone?: 'query' | 'held' | 'job' | 'fail' | undefined
  /** It stands in the marks if there is room: they are plain bars. */
  readonly mayBeInside?: boolean
  readonly href?: string | undefined
  readonly title?: string | undefined
}

/** One row of the chart, without geometry. Names are texts of callers. */
export interface Lane {
  readonly key: string
  readonly name: string
  /** Of a row of queries or calls: the first word, dim. */
  readonly verb?: string | undefined
  /** Dim, behind the name. */
  readonly note?: string | undefined
  /** The time of the lane, as text. */
  readonly total: string
  /** Why the total is what it is. */
  readonly title?: string | undefined
  readonly isSub?: boolean
  readonly isTall?: boolean
  /** A line below it. */
  readonly isRuled?: boolean
  /** Something is folded into it, which `o` opens. */
  readonly isFolded?: boolean
  /** Its marks follow each other: those that are too thin to be seen are left out, or go to their neighbours. */
  readonly isDivided?: boolean
  readonly marks: readonly Mark[]
  readonly label?: Label | undefined
}

/** The heights of marks, in px. */
export const heights = { request: 20, cpu: 26, slice: 14, thin: 4, row: 14, call: 16, held: 16 } as const

/** From the first to the last moment of some marks. */
export function around(marks: readonly Interval[]): Interval {
  return {
    from: Math.min(...marks.map(({ from }) => from)),
    to: Math.max(...marks.map(({ to }) => to)),
  }
}
