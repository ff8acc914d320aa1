import type { RunSpan, Stretches } from '../work/charge.js'

const shortestMs = 0.25
const finestGapMs = 0.1
const maxSpans = 64

/**
 * Keeps the intervals in which code of a request ran. Slices less than 0.1 ms apart are joined, and intervals under
 * 0.25 ms are left out. There are at most 64 intervals: when there would be more, the distance for joining is doubled,
 * so the timeline of a long request is coarser.
 */
export class Timeline implements Stretches {
  #gapMs = finestGapMs
  #start = Number.NEGATIVE_INFINITY
  #end = Number.NEGATIVE_INFINITY
  /** Start and end of each interval, one after the other. */
  #kept: number[] | undefined = undefined

  add(start: number, end: number): void {
    if (start - this.#end >= this.#gapMs) {
      if (this.#end - this.#start >= shortestMs) this.#keep()
      this.#start = start
    }
    this.#end = end
  }

  /** The intervals so far, in ms after `origin`; undefined if there are none. */
  spans(origin: number): RunSpan[] | undefined {
    const kept = [...(this.#kept ?? [])]
    if (this.#end - this.#start >= shortestMs) kept.push(this.#start, this.#end)
    if (kept.length === 0) return undefined
    return Array.from({ length: kept.length / 2 }, (_, at) => {
      const [start, end] = [kept[at * 2] as number, kept[at * 2 + 1] as number]
      return [rounded(start - origin), rounded(end - start)]
    })
  }

  #keep(): void {
    this.#kept ??= []
    this.#kept.push(this.#start, this.#end)
    while (this.#kept.length >= maxSpans * 2) {
      this.#gapMs *= 2
      this.#kept = merged(this.#kept, this.#gapMs)
    }
  }
}

function merged(stretches: readonly number[], gapMs: number): number[] {
  const result: number[] = []
  for (let at = 0; at < stretches.length; at += 2) {
    const [start, end] = [stretches[at] as number, stretches[at + 1] as number]
    if (result.length > 0 && start - (result[result.length - 1] as number) < gapMs) result[result.length - 1] = end
    else result.push(start, end)
  }
  return result
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
