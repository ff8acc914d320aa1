import type { Names } from './names.js'
import { startOf } from './series.js'
import { ClosedSketch, loadSketches, type Sketch, sketches } from './sketches.js'

const sliceMs = 5 * 60_000
const quarterMs = 15 * 60_000
/** How long slices of five minutes are kept. Then three become one. */
const hourMs = 60 * 60_000
const dayMs = 24 * hourMs
/** The rows whose percentiles are kept. */
export const mostSketched = 100
/** Rows that are sketched before it is known which are the heaviest. */
const mostOpen = 200
const maxWaiting = 2_048

type Uses = Pick<Names<unknown>, 'use' | 'release'>

/** The sketches of five minutes, or of a quarter of an hour. */
interface Slice {
  readonly start: number
  readonly end: number
  readonly sketches: ReadonlyMap<number, ClosedSketch>
}

/** The percentiles of the heaviest rows of one kind, for each five minutes of the last hour and each quarter of the last day. */
export class Durations {
  readonly #names: Uses
  #start: number
  #open = new Map<number, Sketch>()
  #slices: Slice[] = []
  /** The heaviest rows of the last slice. */
  #preferred: ReadonlySet<number> = new Set()
  // Values wait here: until the library is loaded, and because a request has no time for a logarithm.
  readonly #ids = new Int32Array(maxWaiting)
  readonly #values = new Float64Array(maxWaiting)
  #waiting = 0

  constructor(names: Uses, now: number) {
    this.#names = names
    this.#start = startOf(now, sliceMs)
  }

  add(id: number, durationMs: number): void {
    if (this.#waiting === maxWaiting) this.#settle()
    this.#names.use(id)
    this.#ids[this.#waiting] = id
    this.#values[this.#waiting++] = durationMs
  }

  /**
   * Closes the slice of five minutes if it is over. Call it before numbers of names are released.
   *
   * @param heaviest the numbers of the heaviest rows
   */
  advance(now: number, heaviest: () => readonly number[]): void {
    this.#settle()
    if (now < this.#start + sliceMs) return
    if (this.#open.size > 0) this.#close(heaviest())
    this.#start = startOf(now, sliceMs)
    this.#merge(now)
  }

  /** The sketches of a span that ends now, with up to five more minutes. */
  within(spanMs: number, now: number): ReadonlyMap<number, Sketch> {
    this.#settle()
    const make = sketches()
    const sums = new Map<number, Sketch>()
    if (make === undefined) return sums
    const into = (id: number): Sketch => {
      const sum = sums.get(id) ?? make()
      sums.set(id, sum)
      return sum
    }
    for (const slice of this.#slices) {
      if (slice.end > now - spanMs) for (const [id, sketch] of slice.sketches) sketch.addTo(into(id))
    }
    for (const [id, sketch] of this.#open) new ClosedSketch(sketch).addTo(into(id))
    return sums
  }

  #settle(): void {
    if (this.#waiting === 0) return
    const make = sketches()
    if (make === undefined) {
      void loadSketches()
      // The oldest half is dropped: percentiles are estimates.
      if (this.#waiting === maxWaiting) this.#forget(maxWaiting / 2)
      return
    }
    for (let at = 0; at < this.#waiting; at++) {
      this.#sketch(this.#ids[at] as number, make)?.accept(this.#values[at] as number)
    }
    this.#forget(this.#waiting)
  }

  #forget(count: number): void {
    for (const id of this.#ids.subarray(0, count)) this.#names.release(id)
    this.#ids.copyWithin(0, count)
    this.#values.copyWithin(0, count)
    this.#waiting -= count
  }

  #sketch(id: number, make: () => Sketch): Sketch | undefined {
    const known = this.#open.get(id)
    if (known !== undefined) return known
    if (this.#open.size >= mostOpen && !this.#preferred.has(id)) return undefined
    const sketch = make()
    this.#open.set(id, sketch)
    this.#names.use(id)
    return sketch
  }

  #close(heaviest: readonly number[]): void {
    const kept = new Map<number, ClosedSketch>()
    for (const id of heaviest) {
      const sketch = this.#open.get(id)
      if (sketch !== undefined) kept.set(id, new ClosedSketch(sketch))
    }
    for (const id of this.#open.keys()) if (!kept.has(id)) this.#names.release(id)
    this.#slices.push({ start: this.#start, end: this.#start + sliceMs, sketches: kept })
    this.#open = new Map()
    this.#preferred = new Set(heaviest)
  }

  /** Drops what is older than a day, and merges what is older than an hour. */
  #merge(now: number): void {
    const make = sketches()
    const slices: Slice[] = []
    let quarter: Slice[] = []
    const end = (): void => {
      const [first, last] = [quarter[0], quarter.at(-1)]
      if (make !== undefined && first !== undefined && last !== undefined && quarter.length > 1) {
        slices.push({ start: first.start, end: last.end, sketches: this.#sumOf(quarter, make) })
      } else slices.push(...quarter)
      quarter = []
    }
    for (const slice of this.#slices) {
      if (slice.end <= now - dayMs) {
        for (const id of slice.sketches.keys()) this.#names.release(id)
        continue
      }
      const isOld = slice.end <= now - hourMs
      const isSame = startOf(slice.start, quarterMs) === startOf(quarter[0]?.start ?? slice.start, quarterMs)
      if (!isOld || !isSame) end()
      if (isOld) quarter.push(slice)
      else slices.push(slice)
    }
    end()
    this.#slices = slices
  }

  /** The sum of some slices: the rows with the most values. */
  #sumOf(slices: readonly Slice[], make: () => Sketch): ReadonlyMap<number, ClosedSketch> {
    const sums = new Map<number, Sketch>()
    for (const { sketches: closed } of slices) {
      for (const [id, sketch] of closed) {
        const sum = sums.get(id)
        // The sum takes the use of the first slice.
        if (sum !== undefined) this.#names.release(id)
        const into = sum ?? make()
        sums.set(id, into)
        sketch.addTo(into)
      }
    }
    const all = [...sums].sort(([, one], [, two]) => two.count - one.count)
    for (const [id] of all.slice(mostSketched)) this.#names.release(id)
    return new Map(all.slice(0, mostSketched).map(([id, sketch]) => [id, new ClosedSketch(sketch)]))
  }
}
