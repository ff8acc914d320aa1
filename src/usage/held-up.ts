import { executionAsyncResource } from 'node:async_hooks'
import type { WorkContext } from '../context/request-context.js'
import type { Charge } from '../work/charge.js'
import { HeldUp } from '../work/held-up.js'
import { openCoreWait } from './cpu-clock.js'
import { Pauses } from './pauses.js'
import { minRunMs, Runs } from './runs.js'
import { Turns } from './turns.js'

/** A stretch in which a request or job was ready while the thread ran other code. */
export interface Held {
  /** The request or job that waited. */
  readonly victim: WorkContext
  /** The request or job that ran. Undefined for code outside any request and job. */
  readonly by: WorkContext | undefined
  /** When that run began, or since when the victim waited if that was later; `performance.now()`. */
  readonly start: number
  /** How long it ran meanwhile, in ms. */
  readonly ms: number
}

/** Called for each stretch. Must not throw. */
export type OnHeld = (held: Held) => void

/** A shorter wait is normal in an event loop, and is not counted. */
const minWaitMs = 1
/**
 * The largest share of the time after a run for which its owner is named, if nothing tells when the work became ready: it is
 * then more likely than not that the run delayed it. A client may connect right after its last request was answered, so the
 * first request of a connection needs more.
 */
const maxRest = { usual: 0.5, newConnection: 0.1, known: 1 }
/** Less time in which the thread did not run makes no run long. */
const minLostMs = 0.5
/** A shorter slice without an owner does not end the run around it. */
const minUnownedMs = 0.25

/**
 * Measures how long requests and jobs were ready while the thread ran other code, and finds that code. A callback that is
 * ready runs in this turn of the event loop or the next. So when work gets the thread, it was ready at most since the
 * previous turn began, and not before its own last slice, its timer, or the end of the last idle time. Times are
 * `performance.now()`.
 *
 * The cost does not depend on the number of open requests: slices are noted once, and read only by work that waited.
 */
export class HeldUpWatch {
  readonly turns: Turns = new Turns()
  /** Called when work was held up by a run of 5 ms or more. */
  onHeld: OnHeld | undefined = undefined
  readonly #runs = new Runs()
  /** The charge of the event loop, and that of Spoor. */
  readonly #unowned: Charge
  readonly #overhead: Charge
  /** The pauses of the garbage collector: the code in which one falls is not to blame for it. */
  readonly pauses: Pauses = new Pauses()
  #coreWait = openCoreWait()
  #coreWaitMs = 0
  #askedAt = 0
  readonly #timerOrigin: number | undefined = timerOrigin()

  constructor(unowned: Charge, overhead: Charge) {
    this.#unowned = unowned
    this.#overhead = overhead
  }

  start(now: number, idleMs: number): void {
    this.turns.start(now, idleMs)
    this.coreWaitMs(now, minLostMs)
  }

  stop(): void {
    this.#runs.clear()
  }

  /** Notes a slice, without the idle time in it. @param waitedMs how long the thread waited for a core in it */
  note(owner: Charge, start: number, end: number, waitedMs = 0): void {
    const { current } = this.turns
    if (owner !== this.#unowned && owner !== this.#overhead) this.#runs.add(owner, start, end, current, waitedMs)
    else if (end - start - waitedMs >= minUnownedMs) this.#runs.add(this.#unowned, start, end, current, waitedMs)
  }

  /**
   * How long the thread waited for a core in the last `lostMs` in which it did not run; 0 where the system does not tell. The
   * system is asked only if that matters, and every 5 ms, because asking takes 3 µs.
   */
  coreWaitMs(now: number, lostMs: number): number {
    if (this.#coreWait === undefined || (lostMs < minLostMs && now - this.#askedAt < minRunMs)) return 0
    this.#askedAt = now
    const before = this.#coreWaitMs
    this.#coreWaitMs = this.#coreWait.ms()
    return Math.min(lostMs, this.#coreWaitMs - before)
  }

  close(): void {
    this.#coreWait?.close()
    this.#coreWait = undefined
  }

  /** `owner` gets the thread. @param heldUp the times of `owner` */
  begins(owner: Charge, heldUp: HeldUp, now: number): void {
    const { turns } = this
    if (now - owner.lastTick < minWaitMs || now - turns.previous < minWaitMs) return
    turns.settle(now)
    const due = this.#due()
    const from = Math.max(turns.previous, owner.lastTick, due ?? 0)
    if (now - from < minWaitMs) return
    heldUp.add(from, now)
    this.#name(owner, heldUp, from, now, due === undefined ? maxRest.usual : maxRest.known)
  }

  /**
   * Begins to measure `charge`, and finds how long its request may have been ready before its start. A new connection takes
   * two turns until its first request is read. The first request cannot be earlier than the connection, nor another one
   * than the response before it on the same connection.
   *
   * @param answeredAt when the response before it on its connection began; undefined for the first one
   */
  open(charge: Charge, answeredAt: number | undefined): void {
    const heldUp = new HeldUp()
    charge.heldUp = heldUp
    const { startTick, fromTick, kind } = charge
    // Jobs wait in queues, which tell how long.
    if (kind !== 'request') return
    let from = this.#earliest(answeredAt)
    if (startTick - from >= minWaitMs) {
      this.turns.settle(fromTick)
      from = this.#earliest(answeredAt)
    }
    // The start of a request that is measured late was turns ago.
    if (from <= this.turns.since || startTick < this.turns.current) return
    const waited = startTick - from
    heldUp.beforeStartMs = waited < minWaitMs ? 0 : waited
    const most = answeredAt === undefined ? maxRest.newConnection : maxRest.usual
    if (waited >= minWaitMs) this.#name(charge, heldUp, from, startTick, most)
  }

  /** When a request that begins now may have been ready. */
  #earliest(answeredAt: number | undefined): number {
    const { previous, beforePrevious } = this.turns
    return answeredAt === undefined ? beforePrevious : Math.max(previous, answeredAt)
  }

  #name(owner: Charge, heldUp: HeldUp, from: number, until: number, most: number): void {
    this.#runs.each(from, owner, (start, runEnd, by) => {
      const end = Math.min(runEnd, until)
      if (!this.#isLong(start, end) || until - end > (until - from) * most) return
      heldUp.addRun(start, end, by)
      const victim = contextOf(owner)
      if (victim !== undefined) this.onHeld?.({ victim, by: contextOf(by), start, ms: end - start })
    })
  }

  /** Forgets runs that were long only by a pause of the garbage collector, as far as Node has reported it by now. */
  settle(heldUp: HeldUp): void {
    if (heldUp.runs.length > 0) heldUp.filterRuns(({ start, end }) => this.#isLong(start, end))
  }

  #isLong(start: number, end: number): boolean {
    return end - start >= minRunMs && end - start - this.pauses.within(start, end) >= minRunMs
  }

  /** When the timer whose callback runs now was due. Undefined in other callbacks. */
  #due(): number | undefined {
    if (this.#timerOrigin === undefined) return undefined
    const { _idleStart: start, _idleTimeout: ms } = executionAsyncResource() as TimerMembers
    return typeof start === 'number' && typeof ms === 'number' && ms >= 0 ? this.#timerOrigin + start + ms : undefined
  }
}

/** The request or job that a charge belongs to. Undefined for shared charges. */
export function contextOf(charge: Charge): WorkContext | undefined {
  return charge.context as WorkContext | undefined
}

/** Members of Node's timers (Node 20 to 26), in ms of the event loop's clock. Other resources do not have them. */
interface TimerMembers {
  readonly _idleStart?: unknown
  readonly _idleTimeout?: unknown
}

/** The time at which the clock of timers was 0. Undefined where timers do not tell when they began. */
function timerOrigin(): number | undefined {
  const timer = setTimeout(() => {}, 1).unref()
  const { _idleStart: start } = timer as TimerMembers
  const now = performance.now()
  clearTimeout(timer)
  return typeof start === 'number' ? now - start : undefined
}
