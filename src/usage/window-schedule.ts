import { runDetached } from '../context/storage.js'

/** How often a window opens, and for how long. */
export interface WindowSettings {
  /** The mean time from one window to the next, in ms. */
  readonly everyMs: number
  /** The length of a window, in ms. */
  readonly forMs: number
}

/** Does what a schedule says. */
export interface WindowActions {
  /** A window opens. */
  open(): void
  /** The window is over. Calls `done` when the next one may open. */
  close(done: () => void): void
}

/** The time, and a timer of the event loop. Tests have their own. */
export interface LoopTime {
  now(): number
  /** Calls `fn` once after `ms`. @returns a function that stops the timer */
  after(ms: number, fn: () => void): () => void
  random(): number
}

/** After a longer gap (a stopped process, a clock that jumped), the schedule begins anew. */
const maxGaps = 100

/**
 * Says when windows are open. A window is due at a random time, so that it does not beat with periodic work.
 *
 * A window can begin and end only between two turns of the event loop. It contains the turns that begin while it is due, each of
 * them whole. So every turn is in a window with the same probability, `forMs` of `everyMs`, however long the turn is and
 * whatever ran before it. If a turn lasts longer than the window that was due during it, this window is left out: a window that
 * is moved to the end of a long turn would mostly see the code that follows long turns.
 */
export class WindowSchedule {
  readonly #settings: WindowSettings
  readonly #actions: WindowActions
  readonly #time: LoopTime
  #due: number
  #stopTimer: () => void
  #isStopped = false

  constructor(settings: WindowSettings, actions: WindowActions, time: LoopTime = loopTime) {
    this.#settings = settings
    this.#actions = actions
    this.#time = time
    const now = time.now()
    this.#due = now + time.random() * settings.everyMs
    this.#stopTimer = this.#waitFor(this.#due, now, this.#begin)
  }

  stop(): void {
    this.#isStopped = true
    this.#stopTimer()
  }

  readonly #begin = (): void => {
    const now = this.#time.now()
    this.#advance(now)
    if (now < this.#due) {
      this.#stopTimer = this.#waitFor(this.#due, now, this.#begin)
      return
    }
    this.#stopTimer = this.#waitFor(this.#due + this.#settings.forMs, now, this.#end)
    this.#actions.open()
  }

  readonly #end = (): void => {
    this.#actions.close(() => {
      if (this.#isStopped) return
      this.#due += this.#gap()
      this.#begin()
    })
  }

  /** Passes over the windows that were due and over while the event loop was not free. */
  #advance(now: number): void {
    const { everyMs, forMs } = this.#settings
    const late = now - this.#due
    // A window less than a ms away opens now: timers have whole ms.
    if (late > -1 && late < 0) this.#due = now
    else if (late > maxGaps * everyMs || late < -2 * everyMs) this.#due = now + this.#time.random() * everyMs
    while (this.#due + forMs <= now) this.#due += this.#gap()
  }

  /** The time from one window to the next: `everyMs` on average, and long enough for a pause between them. */
  #gap(): number {
    const { everyMs, forMs } = this.#settings
    return everyMs + (this.#time.random() - 0.5) * (everyMs - forMs)
  }

  #waitFor(then: number, now: number, fn: () => void): () => void {
    return this.#time.after(Math.max(1, Math.round(then - now)), fn)
  }
}

const loopTime: LoopTime = {
  now: () => performance.now(),
  after: (ms, fn) => {
    // In the context of a request, the timer would be charged to that request.
    const timer = runDetached(() => setTimeout(fn, ms)).unref()
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
