import type { WorkContext } from '../context/request-context.js'
import { chargeToOverhead, runDetached } from '../context/storage.js'
import type { Engine } from './engine.js'
import type { Held } from './held-up.js'
import { type Books, booksBetween } from './ledger.js'
import { Sample, type Share } from './sample.js'
import { WindowSchedule, type WindowSettings } from './window-schedule.js'

/**
 * The measurement of one window, in which all work was measured. `forMs / ms` is the factor from the window to the whole time. All
 * times are in ms.
 */
export interface WindowResult {
  /** The length of the window. Turns of the event loop that began within it are measured to their end. */
  readonly ms: number
  /** The time that the window stands for: the mean time from one window to the next. */
  readonly forMs: number
  /** The CPU of the thread, and its parts that belong to no work and to Spoor. */
  readonly threadCpuMs: number
  readonly unattributedMs: number
  readonly overheadMs: number
  readonly shares: readonly Share[]
  readonly held: readonly Held[]
}

export type OnWindow = (window: WindowResult) => void

/** The part of an instance in the windows of its thread. */
export interface JoinedWindows {
  /**
   * A request, job or scope begins.
   *
   * @param answeredAt when the response before a request on its connection began; undefined for the first one
   */
  began(context: WorkContext, answeredAt?: number): void
  /** A request or job has ended. */
  ended(): void
  /** Ends the part. The last one ends the windows. */
  leave(): void
}

interface Joined {
  readonly settings: WindowSettings
  readonly listener: OnWindow
  /** How many requests and jobs are open. */
  open: number
}

/** The window that is open now. */
interface OpenWindow {
  readonly sample: Sample
  readonly before: Books
  readonly startTick: number
  readonly release: () => void
  readonly held: Held[]
  /** When the last turn of the window ended. */
  endTick: number
}

/** A new connection takes two turns of the event loop until its first request is read. */
const turnsAfter = 2
const maxHeld = 10_000

/**
 * Measures all work for a short time of every second: the hooks are on, and each context is charged. All instances share the
 * windows of the thread, with the settings of the first instance.
 */
export class Windows {
  readonly #engine: Engine
  readonly #joined = new Set<Joined>()
  #schedule: WindowSchedule | undefined
  #stopHeld: (() => void) | undefined
  #window: OpenWindow | undefined
  /** The thread's CPU at the start of a window without hooks; undefined outside such a window. */
  #quietSinceMs: number | undefined
  /** True if work began or had the thread since the last window began. */
  #isActive = true
  /** The CPU that the windows themselves took since the last result. */
  #ownMs = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  join(settings: WindowSettings, listener: OnWindow): JoinedWindows {
    const joined: Joined = { settings, listener, open: 0 }
    this.#joined.add(joined)
    this.#schedule ??= this.#start(settings)
    return {
      began: (context, answeredAt) => {
        this.#isActive = true
        if (context.kind !== 'run') joined.open++
        if (this.#window !== undefined || this.#quietSinceMs !== undefined) this.#began(context, answeredAt)
      },
      // Some began before the windows did.
      ended: () => {
        if (joined.open > 0) joined.open--
      },
      leave: () => {
        if (this.#joined.delete(joined) && this.#joined.size === 0) this.#stop()
      },
    }
  }

  #start(settings: WindowSettings): WindowSchedule {
    this.#stopHeld = this.#engine.onHeld(this.#onHeld)
    return new WindowSchedule(settings, {
      open: () => this.#own(() => this.#open()),
      close: (done) => this.#own(() => this.#close(settings, done)),
    })
  }

  #stop(): void {
    this.#schedule?.stop()
    this.#schedule = undefined
    this.#stopHeld?.()
    this.#quietSinceMs = undefined
    if (this.#window !== undefined) this.#leave(this.#window)
  }

  /** A window opens. While nothing happens, it is without hooks until work begins. */
  #open(): void {
    const isQuiet = !this.#isActive && [...this.#joined].every(({ open }) => open === 0)
    this.#isActive = false
    if (isQuiet) this.#quietSinceMs = this.#engine.cpuMs()
    else this.#measure()
  }

  #measure(): void {
    const { meter } = this.#engine
    const release = this.#engine.hold()
    const startTick = performance.now()
    const sample = new Sample(meter.ledger, startTick)
    meter.sample = sample
    const before = this.#engine.books()
    this.#window = { sample, before, startTick, release, held: [], endTick: Number.POSITIVE_INFINITY }
  }

  #began(context: WorkContext, answeredAt: number | undefined): void {
    chargeToOverhead(() => {
      if (this.#window === undefined) this.#own(() => this.#measure())
      const { charge } = context.work
      if (charge !== undefined && !charge.settled) return
      const sampled = this.#window?.sample.chargeOf(context, performance.now())
      if (sampled !== undefined) this.#engine.meter.slices.heldUp?.open(sampled, answeredAt)
    })
    this.#engine.meter.lookAgain()
  }

  readonly #onHeld = (held: Held): void => {
    const window = this.#window
    // Code that began after the window is in another window with the same probability.
    if (window === undefined || held.start >= window.endTick || window.held.length >= maxHeld) return
    if (!isKnown(held, window.held)) window.held.push(held)
  }

  /** The last turn of the window is over. Those whom it held up get the thread in the next turns. */
  #close(settings: WindowSettings, done: () => void): void {
    const result = this.#resultOf(settings)
    const window = this.#window
    this.#quietSinceMs = undefined
    if (window === undefined) {
      this.#tell(result, done)
      return
    }
    window.endTick = performance.now()
    afterTurns(turnsAfter, () => {
      // The windows were ended meanwhile.
      if (this.#window !== window) return
      this.#own(() => {
        this.#leave(window)
        this.#tell({ ...result, held: window.held }, done)
      })
    })
  }

  #tell(result: WindowResult, done: () => void): void {
    for (const { listener } of [...this.#joined]) listener(result)
    done()
  }

  #resultOf({ forMs: ms, everyMs: forMs }: WindowSettings): WindowResult {
    const quietMs = this.#quietSinceMs === undefined ? 0 : this.#engine.cpuMs() - this.#quietSinceMs
    const inWindow = this.#inWindow()
    // What the windows take is known exactly, and must not be scaled.
    const ownMs = (this.#ownMs * ms) / forMs
    this.#ownMs = 0
    return {
      ms,
      forMs,
      ...inWindow,
      threadCpuMs: (this.#window === undefined ? quietMs : inWindow.threadCpuMs) + ownMs,
      unattributedMs: this.#window === undefined ? quietMs : inWindow.unattributedMs,
      overheadMs: inWindow.overheadMs + ownMs,
      held: [],
    }
  }

  #inWindow(): Pick<WindowResult, 'threadCpuMs' | 'unattributedMs' | 'overheadMs' | 'shares'> {
    if (this.#window === undefined) return nothing
    const { requests, jobs, runs, unattributed, watching, threadCpuMs } = booksBetween(
      this.#window.before,
      this.#engine.books(),
    )
    const shares = this.#window.sample.shares()
    if (shares.length > 0) this.#isActive = true
    const charged = requests + jobs + runs + unattributed + watching
    return { threadCpuMs: threadCpuMs ?? charged, unattributedMs: unattributed, overheadMs: watching, shares }
  }

  #leave(window: OpenWindow): void {
    const { meter } = this.#engine
    this.#window = undefined
    meter.sample = undefined
    window.sample.end()
    meter.lookAgain()
    window.release()
  }

  /** Runs work of the windows, and counts its CPU. */
  #own(fn: () => void): void {
    const before = this.#engine.cpuMs()
    chargeToOverhead(fn)
    this.#ownMs += Math.max(0, this.#engine.cpuMs() - before)
  }
}

/** Work that is measured after it began has two charges, and its wait before the start is told for both. */
function isKnown({ victim, by, start }: Held, held: readonly Held[]): boolean {
  const { charge, sampled } = victim.work
  if (charge === undefined || sampled === undefined) return false
  return held.some((one) => one.victim === victim && one.by === by && one.start === start)
}

const nothing = { threadCpuMs: 0, unattributedMs: 0, overheadMs: 0, shares: [] }

function afterTurns(turns: number, fn: () => void): void {
  runDetached(() => setImmediate(() => (turns > 1 ? afterTurns(turns - 1, fn) : fn())))
}
