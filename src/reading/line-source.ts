import type { ReadAccess } from '../records/read-access.js'
import type { LineSearch, Searched } from './find/line-search.js'
import type { LinePage, LinesAsked } from './lines/line-page.js'
import type { Viewer } from './lines/watching.js'
import type { LogFileHealth } from './reading.js'
import type { RequestRow, RowsAsked } from './request-row.js'
import type { LineTotals } from './rows-totals.js'
import type { TopRow } from './top-rows.js'

/** Which sums of request lines are read. */
export interface TopAsked extends Pick<RowsAsked, 'access' | 'from' | 'skipped'> {
  readonly by: 'account' | 'route'
}

/** Which totals are read. */
export interface TotalsAsked {
  readonly access: ReadAccess
  /** Of lines written at or after this time, ms since the epoch. */
  readonly from: number
  /** Only lines of this process. */
  readonly process?: string | undefined
}

/**
 * Where log lines are kept: log files, or tables of ClickHouse. Every method applies the reader's access before a line is parsed, and
 * a line that it gives has passed the same tests of access and filter, wherever it is kept.
 */
export interface LineSource {
  /** Where the lines are, for people who read them. */
  readonly kind: 'files' | 'clickhouse'
  /** Begins a search for everything about a request or job. */
  search(access: ReadAccess, progress?: (searched: Searched) => void): LineSearch
  /**
   * Log lines, newest first.
   *
   * @throws RangeError for a `before` that is not the `next` of a page
   */
  page(access: ReadAccess, asked: LinesAsked): Promise<LinePage>
  /**
   * Sends a viewer the lines that are written from now on.
   *
   * @param after the id of the last event that the viewer got: it goes on there
   * @returns a function that ends it
   */
  watch(viewer: Viewer, after?: string): Promise<() => void>
  /** True if `rows` can begin with the newest lines. */
  readonly canReverse: boolean
  /** The lines of finished requests and jobs, in batches. */
  rows(asked: RowsAsked): AsyncIterable<readonly RequestRow[]>
  /** What each account and route used, and which service wrote the lines. */
  totals(asked: TotalsAsked): Promise<LineTotals>
  /** The sums of request lines by account or route, in any order. */
  top(asked: TopAsked): Promise<readonly TopRow[]>
  /** The files or tables with their sizes, for readers of everything. */
  parts(): Promise<LogFileHealth[]>
  close(): void
}
