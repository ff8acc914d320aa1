/** Turns that begin within this time count as one, so that a busy loop is not asked for its count at every callback. */
const sameTurnMs = 0.25

interface LoopTiming {
  readonly uvMetricsInfo?: { readonly loopCount: number }
}

// Absent in runtimes that imitate Node.
const timing: LoopTiming | undefined = performance.nodeTiming

/**
 * The turns of the event loop. A callback that is ready runs in this turn or the next, so code that ran before the
 * previous turn delayed no callback of this turn. The same holds for code before the loop was last idle: the loop is idle
 * only if no callback is ready. Times are `performance.now()`.
 */
export class Turns {
  /** When this turn and the two before it began, or when the loop was last idle if that was later. */
  current = 0
  previous = 0
  beforePrevious = 0
  /** When watching began. Earlier turns are unknown. */
  since = 0
  #idle = 0
  /** The number of the turn that began at `current`. */
  #count = 0
  /** True if callbacks began within `sameTurnMs` of `current`, perhaps in later turns. */
  #isShared = false

  start(now: number, idleMs: number): void {
    this.since = now
    this.#restart(now, idleMs)
  }

  /** Called where a callback begins, unless its owner also had the thread before. */
  look(now: number, idleMs: number): void {
    if (idleMs !== this.#idle) {
      this.#restart(now, idleMs)
      return
    }
    if (now - this.current < sameTurnMs) this.#isShared = true
    else this.settle(now)
  }

  /** Asks for the turn of the callback that runs now, even if `current` is not long ago. */
  settle(now: number): void {
    const count = loopCount()
    const turns = count - this.#count
    if (turns === 0) return
    if (turns === 1 && this.#isShared) {
      // A callback soon after `current` may have begun this turn already, and may have had the thread until now.
      this.#count = count
      this.#isShared = false
      return
    }
    if (turns === 1) {
      this.beforePrevious = this.previous
      this.previous = this.current
    } else {
      // Turns in which no callback began take no time. `current` may stand for several turns that were together short.
      this.beforePrevious = turns === 2 || this.#isShared ? this.current : now
      this.previous = this.#isShared ? this.current : now
    }
    this.current = now
    this.#count = count
    this.#isShared = false
  }

  #restart(now: number, idleMs: number): void {
    this.current = this.previous = this.beforePrevious = now
    this.#idle = idleMs
    this.#count = loopCount()
    this.#isShared = false
  }
}

// Takes 80 ns (Node 20 to 26).
function loopCount(): number {
  return timing?.uvMetricsInfo?.loopCount ?? 0
}
