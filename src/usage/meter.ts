import { performance } from 'node:perf_hooks'
import { Charge, type ChargeTotal } from '../context/charge.js'
import type { WorkContext } from '../context/request-context.js'
import { type Switching, storage } from '../context/storage.js'
import type { CpuClock } from './cpu-clock.js'

// Hot: this runs some 10 to 30 times in a small request, and twice for each of its awaits. What it may cost: an empty
// pair of hooks takes 70 ns of an await (Node 24), the clock 60 to 120 ns, so that it is not read while the owner stays.

/** Beyond this a slice is held against the CPU clock: preemption and blocking calls are no CPU of anybody. */
const longMs = 0.25
/** At the latest then, so that what short slices lost is not taken from the next long one. */
const longestUncheckedMs = 5
/** What a slice may hold of it and still be believed. */
const idleToleranceMs = 0.02
/** More was no CPU of ours: the thread was preempted while it looked at the clocks. */
const mostOwnMs = 0.05
/** Stands for a promise reaction where ids of callbacks stand. */
const reaction = -1

const timing = performance.nodeTiming

/** Told of each slice that was held against the CPU clock. */
export type LongSlice = (owner: Charge, start: number, end: number) => void

/**
 * Divides this thread's CPU among those it works for. At any time it belongs to one charge, the `current` one; whenever
 * it passes on, the time since the last passing (a slice) is added to the one before. Times are `performance.now()`.
 */
export class Meter implements Switching {
  readonly unattributed: Charge = new Charge({ kind: 'unattributed', cpuMs: 0 }, 0, 0)
  readonly watching: Charge = new Charge({ kind: 'watching', cpuMs: 0 }, 0, 0)
  /** Of all scopes that were opened outside any request or job: they have no record. */
  readonly runs: Charge = new Charge({ kind: 'run', cpuMs: 0 }, 0, 0)
  readonly requests: ChargeTotal = { kind: 'request', cpuMs: 0 }
  readonly jobs: ChargeTotal = { kind: 'job', cpuMs: 0 }
  /** Told of slices that may hold a pause of the garbage collector. */
  onLongSlice: LongSlice | undefined = undefined
  /** Gives the heap bytes allocated since it was asked last. */
  allocated: (() => number) | undefined = undefined

  readonly #clock: CpuClock
  #current: Charge = this.unattributed
  #isOn = false
  /** Spoor itself is at work, whatever context it enters. */
  #isWatching = false
  /** When the current slice began. */
  #last = 0
  /** When the last promise reaction was over, if nothing was heard since; else 0. */
  #tail = 0
  /** The loop's idle time when last looked at. */
  #idle = 0
  /** The readings when last held against the CPU clock. */
  #cpuThen = 0
  #wallThen = 0
  #idleThen = 0
  /** The longest slice since then: what went on without us was most likely within it. */
  #longestMs = 0
  #longest: Charge = this.unattributed
  #cpuAtStart = 0
  #cpuBefore = 0
  /** The callbacks that are open, and to whom the thread belonged before each. */
  readonly #ids: number[] = []
  readonly #before: Charge[] = []
  #inReaction = false

  constructor(clock: CpuClock) {
    this.#clock = clock
  }

  get isOn(): boolean {
    return this.#isOn
  }

  get clock(): 'thread' | 'wall' {
    return this.#clock.kind
  }

  /** Begins to charge; the time before is nobody's. */
  start(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.giveUp()
    this.allocated?.()
    this.#longestMs = 0
    this.#cpuAtStart = this.#cpuThen = this.#clock.cpuMs()
    this.#idle = this.#idleThen = idleMs()
    this.#last = this.#wallThen = performance.now()
    this.#current = this.#owner()
  }

  /** Charges what is open and ends. */
  stop(): void {
    if (!this.#isOn) return
    this.check()
    this.#cpuBefore += this.#cpuThen - this.#cpuAtStart
    this.#isOn = false
    this.giveUp()
  }

  /** Charges what is open to now, and holds it against the CPU clock. */
  check(): void {
    if (!this.#isOn) return
    this.#closeTail()
    this.#close(true)
  }

  /** The thread's CPU while this was on, as of the last `check`. */
  get threadCpuMs(): number {
    return this.#cpuBefore + (this.#isOn ? this.#cpuThen - this.#cpuAtStart : 0)
  }

  /** Charges what is open if it is `charge`'s, so that it holds all of it. */
  bringUpToDate(charge: Charge): void {
    if (this.#current !== charge) return
    if (this.#tail !== 0) this.#closeTail()
    else this.#close(false)
  }

  /**
   * Looks anew whose the running code is: the current context was given a charge or lost it, or a scope was entered
   * within a callback, whose end will give the thread back.
   */
  lookAgain(): void {
    if (!this.#isOn || this.#isWatching) return
    this.#closeTail()
    this.#passTo(this.#owner())
  }

  run<T>(context: WorkContext | undefined, fn: () => T): T {
    if (!this.#isOn || this.#isWatching) return storage.run(context, fn)
    this.#closeTail()
    const before = this.#current
    this.#passTo(this.#ownerOf(context))
    try {
      return storage.run(context, fn)
    } finally {
      this.#passTo(this.#living(before))
    }
  }

  watch<T>(fn: () => T): T {
    if (!this.#isOn || this.#isWatching) return fn()
    this.#closeTail()
    const before = this.#current
    this.#passTo(this.watching)
    this.#isWatching = true
    try {
      return fn()
    } finally {
      this.#isWatching = false
      this.#passTo(this.#living(before))
    }
  }

  /** A callback begins (async_hooks). */
  callbackBegins(id: number): void {
    this.#closeTail()
    this.#ids.push(id)
    this.#before.push(this.#current)
    this.#passTo(this.#owner())
  }

  /** A callback is over. */
  callbackEnds(id: number): void {
    let at = this.#ids.length - 1
    // Others above it were left by an exception.
    while (at >= 0 && this.#ids[at] !== id) at--
    if (at >= 0) {
      const before = this.#before[at] as Charge
      this.#ids.length = this.#before.length = at
      this.#closeTail()
      this.#passTo(this.#living(before))
    } else if (this.#ids.length === 0) {
      // It began before we listened.
      this.#closeTail()
      this.#passTo(this.unattributed)
    }
  }

  /** A promise reaction begins (v8.promiseHooks). */
  reactionBegins(): void {
    const owner = this.#owner()
    if (this.#inReaction || this.#ids.length > 0) {
      // Microtasks are drained within other code (a vm's own): that gets the thread back afterwards.
      this.#ids.push(reaction)
      this.#before.push(this.#current)
    } else this.#inReaction = true
    if (owner !== this.#current) {
      if (this.#tail !== 0) this.#closeAt(this.#tail)
      else this.#close(false)
      this.#current = owner
    }
    this.#tail = 0
  }

  /**
   * A promise reaction is over. Most often the next one of the same owner follows, so only the time is noted: that one
   * goes on with the slice, anything else closes it there.
   */
  reactionEnds(): void {
    const open = this.#ids.length
    if (open === 0) {
      this.#inReaction = false
      this.#tail = this.#current === this.unattributed ? 0 : this.#shortened()
    } else if (this.#ids[open - 1] === reaction) this.callbackEnds(reaction)
  }

  /** After something went wrong in a hook: what is open is nobody's. Calls nothing: the stack may be full. */
  giveUp(): void {
    this.#ids.length = this.#before.length = this.#tail = 0
    this.#inReaction = false
    this.#current = this.unattributed
  }

  /** The time, at which the current slice is a short one. */
  #shortened(): number {
    const now = performance.now()
    if (now - this.#last <= longMs) return now
    this.#close(false)
    return this.#last
  }

  #owner(): Charge {
    return this.#ownerOf(storage.getStore())
  }

  #ownerOf(context: WorkContext | undefined): Charge {
    const charge = context?.work.charge
    return charge === undefined ? this.unattributed : this.#living(charge)
  }

  #living(charge: Charge): Charge {
    return charge.settled ? this.unattributed : charge
  }

  #passTo(owner: Charge): void {
    if (owner === this.#current || !this.#isOn) return
    this.#close(false)
    this.#current = owner
  }

  #closeTail(): void {
    const tail = this.#tail
    if (tail === 0) return
    this.#tail = 0
    if (this.#current === this.unattributed) return
    this.#closeAt(tail)
    this.#current = this.unattributed
  }

  /** Ends the current slice at a time noted earlier; `reactionEnds` saw to it that it is short. */
  #closeAt(end: number): void {
    const start = this.#last
    this.#last = end
    this.#add(this.#current, end - start, start, end)
  }

  /**
   * Ends the current slice now.
   *
   * @param isDue hold it against the CPU clock, however short it is
   */
  #close(isDue: boolean): void {
    const end = performance.now()
    const owner = this.#current
    const start = this.#last
    this.#last = end
    let ms = end - start
    if (owner === this.unattributed) {
      const idle = idleMs()
      ms -= idle - this.#idle
      this.#idle = idle
    }
    if (isDue || end - start > longMs || end - this.#wallThen > longestUncheckedMs) {
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
    const isStale = owner !== this.unattributed && idled > idleToleranceMs
    if (isStale) this.giveUp()
    const whole = Math.max(0, isStale ? ms - idled : ms)
    const lost =
      this.#clock.kind === 'thread' ? end - this.#wallThen - (idle - this.#idleThen) - (cpu - this.#cpuThen) : 0
    this.#add(isStale ? this.unattributed : owner, whole - this.#lostHere(whole, Math.max(0, lost)), start, end)
    if (owner !== this.unattributed) this.onLongSlice?.(owner, start, end)
    this.#idle = this.#idleThen = idle
    this.#cpuThen = cpu
    this.#longestMs = 0
    // After the reading: preemption between the two would be taken from the next slice.
    this.#last = this.#wallThen = performance.now()
    this.#add(this.watching, Math.min(this.#last - end, mostOwnMs), end, this.#last)
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
    owner.cpuMs += ms
    owner.total.cpuMs += ms
    owner.slices++
    owner.lastTick = end
    owner.timeline?.add(start, end)
    if (this.allocated !== undefined) owner.allocatedBytes += this.allocated()
  }
}

/** How long the event loop has waited for something to happen, ms. */
function idleMs(): number {
  return timing.idleTime
}
