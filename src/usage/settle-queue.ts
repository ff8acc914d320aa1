import { chargeToOverhead, runDetached } from '../context/storage.js'

/** With thousands of requests per second, a timer for each would cost more than the delay. */
const minWaitMs = 50

/** An object that waits. Objects of one shape instead of closures, because 10,000 of them live at 5,000 requests per second. */
export interface Waiting {
  /** When it is due (`performance.now()`); the queue sets it. */
  due: number
}

/**
 * Calls `settle` for each added object after the same time, and charges that to Spoor's overhead. One timer serves all objects, and
 * does not keep the process alive.
 */
export class SettleQueue<T extends Waiting> {
  readonly #afterMs: number
  readonly #settle: (one: T) => void
  #waiting: T[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(afterMs: number, settle: (one: T) => void) {
    this.#afterMs = afterMs
    this.#settle = settle
  }

  add(one: T): void {
    one.due = performance.now() + this.#afterMs
    this.#waiting.push(one)
    this.#timer ??= this.#wait(this.#afterMs)
  }

  /** Settles all waiting objects now. */
  empty(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const all = this.#waiting
    this.#waiting = []
    this.#settleAll(all)
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
    this.#settleAll(over)
  }

  /** All at once: to change the owner of the thread for each of thousands would cost more than to settle it. */
  #settleAll(over: readonly T[]): void {
    chargeToOverhead(() => {
      for (const one of over) this.#settle(one)
    })
  }
}
