/** A stretch of time, `performance.now()`. */
export type Interval = readonly [start: number, end: number]

const maxSpans = 256

/**
 * The time in which at least one of several intervals was open: the first 256 stretches, and the length of all later ones
 * together. So a request with 10,000 queries takes no more memory than a request with 256.
 */
export class OpenSpans {
  readonly #spans: [start: number, end: number][] = []
  #open = 0
  #since = 0
  #laterMs = 0

  begin(at: number): void {
    if (this.#open++ === 0) this.#since = at
  }

  end(at: number): void {
    if (--this.#open > 0) return
    if (this.#spans.length < maxSpans) this.#spans.push([this.#since, at])
    else this.#laterMs += at - this.#since
  }

  /** The stretches in order, and the ms of all that were not kept. An open stretch counts until `now`. */
  until(now: number): { readonly spans: readonly Interval[]; readonly laterMs: number } {
    if (this.#open === 0) return { spans: this.#spans, laterMs: this.#laterMs }
    return { spans: [...this.#spans, [this.#since, Math.max(this.#since, now)]], laterMs: this.#laterMs }
  }
}
