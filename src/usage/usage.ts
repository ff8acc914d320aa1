import type { WorkContext } from '../context/request-context.js'
import { chargeToOverhead, runDetached } from '../context/storage.js'
import { atExit } from '../process/exit.js'
import { Charge } from '../work/charge.js'
import { joinEngine, type Wanted } from './engine.js'
import { figuresOf, type LateFigures, lateFiguresOf, pausesOf, type UsageFigures } from './figures.js'
import type { Books } from './ledger.js'
import { SettleQueue } from './settle-queue.js'
import { Timeline } from './timeline.js'

/** What requests and jobs really use. Of one instance; what measures is shared by all in this thread. */
export interface Usage {
  /**
   * Measures what `context` uses from now on. A scope opened by `spoor.run` is charged with all others of its kind, has
   * no figures and needs no end.
   *
   * @param startTick when the work itself began (`performance.now()`), if that was before
   */
  begin(context: WorkContext, startTick?: number): void
  /**
   * What it used until now; undefined if it was not measured. What it uses afterwards is `late`, for `lateMs`.
   *
   * @param onLate told afterwards, once, if there was any
   */
  end(context: WorkContext, onLate?: (late: LateFigures) => void): UsageFigures | undefined
  /** The CPU it used until now, ms; undefined if it is not measured. */
  cpuMs(context: WorkContext): number | undefined
  /** Stops measuring it and drops its figures. */
  drop(context: WorkContext): void
  /** Charges the CPU of `context`, past and future, to Spoor's overhead: the request is for Spoor itself. */
  watch(context: WorkContext): void
  /** The CPU accounting of this thread while work was measured. */
  books(): Books
  /** Since when this is ready to measure (ISO 8601), and how much of that time it did, 0 to 1. */
  measured(): { readonly since: string; readonly measuredShare: number }
  /** Settles pending requests and releases everything. */
  close(): void
}

export interface UsageOptions extends Wanted {
  /** True keeps the engine on, so that the accounting is complete (mode `all`). False: on only while work is measured. */
  readonly always: boolean
  /** How long work that goes on after its end is still charged to a request. */
  readonly lateMs: number
  /** Told, once in the process, of a system without a clock of the thread's CPU. */
  readonly warn: (message: string) => void
}

/** Begins to measure what an instance asks for. */
export function openUsage(options: UsageOptions): Usage {
  const { engine, leave } = joinEngine(options)
  const { meter } = engine
  const { ledger, slices } = meter
  const open = new Map<Charge, () => void>()
  const queue = new SettleQueue(options.lateMs)
  const letGo = options.always ? engine.hold() : undefined
  let isClosed = false
  const forgetExit = atExit(() => queue.empty())
  if (slices.clock === 'wall' && !engine.saidNoClock) {
    engine.saidNoClock = true
    options.warn(
      'tracking: this system has no fine clock of a thread’s CPU (Node 20 outside of Linux has none); CPU is wall time ' +
        'while a request ran, too high where the process had to wait for a core. Records say `clock: "wall"`',
    )
  }

  const begin = (context: WorkContext, startTick?: number): void => {
    const { work, kind } = context
    // Adapters serve on after close().
    if (isClosed || work.charge !== undefined) return
    if (kind === 'run') {
      // What it shares with a request that is not measured belongs to that request, and is not charged.
      if (context.parentId === undefined) work.charge = ledger.runs
    } else {
      const total = kind === 'job' ? ledger.jobs : ledger.requests
      const now = performance.now()
      const charge = new Charge(total, startTick ?? now, now, new Timeline())
      if (options.fs) charge.fs = { readBytes: 0, writtenBytes: 0, operations: 0 }
      charge.processBefore = chargeToOverhead(() => engine.reader.read())
      work.charge = charge
      engine.inFlight++
      open.set(charge, engine.hold())
    }
    meter.lookAgain()
  }

  const settle = (charge: Charge, atEnd: number, gcAtEnd: number, onLate?: (late: LateFigures) => void): void => {
    slices.bringUpToDate(charge)
    charge.settled = true
    meter.lookAgain()
    const late = lateFiguresOf(charge, atEnd, gcAtEnd)
    if (late !== undefined) onLate?.(late)
  }

  return {
    begin,
    end: (context, onLate) => {
      const { charge } = context.work
      const release = charge && open.get(charge)
      if (charge === undefined || release === undefined) return undefined
      slices.bringUpToDate(charge)
      open.delete(charge)
      const [cpuMs, gcMs] = [charge.cpuMs, pausesOf(charge)]
      const figures = chargeToOverhead(() => figuresOf(charge, engine, options))
      charge.processBefore = undefined
      engine.inFlight--
      queue.add(() => {
        chargeToOverhead(() => settle(charge, cpuMs, gcMs, onLate))
        release()
      })
      return figures
    },
    cpuMs: ({ work: { charge } }) => {
      if (charge === undefined || !open.has(charge)) return undefined
      slices.bringUpToDate(charge)
      return charge.cpuMs
    },
    drop: ({ work: { charge } }) => {
      const release = charge && open.get(charge)
      if (charge === undefined || release === undefined) return
      slices.bringUpToDate(charge)
      charge.settled = true
      open.delete(charge)
      engine.inFlight--
      meter.lookAgain()
      release()
    },
    watch: ({ work }) => {
      const { charge } = work
      const release = charge && open.get(charge)
      // Adapters serve on after close().
      if (isClosed) return
      if (charge !== undefined && release !== undefined) {
        // Held against the clock first: what is found too much later must be taken from who holds it then.
        meter.check()
        ledger.giveToWatching(charge)
        open.delete(charge)
        engine.inFlight--
        release()
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
      engine.inFlight -= open.size
      for (const [charge, release] of open) {
        // Its figures will not be read, and the next measuring has an accounting of its own.
        charge.settled = true
        release()
      }
      open.clear()
      letGo?.()
      leave()
    },
  }
}
