import type { ShownLine } from '../../protocol.js'

/** How bad a line is: 1 warning, 2 error. */
export type Trouble = 0 | 1 | 2

/** A line in the list. */
export interface LineEntry {
  readonly kind: 'line'
  readonly key: number
  /** When it was written, ms since the epoch. A line without a time has that of the line before it. */
  readonly at: number
  readonly line: ShownLine
  readonly trouble: Trouble
}

/**
 * Why lines are missing: `slow`: never received; `waiting`: too many waited; `unloaded`: not asked for yet. `rotated`: none is, a file
 * became a backup here.
 */
export type GapReason = 'slow' | 'waiting' | 'unloaded' | 'rotated'

/** A row in the place of lines that are not shown. */
export interface GapEntry {
  readonly kind: 'gap'
  readonly key: number
  readonly at: number
  readonly why: GapReason
  /** How many are missing; undefined: not known. */
  readonly lines: number | undefined
  /** What a note says that is no gap. */
  readonly says?: string
}

export type Entry = LineEntry | GapEntry

/** How bad a level is. */
export function troubleOf(level: string | undefined): Trouble {
  if (level === 'warn') return 1
  return level === 'error' || level === 'fatal' ? 2 : 0
}

/** When a line was written, ms since the epoch; undefined for a line that Spoor did not write. */
export function timeOf({ time }: ShownLine): number | undefined {
  const at = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isFinite(at) ? at : undefined
}

/** Whether two lines of the same time are the same line. Its file is not compared: a rotation changes the name. */
export function isSameLine(one: ShownLine, other: ShownLine): boolean {
  return (
    one.message === other.message &&
    one.logger === other.logger &&
    one.requestId === other.requestId &&
    one.account === other.account &&
    one.level === other.level &&
    one.text === other.text &&
    JSON.stringify(one.fields) === JSON.stringify(other.fields)
  )
}

/** The place of the first entry that is younger than `at`. */
export function placeAfter(entries: readonly Entry[], at: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle] as Entry).at > at) high = middle
    else low = middle + 1
  }
  return low
}

/** The place of the line that was written closest to `at`; -1 if there is no line. */
export function placeNear(entries: readonly Entry[], at: number): number {
  let best = -1
  let distance = Number.POSITIVE_INFINITY
  const middle = placeAfter(entries, at)
  // The first line of its time is meant, so the search goes on below it.
  for (let place = Math.min(middle, entries.length - 1); place >= 0; place--) {
    const entry = entries[place] as Entry
    if (entry.kind !== 'line') continue
    const its = Math.abs(entry.at - at)
    if (its > distance) break
    best = place
    distance = its
  }
  return best
}

/** The next (`step` 1) or previous (-1) place whose entry passes the test; -1 if there is none. */
export function placeFrom(
  entries: readonly Entry[],
  start: number,
  step: 1 | -1,
  test: (entry: LineEntry) => boolean,
): number {
  for (let place = start; place >= 0 && place < entries.length; place += step) {
    const entry = entries[place] as Entry
    if (entry.kind === 'line' && test(entry)) return place
  }
  return -1
}
