/** A sketch of durations: its quantiles are right within 2 %. */
export interface Sketch {
  accept(value: number, weight?: number): void
  getValueAtQuantile(quantile: number): number
  readonly count: number
  readonly mapping: { value(key: number): number }
  readonly store: { readonly bins: readonly number[]; readonly offset: number }
  readonly zeroCount: number
}

type NewSketch = () => Sketch

let made: NewSketch | undefined
let loading: Promise<void> | undefined

const accuracy = { relativeAccuracy: 0.02, binLimit: 512 }

/** Makes sketches; undefined while the library is not loaded. */
export function sketches(): NewSketch | undefined {
  return made
}

/** Loads the library. Never rejects: without the library, no percentiles are known. */
export function loadSketches(): Promise<void> {
  loading ??= import('@datadog/sketches-js').then(
    ({ LogCollapsingLowestDenseDDSketch }) => {
      made = () => new LogCollapsingLowestDenseDDSketch(accuracy)
    },
    () => {},
  )
  return loading
}

/** The counts of a sketch that gets no more values, in a tenth of the memory. */
export class ClosedSketch {
  readonly #values: Float32Array
  readonly #counts: Float32Array

  constructor({ store: { bins, offset }, mapping, zeroCount }: Sketch) {
    const filled = bins.flatMap((count, at) => (count > 0 ? [[mapping.value(at + offset), count] as const] : []))
    if (zeroCount > 0) filled.push([0, zeroCount])
    this.#values = Float32Array.from(filled, ([value]) => value)
    this.#counts = Float32Array.from(filled, ([, count]) => count)
  }

  addTo(sketch: Sketch): void {
    for (let at = 0; at < this.#values.length; at++) {
      sketch.accept(this.#values[at] as number, this.#counts[at] as number)
    }
  }
}
