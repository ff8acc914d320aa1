import { ClosedTable } from './closed-table.js'
import { levels } from './levels.js'
import { type Bucket, type Level, type Series, startOf, threadWidth } from './series.js'
import { Table, unbounded } from './table.js'

/** A bucket that is not over, as far as it goes. */
export interface OpenBucket extends Bucket {
  /** The routes of its accounts. */
  readonly pairs: ClosedTable
}

/** Sums up the open buckets of the first levels: what the bucket of `level` has until now. */
export function openBucket(main: Series, pairs: Series, level: 1 | 2, now: number): OpenBucket {
  const open = main.openBuckets(level)
  const start = startOf(now, (levels[level] as Level).everyMs)
  const thread = new Float64Array(threadWidth)
  for (const bucket of open)
    for (const [at, figure] of bucket.thread.entries()) thread[at] = (thread[at] as number) + figure
  return {
    start,
    end: Math.max(now, start + 1),
    tables: [sumOf(open, 0), sumOf(open, 1)],
    thread,
    // The first level of pairs are minutes.
    pairs: sumOf(pairs.openBuckets(level === 1 ? 0 : level), 0),
  }
}

function sumOf(buckets: readonly Bucket[], at: number): ClosedTable {
  const sum = new Table(unbounded)
  for (const { tables } of buckets) tables[at]?.addTo(sum)
  return new ClosedTable(sum)
}
