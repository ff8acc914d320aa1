import type { WorkContext } from '../context/request-context.js'
import { chargeToOverhead, runDetached } from '../context/storage.js'
import { atExit } from '../process/exit.js'
import { Charge } from '../work/charge.js'
import { type Listed, OpenList } from '../work/open-list.js'
import { joinEngine, type Wanted } from './engine.js'
import { figuresOf, type LateFigures, lateFiguresOf, pausesOf, type UsageFigures } from './figures.js'
import type { OnHeld } from './held-up.js'
import type { Books } from './ledger.js'
import { SettleQueue, type Waiting } from './settle-queue.js'
import { Timeline } from './timeline.js'
import type { WindowSettings } from './window-schedule.js'
import type { JoinedWindows, OnWindow } from './windows.js'

/**
 * Measures the resources that requests and jobs use. Each instance has one; all of them use the engine of the thread.
 */
export interface Usage {
  /**
   * Measures `context` from now on. A scope of `spoor.run` is charged together with all other scopes, has no figures
   * and needs no `end`.
   *
   * @param startTick when the request or job itself began (`performance.now()`), if that was before
   * @param answeredAt when the response before this one on the same connection began; undefined for the first one
   */
  begin(context: WorkContext, startTick?: number, answeredAt?: number): void
  /**
   * Returns the figures until now; undefined if `context` was not measured. Resources that it uses in the next `lateMs`
   * are late.
   *
   * @param onLate called once, after `lateMs`, if there were any
   */
  end(context: WorkContext, onLate?: (late: LateFigures) => void): UsageFigures | undefined
  /** The CPU until now, in ms; undefined if `context` is not measured. */
  cpuMs(context: WorkContext): number | undefined
  /** Calls `listener` for each stretch in which a request or job was held up. @returns a function that ends it */
  onHeld(listener: OnHeld): () => void
  /**
   * Measures all work from time to time, also work that never began here, and calls `listener` with each measurement. Ends with
   * `close`.
   */
  joinWindows(settings: WindowSettings, listener: OnWindow): JoinedWindows
  /** Stops measuring `context` and drops its figures. */
  drop(context: WorkContext): void
  /** Charges the CPU of `context`, past and future, to Spoor's overhead: the request is for Spoor itself. */
  watch(context: WorkContext): void
  /** The CPU accounting of this thread while measuring was on. */
  books(): Books
  /**
   * The time at which accounting began (ISO 8601), and the share of the time since then during which measuring was on,
   * 0 to 1.
   */
  measured(): { readonly since: string; readonly measuredShare: number }
  /** Ends the waiting for late work, and releases everything. */
  close(): void
}

export interface UsageOptions extends Wanted {
  /**
   * True keeps the engine on, so that the accounting is complete (mode `all`). False: the engine is on only while work
   * is measured.
   */
  readonly always: boolean
  /** How long after its end a request is still charged for its code, in ms. */
  readonly lateMs: number
  /** Called once in the process if the system has no CPU clock for each thread. */
  readonly warn: (message: string) => void
}

/** A charge whose request or job is open. */
interface OpenCharge extends Listed<OpenCharge> {
  readonly charge: Charge
  readonly release: () => void
}

/** A charge whose request or job ended, while its late work is still charged. */
interface Ended extends Waiting {
  readonly charge: Charge
  /** The CPU and the pauses at the end. */
  readonly cpuMs: number
  readonly gcMs: number
  readonly onLate: ((late: LateFigures) => void) | undefined
  readonly release: () => void
}

/** Joins the engine of the thread with the measurements that an instance needs. */
export function openUsage(options: UsageOptions): Usage {
  const { engine, leave } = joinEngine(options.always ? options : nothing)
  const { meter } = engine
  const { ledger, slices } = meter
  const open = new OpenList<OpenCharge>()
  const letGo = options.always ? engine.hold() : undefined
  const hold = letGo === undefined ? (): (() => void) => engine.hold() : (): (() => void) => heldAnyway
  let isClosed = false
  let windows: JoinedWindows | undefined
  let leaveWhole = options.always ? heldAnyway : undefined
  // Windows read only the CPU. With memory and files, all work would pay for requests that nobody measures.
  const joinWhole = (): void => {
    leaveWhole ??= joinEngine(options).leave
    if (slices.clock === 'thread' || engine.saidNoClock) return
    engine.saidNoClock = true
    options.warn(
      'tracking: this system has no fine clock of a thread’s CPU (Node 20 outside of Linux has none); CPU is wall time ' +
        'while a request ran, too high where the process had to wait for a core. Records say `clock: "wall"`',
    )
  }
  if (options.always) joinWhole()

  const note = (charge: Charge, release: () => void): void => {
    const one: OpenCharge = { charge, release, list: undefined, earlier: undefined, later: undefined }
    charge.open = one
    open.add(one)
  }
  const openOf = (charge: Charge | undefined): OpenCharge | undefined => {
    const one = charge?.open as OpenCharge | undefined
    return one?.list === open ? one : undefined
  }
  const forget = (one: OpenCharge): void => {
    open.delete(one)
    one.charge.open = undefined
    engine.inFlight--
  }

  const begin = (context: WorkContext, startTick?: number, answeredAt?: number): void => {
    const { work, kind } = context
    // Adapters keep serving after close().
    if (isClosed || work.charge !== undefined) return
    if (kind === 'run') {
      // A scope inside a request that is not measured shares the request's work, and is not charged.
      if (context.parentId === undefined) work.charge = ledger.runs
    } else {
      joinWhole()
      const total = kind === 'job' ? ledger.jobs : ledger.requests
      const now = performance.now()
      const charge = new Charge(total, startTick ?? now, now, new Timeline())
      if (options.fs) charge.fs = { readBytes: 0, writtenBytes: 0, operations: 0 }
      // The reader of version 0.1, whose engine may be the one of this thread, has no `recent`.
      charge.processBefore = engine.reader.recent?.() ?? chargeToOverhead(() => engine.reader.read())
      charge.context = context
      work.charge = charge
      engine.inFlight++
      note(charge, hold())
      slices.heldUp?.open(charge, answeredAt)
    }
    meter.lookAgain()
  }

  const settle = ({ charge, cpuMs, gcMs, onLate }: Ended): void => {
    slices.bringUpToDate(charge)
    charge.settled = true
    meter.lookAgain()
    const late = lateFiguresOf(charge, cpuMs, gcMs)
    if (late !== undefined) onLate?.(late)
  }
  const queue = new SettleQueue<Ended>(options.lateMs, (ended) => {
    settle(ended)
    ended.release()
  })
  const forgetExit = atExit(() => queue.empty())

  return {
    begin,
    end: (context, onLate) => {
      const one = openOf(context.work.charge)
      if (one === undefined) return undefined
      const { charge, release } = one
      slices.bringUpToDate(charge)
      const [cpuMs, gcMs] = [charge.cpuMs, pausesOf(charge)]
      if (charge.heldUp !== undefined) slices.heldUp?.settle(charge.heldUp)
      const figures = chargeToOverhead(() => figuresOf(charge, engine, options))
      // Late work does not need the timeline, and thousands of charges wait at a time.
      charge.processBefore = charge.timeline = undefined
      // Other charges are in it, which would keep each other in memory.
      charge.heldUp = undefined
      forget(one)
      queue.add({ charge, cpuMs, gcMs, onLate, release, due: 0 })
      return figures
    },
    cpuMs: ({ work: { charge } }) => {
      if (charge === undefined || openOf(charge) === undefined) return undefined
      slices.bringUpToDate(charge)
      return charge.cpuMs
    },
    onHeld: (listener) => engine.onHeld(listener),
    joinWindows: (settings, listener) => {
      windows ??= engine.windows.join(settings, listener)
      return windows
    },
    drop: ({ work: { charge } }) => {
      const one = openOf(charge)
      if (charge === undefined || one === undefined) return
      slices.bringUpToDate(charge)
      charge.settled = true
      charge.heldUp = undefined
      forget(one)
      meter.lookAgain()
      one.release()
    },
    watch: ({ work }) => {
      const { charge } = work
      const one = openOf(charge)
      // Adapters keep serving after close().
      if (isClosed) return
      if (charge !== undefined && one !== undefined) {
        // Compare with the clock first: time that is found later to be too much must be subtracted from the charge that
        // has it then.
        meter.check()
        ledger.giveToWatching(charge)
        charge.heldUp = undefined
        forget(one)
        one.release()
      }
      if (work.sampled !== undefined) {
        meter.check()
        ledger.giveToWatching(work.sampled)
      }
      work.charge = ledger.watching
      meter.lookAgain()
    },
    books: () => engine.books(),
    measured: () => engine.measured(),
    close: () => {
      if (isClosed) return
      isClosed = true
      forgetExit()
      runDetached(() => queue.empty())
      for (const one of open) {
        // The figures of this charge are not read any more, and the next measuring begins an accounting of its own.
        one.charge.settled = true
        one.charge.heldUp = undefined
        forget(one)
        one.release()
      }
      windows?.leave()
      letGo?.()
      leaveWhole?.()
      leave()
    },
  }
}

const nothing: Wanted = Object.freeze({ memory: false, fs: false })

/** For charges of mode `all`, which holds the engine until it is closed. */
function heldAnyway(): void {}
