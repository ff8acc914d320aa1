import type { Hits } from './hits.js'
import { idTime } from './id-time.js'

/** The numbers of a search. */
export interface Searched {
  /** The bytes that were read, and the bytes of all files. */
  bytes: number
  readonly ofBytes: number
  files: number
  readonly ofFiles: number
  /** The table of ClickHouse that was searched in place of files. */
  readonly table?: string | undefined
}

/** From when to when a request wrote its lines, as far as is known; ms since the epoch. */
export interface Bounds {
  readonly from: number
  /** Asked again while the search goes on: the end is known once the request line is found. */
  readonly until: () => number
}

/** Searches the lines of ids, wherever lines are kept. Every line that it finds goes to `hits`, which applies the reader's access. */
export interface LineSearch {
  readonly hits: Hits
  readonly searched: Searched
  /** Files that could not be opened. */
  readonly vanished: readonly string[]
  /**
   * Searches where the bounds say, the request lines first, because they give the end.
   *
   * @param toEnd true to read request lines up to their end: late lines are there
   */
  within(ids: readonly string[], bounds: Bounds, toEnd: boolean): Promise<void>
  /** Searches the request lines from a time on, to their end. */
  requestLines(id: string, from: number): Promise<void>
  /** Searches everything that was not read yet for all of these ids. */
  everywhere(ids: readonly string[]): Promise<void>
}

/** The bounds of ids: the earliest time in them, and the end of the last request, once all request lines are found. */
export function boundsOf(ids: readonly string[], hits: Hits, longestMs: number): Bounds {
  const starts = ids.map((id) => idTime(id) ?? Number.NEGATIVE_INFINITY)
  const endOf = (id: string, at: number): number => {
    const isOver = hits.recordsOf(id).some(({ willRetry }) => willRetry !== true)
    return isOver ? hits.endOf(id) : (starts[at] as number) + longestMs
  }
  return {
    from: starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY),
    until: () => ids.reduce((most, id, at) => Math.max(most, endOf(id, at)), Number.NEGATIVE_INFINITY),
  }
}
