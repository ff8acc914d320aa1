import type { WorkContext } from '../context/request-context.js'
import { type ContextSwitchListener, isUnknown, storage } from '../context/storage.js'
import { Charge } from '../work/charge.js'
import type { CpuClock } from './cpu-clock.js'
import { HeldUpWatch } from './held-up.js'
import { Ledger } from './ledger.js'
import { ownerOf, type Sample } from './sample.js'
import { Slices } from './slices.js'

/** In place of the id of a callback: a promise reaction. */
const reaction = -1

/**
 * Knows at any moment which charge the thread works for. Node's hooks report callbacks and promise reactions, `runWith`
 * reports the contexts that it enters, and the meter reads the current context. Time without a known context is
 * unattributed.
 */
export class Meter implements ContextSwitchListener {
  readonly ledger: Ledger = new Ledger()
  readonly slices: Slices
  /** Charges work that is not measured, too; undefined outside windows. */
  sample: Sample | undefined = undefined
  #isOn = false
  /** True while Spoor works for itself, even in the context of a request. */
  #isWatching = false
  /** The open callbacks, and the owner of the thread before each of them. */
  readonly #ids: number[] = []
  readonly #before: Charge[] = []
  #inReaction = false

  constructor(clock: CpuClock) {
    this.slices = new Slices(clock, this.ledger, () => this.reset())
    this.slices.heldUp = new HeldUpWatch(this.ledger.unattributed, this.ledger.watching)
  }

  /** Begins to charge, without an owner until `lookAgain`. Earlier time is not charged. */
  start(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.reset()
    this.slices.start()
  }

  /** Charges the open slice and stops measuring. */
  stop(): void {
    if (!this.#isOn) return
    this.slices.check()
    this.#isOn = false
    this.reset()
    this.slices.heldUp?.stop()
  }

  /** Charges the open slice up to now. */
  check(): void {
    if (this.#isOn) this.slices.check()
  }

  /**
   * Reads the current context again, because it was given a charge or lost its charge, or because a scope was entered
   * within a callback. At the end of the callback, the owner before it continues.
   */
  lookAgain(): void {
    if (!this.#isOn || this.#isWatching) return
    this.slices.closeTail()
    this.slices.switchTo(this.#owner())
  }

  run<T>(context: WorkContext | undefined, fn: () => T): T {
    if (!this.#isOn || this.#isWatching) return storage.run(context, fn)
    this.slices.closeTail()
    const before = this.slices.current
    this.slices.switchTo(this.#ownerOf(context))
    try {
      return storage.run(context, fn)
    } finally {
      this.#giveBack(before)
    }
  }

  watch<T>(fn: () => T): T {
    if (!this.#isOn || this.#isWatching) return fn()
    this.slices.closeTail()
    const before = this.slices.current
    this.slices.switchTo(this.ledger.watching)
    this.#isWatching = true
    try {
      return fn()
    } finally {
      this.#isWatching = false
      this.#giveBack(before)
    }
  }

  /**
   * A callback begins (async_hooks).
   *
   * @param ofLoop false if it follows other code in the same turn of the event loop: `process.nextTick`, a promise reaction
   */
  callbackBegins(id: number, ofLoop = true): void {
    const { slices } = this
    if (ofLoop) slices.closeTail()
    const { outer } = slices
    this.#before.push(outer)
    const isOutermost = this.#ids.push(id) === 1 && outer === this.ledger.unattributed
    if (ofLoop && isOutermost) slices.loopCalls(this.#owner())
    else slices.passFromTail(this.#owner())
  }

  /** A callback has ended. */
  callbackEnds(id: number): void {
    let at = this.#ids.length - 1
    // Callbacks above it ended by an exception.
    while (at >= 0 && this.#ids[at] !== id) at--
    if (at >= 0) {
      const before = this.#before[at] as Charge
      this.#ids.length = this.#before.length = at
      if (at === 0 && before === this.ledger.unattributed) this.slices.noteTail()
      else {
        this.slices.closeTail()
        this.slices.switchTo(this.#living(before))
      }
    } else if (this.#ids.length === 0) {
      // The callback began before the hooks were on.
      this.slices.closeTail()
      this.slices.switchTo(this.ledger.unattributed)
    }
  }

  /** A promise reaction begins (v8.promiseHooks). */
  reactionBegins(): void {
    if (this.#inReaction || this.#ids.length > 0) {
      // Microtasks run within other code (those of a vm): the owner of that code continues afterwards.
      this.#ids.push(reaction)
      this.#before.push(this.slices.current)
    } else this.#inReaction = true
    this.slices.passFromTail(this.#owner())
  }

  /** A promise reaction has ended. The next one usually has the same owner. */
  reactionEnds(): void {
    const open = this.#ids.length
    if (open === 0) {
      this.#inReaction = false
      this.slices.noteTail()
    } else if (this.#ids[open - 1] === reaction) this.callbackEnds(reaction)
  }

  /**
   * Resets after a hook failed: the open slice becomes unattributed. Calls almost no function, because the stack may be
   * full.
   */
  reset(): void {
    this.#ids.length = this.#before.length = 0
    this.#inReaction = false
    this.slices.forget()
  }

  /** While `fn` ran, the meter may have been switched off, or the request may have ended. */
  #giveBack(before: Charge): void {
    if (!this.#isOn) return
    this.slices.closeTail()
    this.slices.switchTo(this.#living(before))
  }

  #owner(): Charge {
    return this.#isWatching ? this.ledger.watching : this.#ownerOf(storage.getStore())
  }

  #ownerOf(context: WorkContext | undefined): Charge {
    if (context === undefined || isUnknown(context)) return this.ledger.unattributed
    const { charge } = context.work
    if (charge !== undefined && !charge.settled) return this.#living(charge)
    return this.sample?.chargeOf(context) ?? this.#named(context)
  }

  /**
   * The charge of a request or job that is not measured, while another one is: it says who held that one up. Its CPU is
   * unattributed.
   */
  #named(context: WorkContext): Charge {
    const { work } = context
    const owner = ownerOf(context)
    if (owner.kind === 'run') return this.ledger.unattributed
    if (work.named === undefined) {
      work.named = new Charge(this.ledger.unattributed.total, 0, 0)
      work.named.context = owner
    }
    return work.named
  }

  #living(charge: Charge): Charge {
    if (charge.settled) return this.ledger.unattributed
    this.sample?.note(charge)
    return charge
  }
}
