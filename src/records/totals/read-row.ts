import type { RowFigures } from './row.js'
import type { TotalsDuration, TotalsRow } from './totals-types.js'

/** The name of a row. */
export interface RowName {
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
}

/** Makes what a reader may not ask for. */
export interface LaterParts {
  readonly perMinute: (by: string) => number[]
  readonly routes: (() => TotalsRow[]) | undefined
}

/** A row of a reading. A class, because a reading has thousands of rows: to spread objects takes ten times as long. */
export class ReadRow implements TotalsRow {
  readonly account: string | undefined
  readonly method: string | undefined
  readonly route: string | undefined
  readonly requests: number
  readonly jobs: number
  readonly errors: number
  readonly cpuMs: number | undefined
  readonly exact: boolean
  readonly windows: number | undefined
  readonly heldOthers: RowFigures['heldOthers']
  readonly queries: number
  readonly queryMs: number
  readonly poolMs: number
  readonly holdMs: number
  readonly bytes: number
  readonly counts: RowFigures['counts']
  readonly duration: TotalsDuration
  readonly #later: LaterParts
  #routes: TotalsRow[] | undefined

  constructor({ account, method, route }: RowName, figures: RowFigures, duration: TotalsDuration, later: LaterParts) {
    this.account = account
    this.method = method
    this.route = route
    this.requests = figures.requests
    this.jobs = figures.jobs
    this.errors = figures.errors
    this.cpuMs = figures.cpuMs
    this.exact = figures.exact
    this.windows = figures.windows
    this.heldOthers = figures.heldOthers
    this.queries = figures.queries
    this.queryMs = figures.queryMs
    this.poolMs = figures.poolMs
    this.holdMs = figures.holdMs
    this.bytes = figures.bytes
    this.counts = figures.counts
    this.duration = duration
    this.#later = later
  }

  perMinute(by: string): number[] {
    return this.#later.perMinute(by)
  }

  /** Made when they are read: most readers show the routes of a few accounts. */
  get routes(): TotalsRow[] | undefined {
    this.#routes ??= this.#later.routes?.()
    return this.#routes
  }
}
