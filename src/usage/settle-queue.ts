import { runDetached } from '../context/storage.js'

/** With thousands of requests per second, a timer for each would cost more than the delay. */
const minWaitMs = 50

interface Waiting {
  readonly due: number
  readonly settle: () => void
}

/**
 * Calls each added function after the same time. One timer serves all functions, and does not keep the process alive.
 */
export class SettleQueue {
  readonly #afterMs: number
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(afterMs: number) {
    this.#afterMs = afterMs
  }

  add(settle: () => void): void {
    this.#waiting.push({ due: performance.now() + this.#afterMs, settle })
    this.#timer ??= this.#wait(this.#afterMs)
  }

  /** Calls all waiting functions now. */
  empty(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const all = this.#waiting
    this.#waiting = []
    for (const { settle } of all) settle()
  }

  #wait(ms: number): NodeJS.Timeout {
    // In the context of a request, the timer would be charged to that request.
    return runDetached(() => setTimeout(() => this.#settleDue(), ms)).unref()
  }

  #settleDue(): void {
    const now = performance.now()
    const later = this.#waiting.findIndex(({ due }) => due > now)
    const over = this.#waiting.splice(0, later < 0 ? this.#waiting.length : later)
    const next = this.#waiting[0]
    this.#timer = next === undefined ? undefined : this.#wait(Math.max(next.due - now, minWaitMs))
    for (const { settle } of over) settle()
  }
}
