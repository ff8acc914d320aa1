import type { Charge } from '../work/charge.js'
import type { CpuClock } from './cpu-clock.js'
import type { HeldUpWatch } from './held-up.js'
import type { Ledger } from './ledger.js'
import { cells, type Marks } from './watchdog/marks.js'

// Hot: runs 10 to 30 times in a small request, and twice for each of its awaits. An empty pair of hooks takes 70 ns of
// an await (Node 24), and reading the clock takes 40 to 120 ns. Therefore the clock is not read while the owner stays
// the same. Idle time (20 ns) and the number of the turn (60 ns) are read only where the event loop calls code.

/** A longer slice is compared with the CPU clock: preemption and blocking calls use no CPU. */
const longMs = 0.25
/**
 * The CPU clock is read at least this often, so that the time that short slices lost is not taken from the next long
 * slice.
 */
const maxUncheckedMs = 5
/** If the event loop was idle for longer within a slice, the end of a callback was missed. */
const idleToleranceMs = 0.02
/** A longer time without an owner may have several parts. */
const maxJoinedMs = 1
/** If a reading takes longer, the thread was preempted while it read the clocks. */
const maxOwnMs = 0.05

// Absent in runtimes that imitate Node.
const timing: { readonly idleTime: number } | undefined = performance.nodeTiming

/** Called with a slice that was compared with the CPU clock. */
export type LongSlice = (owner: Charge, start: number, end: number) => void

/**
 * Divides the time of this thread into slices. At any moment, the thread belongs to one charge, `current`. When the
 * charge changes, the time since the last change is added to the charge before. Short slices use the wall clock, which
 * is quick to read; long slices are compared with the thread's CPU clock. Times are `performance.now()`.
 */
export class Slices {
  current: Charge
  /** Called with each slice that may contain a pause of the garbage collector. */
  onLongSlice: LongSlice | undefined = undefined
  /** Measures how long work was held up; undefined to leave that out. */
  heldUp: HeldUpWatch | undefined = undefined
  /** Returns the heap bytes allocated since its last call. */
  allocated: (() => number) | undefined = undefined
  /** Notes the context for which the thread works. Set only while a watchdog watches. */
  marks: Marks | undefined = undefined
  /** Called if `current` is wrong because the end of a callback was missed. The thread is then unattributed. */
  readonly #onStale: () => void
  readonly #clock: CpuClock
  readonly #ledger: Ledger
  /** When the current slice began. */
  #last = 0
  /** When the current owner ended, if no other has begun since; otherwise 0. */
  #tail = 0
  /** The idle time of the event loop before the current slice, and at the last look. */
  #idle = 0
  #idleSeen = 0
  /** The readings at the last comparison with the CPU clock. */
  #cpuThen = 0
  #wallThen = 0
  #idleThen = 0
  /** The longest slice since then. Time in which the thread did not run was most likely within it. */
  #longestMs = 0
  #longest: Charge
  /** The duration of that reading. Its CPU is part of the next reading. */
  #readingMs = 0
  /** By how much the CPU clock was ahead of the wall clock then. */
  #ahead = 0
  #cpuAtStart = 0
  #cpuBefore = 0

  constructor(clock: CpuClock, ledger: Ledger, onStale: () => void) {
    this.#clock = clock
    this.#ledger = ledger
    this.#onStale = onStale
    this.current = this.#longest = ledger.unattributed
  }

  /** The owner to which the thread returns after a callback that begins now. */
  get outer(): Charge {
    return this.#tail === 0 ? this.current : this.#ledger.unattributed
  }

  get clock(): 'thread' | 'wall' {
    return this.#clock.kind
  }

  /** The thread's CPU so far, as of the last `check`. */
  get threadCpuMs(): number {
    return this.#cpuBefore + this.#cpuThen - this.#cpuAtStart
  }

  /** Begins without an owner. Earlier time is not charged. */
  start(): void {
    this.forget()
    this.allocated?.()
    this.#longestMs = this.#readingMs = this.#ahead = 0
    this.#cpuBefore = this.threadCpuMs
    this.#cpuAtStart = this.#cpuThen = this.#clock.cpuMs()
    this.#idle = this.#idleSeen = this.#idleThen = idleMs()
    this.#last = this.#wallThen = performance.now()
    this.heldUp?.start(this.#last, this.#idle)
  }

  /** Charges the open slice up to now, and compares it with the CPU clock. */
  check(): void {
    this.closeTail()
    this.#close(true)
  }

  /** Makes the open slice unattributed. Calls no function, because the stack may be full. */
  forget(): void {
    this.#tail = 0
    this.current = this.#ledger.unattributed
    if (this.marks !== undefined) this.marks.cells[cells.charged] = 0
  }

  switchTo(owner: Charge): void {
    if (owner === this.current) return
    this.#close(false)
    this.#begin(owner)
  }

  /**
   * The event loop calls a callback of `owner`, outside of any other code. Only before such a callback may the loop have been
   * idle, or a turn have begun.
   */
  loopCalls(owner: Charge): void {
    const now = performance.now()
    const idle = idleMs()
    this.#idleSeen = idle
    const isSame = owner === this.current
    // So that idle time and the callback are apart.
    if (!isSame || now - this.#last > maxJoinedMs) this.#close(false, now)
    this.heldUp?.turns.look(now, idle)
    if (!isSame) this.#begin(owner)
  }

  #begin(owner: Charge): void {
    this.current = owner
    if (this.marks !== undefined) this.marks.charged(owner.context)
    if (owner.heldUp !== undefined) this.heldUp?.begins(owner, owner.heldUp, this.#last)
  }

  /** If the open slice belongs to `charge`, charges it up to now. */
  bringUpToDate(charge: Charge): void {
    if (this.current !== charge) return
    if (this.#tail !== 0) this.closeTail()
    else this.#close(false)
  }

  /**
   * The current owner has ended. Nothing is charged yet: usually the same owner begins again at once, and the slice
   * continues.
   */
  noteTail(): void {
    if (this.current === this.#ledger.unattributed) return
    const now = performance.now()
    if (now - this.#last <= longMs) this.#tail = now
    else {
      this.#close(false)
      this.#tail = this.#last
    }
  }

  /** `owner` begins. If it was the last owner, its slice continues. */
  passFromTail(owner: Charge): void {
    if (owner === this.current) this.#tail = 0
    else {
      this.closeTail()
      this.switchTo(owner)
    }
  }

  /**
   * Something else begins. If the owner before has ended, its slice ends at that time, and the time since then is
   * unattributed.
   */
  closeTail(): void {
    const tail = this.#tail
    if (tail === 0) return
    this.#tail = 0
    if (this.current === this.#ledger.unattributed) return
    // A long slice was charged when its owner ended.
    if (tail !== this.#last) this.#closeAt(tail)
    this.current = this.#ledger.unattributed
    if (this.marks !== undefined) this.marks.cells[cells.charged] = 0
  }

  /** Ends the current slice at a time that was noted earlier. `noteTail` keeps such slices short. */
  #closeAt(end: number): void {
    const start = this.#last
    this.#last = end
    this.heldUp?.note(this.current, start, end)
    this.#add(this.current, end - start, start, end)
  }

  /**
   * Ends the current slice now.
   *
   * @param isDue true to compare even a short slice with the CPU clock
   */
  #close(isDue: boolean, end: number = performance.now()): void {
    const owner = this.current
    const start = this.#last
    this.#last = end
    let ms = end - start
    if (owner === this.#ledger.unattributed) {
      ms -= this.#idleSeen - this.#idle
      this.#idle = this.#idleSeen
    }
    if (isDue || end - start > longMs || end - this.#wallThen > maxUncheckedMs) {
      this.#closeChecked(owner, start, end, ms)
      return
    }
    this.heldUp?.note(owner, end - ms, end)
    if (ms > this.#longestMs) {
      this.#longestMs = ms
      this.#longest = owner
    }
    this.#add(owner, ms, start, end)
  }

  #closeChecked(owner: Charge, start: number, end: number, ms: number): void {
    const cpu = this.#clock.cpuMs()
    const idle = idleMs()
    // The event loop cannot be idle within a callback. If it was, the end of a callback was missed, and the owner is
    // unknown.
    const idled = idle - this.#idle
    const isOwned = owner !== this.#ledger.unattributed
    const isStale = isOwned && idled > idleToleranceMs
    if (isStale) this.#onStale()
    const whole = Math.max(0, isStale || !isOwned ? ms - idled : ms)
    const ran = cpu - this.#cpuThen - this.#readingMs
    const lost = this.#clock.kind === 'thread' ? this.#lostMs(end - this.#wallThen - (idle - this.#idleThen) - ran) : 0
    this.#add(isStale ? this.#ledger.unattributed : owner, whole - this.#lostHere(whole, lost), start, end)
    if (!isStale) {
      this.heldUp?.note(owner, end - whole, end, Math.min(this.heldUp.coreWaitMs(end, lost), whole))
      if (isOwned) this.onLongSlice?.(owner, start, end)
    }
    this.#idle = this.#idleSeen = this.#idleThen = idle
    this.#cpuThen = cpu
    this.#longestMs = 0
    // Read after the CPU clock: time between the two readings would be taken from the next slice.
    this.#last = this.#wallThen = performance.now()
    this.#readingMs = Math.min(this.#last - end, maxOwnMs)
    this.#add(this.#ledger.watching, this.#readingMs, end, this.#last)
  }

  /**
   * The time since the last reading in which the thread did not run. A reading takes some µs, and its figure is taken anywhere
   * within them: the CPU clock may have counted more than the wall clock, and then counts less until the next reading. Without
   * that, 1 % of the thread's CPU was charged to nobody.
   *
   * @param ms by how much the wall clock has counted more
   */
  #lostMs(ms: number): number {
    const lost = ms - this.#ahead
    this.#ahead = Math.min(maxOwnMs, Math.max(0, -lost))
    return Math.max(0, lost)
  }

  /**
   * How much of the time in which the thread did not run is subtracted from this slice of `ms`. The time is first
   * subtracted from the longer of this slice and the longest slice since the last reading, because it was most likely
   * there. The rest is subtracted from the other slice.
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
    // Below 0 if the clock was set back, as the fake timers of tests do.
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

/** The time that the event loop has been idle, in ms. */
function idleMs(): number {
  return timing?.idleTime ?? 0
}
