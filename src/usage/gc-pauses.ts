import type { PerformanceEntry, PerformanceObserver, PerformanceObserverCallback } from 'node:perf_hooks'
import { chargeToOverhead } from '../context/storage.js'
import type { Charge } from '../work/charge.js'

const remembered = 1_024

/**
 * Adds the pauses of the garbage collector to the charges in whose slices they fell. Node reports a pause 10 to 500 ms
 * after it. Pauses between slices belong to no request. Slices that are too short for a noticeable pause are not kept.
 */
export class GcPauses {
  /** Called with each pause. */
  onPause: ((start: number, end: number) => void) | undefined = undefined
  readonly #starts = new Float64Array(remembered)
  readonly #ends = new Float64Array(remembered)
  readonly #owners: (Charge | undefined)[] = new Array(remembered).fill(undefined)
  #next = 0
  readonly #observer = observerOf((list) => chargeToOverhead(() => this.#tell(list.getEntries())))

  start(): void {
    this.#observer?.observe({ entryTypes: ['gc'] })
  }

  stop(): void {
    this.#observer?.disconnect()
    this.#ends.fill(0)
    this.#owners.fill(undefined)
  }

  /** Keeps a slice. */
  note(owner: Charge, start: number, end: number): void {
    const at = this.#next++ % remembered
    this.#starts[at] = start
    this.#ends[at] = end
    this.#owners[at] = owner
  }

  #tell(pauses: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of pauses) {
      this.#charge(startTime, startTime + duration)
      this.onPause?.(startTime, startTime + duration)
    }
  }

  #charge(from: number, to: number): void {
    for (let back = 1; back <= remembered; back++) {
      const at = (this.#next - back + remembered) % remembered
      const end = this.#ends[at] as number
      if (end <= from) return
      const ms = Math.min(to, end) - Math.max(from, this.#starts[at] as number)
      const owner = this.#owners[at]
      if (ms > 0 && owner !== undefined) owner.gcMs += ms
    }
  }
}

/** Undefined if the runtime has no observers: then no pause is reported. */
function observerOf(tell: PerformanceObserverCallback): PerformanceObserver | undefined {
  const { PerformanceObserver: Observer } = process.getBuiltinModule('node:perf_hooks')
  return typeof Observer === 'function' ? new Observer(tell) : undefined
}
