import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { runDetached } from '../context/storage.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { figure } from '../usage/process-figures.js'
import type { VitalSample, Vitals } from './reading.js'

const defaultEveryMs = 30_000
const maxSamples = 120
/** Node looks at the loop this often, and counts this time as a part of each delay. */
const resolutionMs = 50

/** Samples the process: how busy and how late its event loop is, its memory, and its open requests. */
export class VitalsSampler {
  readonly #inFlight: () => number
  readonly #everyMs: number
  readonly #delays: IntervalHistogram
  readonly #samples: VitalSample[] = []
  readonly #timer: NodeJS.Timeout
  #before = performance.eventLoopUtilization()

  /** @param inFlight the number of open requests and jobs */
  constructor(inFlight: () => number, everyMs: number = defaultEveryMs) {
    this.#inFlight = inFlight
    this.#everyMs = everyMs
    this.#delays = monitorEventLoopDelay({ resolution: resolutionMs })
    this.#delays.enable()
    // In no request's context: the timer belongs to none.
    this.#timer = runDetached(() => setInterval(() => this.#keep(), everyMs))
    this.#timer.unref()
  }

  /** The samples until now. */
  read(): Vitals {
    return {
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      everyMs: this.#everyMs,
      samples: [...this.#samples, this.#sample()],
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#delays.disable()
  }

  #keep(): void {
    this.#samples.push(this.#sample())
    if (this.#samples.length > maxSamples) this.#samples.shift()
    this.#before = performance.eventLoopUtilization()
    this.#delays.reset()
  }

  #sample(): VitalSample {
    const { utilization } = performance.eventLoopUtilization(this.#before)
    return {
      at: new Date().toISOString(),
      loopBusy: Math.round(Math.max(0, utilization) * 1_000) / 1_000,
      loopLateMs: Math.max(0, roundedMs(this.#delays.percentile(99) / 1e6 - resolutionMs)),
      heapUsedBytes: getHeapStatistics().used_heap_size,
      rssBytes: figure(process.memoryUsage.rss),
      inFlight: this.#inFlight(),
    }
  }
}
