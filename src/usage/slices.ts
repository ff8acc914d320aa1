import type { Charge } from '../work/charge.js'
import type { CpuClock } from './cpu-clock.js'
import type { Ledger } from './ledger.js'

// Hot: this runs some 10 to 30 times in a small request, and twice for each of its awaits. What it may cost: an empty
// pair of hooks takes 70 ns of an await (Node 24), the clock 60 to 120 ns, so that it is not read while the owner stays.

/** Beyond this a slice is held against the CPU clock: preemption and blocking calls use no CPU. */
const longMs = 0.25
/** At the latest then, so that what short slices lost is not taken from the next long one. */
const maxUncheckedMs = 5
/** What a slice may hold of it and still be believed. */
const idleToleranceMs = 0.02
/** More was not CPU of Spoor's: the thread was preempted while it looked at the clocks. */
const maxOwnMs = 0.05

// Absent in runtimes that imitate Node.
const timing: { readonly idleTime: number } | undefined = performance.nodeTiming

/** Told of a slice that was held against the CPU clock. */
export type LongSlice = (owner: Charge, start: number, end: number) => void

/**
 * Divides this thread's time into slices. At any moment it belongs to one charge, `current`; whenever it passes on, the
 * time since it last did is added to the one before. Short slices go by the wall clock, which is quick to read; long ones
 * are held against the thread's CPU clock. Times are `performance.now()`.
 */
export class Slices {
  current: Charge
  /** Told of slices that may hold a pause of the garbage collector. */
  onLongSlice: LongSlice | undefined = undefined
  /** Gives the heap bytes allocated since it was asked last. */
  allocated: (() => number) | undefined = undefined
  /** The current one is stale: something must have been missed, and the thread is unattributed. */
  readonly #onStale: () => void
  readonly #clock: CpuClock
  readonly #ledger: Ledger
  /** When the current slice began. */
  #last = 0
  /** When the current owner ended before the next one began; else 0. */
  #tail = 0
  /** The loop's idle time when last looked at. */
  #idle = 0
  /** The readings when last held against the CPU clock. */
  #cpuThen = 0
  #wallThen = 0
  #idleThen = 0
  /** The longest slice since then: what went on without us was most likely within it. */
  #longestMs = 0
  #longest: Charge
  /** How long that reading took: its CPU is in the next one's. */
  #readingMs = 0
  #cpuAtStart = 0
  #cpuBefore = 0

  constructor(clock: CpuClock, ledger: Ledger, onStale: () => void) {
    this.#clock = clock
    this.#ledger = ledger
    this.#onStale = onStale
    this.current = this.#longest = ledger.unattributed
  }

  get clock(): 'thread' | 'wall' {
    return this.#clock.kind
  }

  /** The thread's CPU so far, as of the last `check`. */
  get threadCpuMs(): number {
    return this.#cpuBefore + this.#cpuThen - this.#cpuAtStart
  }

  /** Begins unattributed; the time before is left out. */
  start(): void {
    this.forget()
    this.allocated?.()
    this.#longestMs = this.#readingMs = 0
    this.#cpuBefore = this.threadCpuMs
    this.#cpuAtStart = this.#cpuThen = this.#clock.cpuMs()
    this.#idle = this.#idleThen = idleMs()
    this.#last = this.#wallThen = performance.now()
  }

  /** Charges the open slice up to now, and compares it with the CPU clock. */
  check(): void {
    this.closeTail()
    this.#close(true)
  }

  /** Makes the open slice unattributed. Calls nothing, because the stack may be full. */
  forget(): void {
    this.#tail = 0
    this.current = this.#ledger.unattributed
  }

  switchTo(owner: Charge): void {
    if (owner === this.current) return
    this.#close(false)
    this.current = owner
  }

  /** Charges what is open if it is `charge`'s, so that it holds all of it. */
  bringUpToDate(charge: Charge): void {
    if (this.current !== charge) return
    if (this.#tail !== 0) this.closeTail()
    else this.#close(false)
  }

  /** The current owner is done. Nothing is charged yet: most often it comes again at once, and the slice goes on. */
  noteTail(): void {
    if (this.current === this.#ledger.unattributed) return
    const now = performance.now()
    if (now - this.#last <= longMs) this.#tail = now
    else {
      this.#close(false)
      this.#tail = this.#last
    }
  }

  /** `owner` comes: if it was the last one, its slice goes on. */
  passFromTail(owner: Charge): void {
    if (owner === this.current) this.#tail = 0
    else {
      this.closeTail()
      this.switchTo(owner)
    }
  }

  /** Something else begins: if the owner before was done, its slice ends there, and what followed is unattributed. */
  closeTail(): void {
    const tail = this.#tail
    if (tail === 0) return
    this.#tail = 0
    if (this.current === this.#ledger.unattributed) return
    // A long one was charged when its owner was done.
    if (tail !== this.#last) this.#closeAt(tail)
    this.current = this.#ledger.unattributed
  }

  /** Ends the current slice at a time noted earlier; `noteTail` saw to it that it is short. */
  #closeAt(end: number): void {
    const start = this.#last
    this.#last = end
    this.#add(this.current, end - start, start, end)
  }

  /**
   * Ends the current slice now.
   *
   * @param isDue hold it against the CPU clock, however short it is
   */
  #close(isDue: boolean): void {
    const end = performance.now()
    const owner = this.current
    const start = this.#last
    this.#last = end
    let ms = end - start
    if (owner === this.#ledger.unattributed) {
      const idle = idleMs()
      ms -= idle - this.#idle
      this.#idle = idle
    }
    if (isDue || end - start > longMs || end - this.#wallThen > maxUncheckedMs) {
      this.#closeChecked(owner, start, end, ms)
      return
    }
    if (ms > this.#longestMs) {
      this.#longestMs = ms
      this.#longest = owner
    }
    this.#add(owner, ms, start, end)
  }

  #closeChecked(owner: Charge, start: number, end: number, ms: number): void {
    const cpu = this.#clock.cpuMs()
    const idle = idleMs()
    // The loop cannot idle within a callback. If it did, we missed the end of one, and it is not known whose this was.
    const idled = idle - this.#idle
    const isStale = owner !== this.#ledger.unattributed && idled > idleToleranceMs
    if (isStale) this.#onStale()
    const whole = Math.max(0, isStale ? ms - idled : ms)
    const ran = cpu - this.#cpuThen - this.#readingMs
    const lost = this.#clock.kind === 'thread' ? end - this.#wallThen - (idle - this.#idleThen) - ran : 0
    this.#add(isStale ? this.#ledger.unattributed : owner, whole - this.#lostHere(whole, Math.max(0, lost)), start, end)
    if (owner !== this.#ledger.unattributed && !isStale) this.onLongSlice?.(owner, start, end)
    this.#idle = this.#idleThen = idle
    this.#cpuThen = cpu
    this.#longestMs = 0
    // After the reading: preemption between the two would be taken from the next slice.
    this.#last = this.#wallThen = performance.now()
    this.#readingMs = Math.min(this.#last - end, maxOwnMs)
    this.#add(this.#ledger.watching, this.#readingMs, end, this.#last)
  }

  /**
   * How much of what the thread did not run is to be taken from this slice of `ms`: from the longer of it and the longest
   * one since the last reading first, for it was most likely there; what one does not hold, from the other.
   */
  #lostHere(ms: number, lost: number): number {
    const before =
      ms < this.#longestMs ? Math.min(lost, this.#longestMs) : Math.min(lost - Math.min(lost, ms), this.#longestMs)
    if (before > 0) this.#takeBack(this.#longest, before)
    return Math.min(lost - before, ms)
  }

  #takeBack(owner: Charge, ms: number): void {
    owner.cpuMs -= ms
    owner.total.cpuMs -= ms
  }

  #add(owner: Charge, ms: number, start: number, end: number): void {
    // Below 0 where the clock was set back, as fake timers of tests do.
    if (ms > 0) {
      owner.cpuMs += ms
      owner.total.cpuMs += ms
    }
    owner.slices++
    owner.lastTick = end
    owner.timeline?.add(start, end)
    if (this.allocated !== undefined) owner.allocatedBytes += this.allocated()
  }
}

/** How long the event loop has waited for something to happen, ms. */
function idleMs(): number {
  return timing?.idleTime ?? 0
}
