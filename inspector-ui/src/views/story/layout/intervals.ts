/** A stretch of time, in ms after the start of the request. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** Times beyond 30 years are no times of a request: such records are damaged. */
export const maxMs = 1e12

/** Whether a figure of a record is a time on its axis. */
export function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && Math.abs(ms) <= maxMs
}

/** The stretch of a start and a length; undefined if they are no stretch of time, since records may be damaged. */
export function stretch(startMs: number | undefined, lengthMs: number | undefined): Interval | undefined {
  if (!isTime(startMs) || !isTime(lengthMs) || lengthMs < 0) return undefined
  return { from: startMs, to: startMs + lengthMs }
}

/** The stretches of many starts and lengths. */
export function stretches<T>(
  items: readonly T[],
  of: (item: T) => readonly [startMs: number | undefined, lengthMs: number | undefined],
): Interval[] {
  return items.map((item) => stretch(...of(item))).filter((one) => one !== undefined)
}

/** Stretches that cover the same time without overlaps, in order. Those closer together than `gapMs` are joined. */
export function union(intervals: readonly Interval[], gapMs = 0): Interval[] {
  const joined: { from: number; to: number }[] = []
  for (const { from, to } of [...intervals].sort((one, other) => one.from - other.from)) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last.to + gapMs) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  return joined
}

/** How much time the stretches take, one after the other. */
export function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { from, to }) => sum + to - from, 0)
}
