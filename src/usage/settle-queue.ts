import { runDetached } from '../context/storage.js'

/** With thousands of requests a second a timer for each would cost more than what is late. */
const minWaitMs = 50

interface Waiting {
  readonly due: number
  readonly settle: () => void
}

/**
 * Calls what was added after a time that is the same for all. One timer serves them, and keeps no process alive.
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

  /** Calls all that wait, now. */
  empty(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const all = this.#waiting
    this.#waiting = []
    for (const { settle } of all) settle()
  }

  #wait(ms: number): NodeJS.Timeout {
    // Made in the context of some request, it would be charged to it.
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
