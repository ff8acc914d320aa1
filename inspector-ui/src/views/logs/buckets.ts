import type { Trouble } from './entries.js'

/** What one bar of the chart counts. */
export interface Bucket {
  readonly lines: number
  readonly warnings: number
  readonly errors: number
}

/** The width of a bucket. */
export const bucketMs = 5_000
/** How long back the chart goes. */
export const chartMs = 15 * 60_000

const empty: Bucket = { lines: 0, warnings: 0, errors: 0 }

/** Counts lines by five seconds. */
export class Buckets {
  readonly #counts = new Map<number, { lines: number; warnings: number; errors: number }>()

  add(at: number, trouble: Trouble): void {
    const start = Math.floor(at / bucketMs)
    let bucket = this.#counts.get(start)
    if (bucket === undefined) {
      bucket = { lines: 0, warnings: 0, errors: 0 }
      this.#counts.set(start, bucket)
    }
    bucket.lines++
    if (trouble === 1) bucket.warnings++
    if (trouble === 2) bucket.errors++
  }

  /**
   * The buckets before `end`, oldest first.
   *
   * @param every how many buckets of five seconds are joined into one
   */
  upTo(end: number, every = 1): readonly Bucket[] {
    const last = Math.ceil(end / bucketMs)
    const result: Bucket[] = []
    for (let start = last - chartMs / bucketMs; start < last; start += every) result.push(this.#sum(start, every))
    return result
  }

  /** Forgets what is older than the chart. */
  forget(before: number): void {
    for (const start of this.#counts.keys()) if ((start + 1) * bucketMs < before) this.#counts.delete(start)
  }

  #sum(start: number, every: number): Bucket {
    if (every === 1) return this.#counts.get(start) ?? empty
    const sum = { lines: 0, warnings: 0, errors: 0 }
    for (let at = start; at < start + every; at++) {
      const { lines, warnings, errors } = this.#counts.get(at) ?? empty
      sum.lines += lines
      sum.warnings += warnings
      sum.errors += errors
    }
    return sum
  }
}
