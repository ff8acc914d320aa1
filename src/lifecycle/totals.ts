import type { Logger } from '../logging/logger.js'
import { instance } from '../process/instance.js'
import type { Observers } from '../records/observers.js'
import type { Service } from '../records/request-record.js'
import { type Counting, type OwnTotals, openCounting } from '../records/totals/counting.js'
import type { Totals } from '../records/totals/totals.js'
import type { ShareTo } from '../records/totals/totals-share.js'
import type { TotalsWindow } from '../records/totals/totals-types.js'
import { reasonOf } from '../safe-values/safe-error.js'
import type { Tracking } from '../tracking/tracking.js'

const minuteMs = 60_000

/** The parts of the totals of one instance. */
export interface TotalsParts {
  readonly service: Service
  /** The logger of request lines, and its file. */
  readonly requests: Logger
  readonly requestsFile: string | undefined
  readonly tracking: Tracking | undefined
  /** Hear of the CPU of each account. */
  readonly observers: Observers
  /** Where other processes find the totals; undefined if the store does not share any. */
  readonly shareTo?: ShareTo | undefined
  readonly warnOnce: (about: string, message: string) => void
}

/** The totals of one instance, with their lines. */
export interface OpenTotals {
  readonly totals: OwnTotals
  /** Writes the line of the open minute, if the instance has run for a minute, and tells other processes what is left. */
  close(): Promise<void>
}

/** Reading the totals of earlier processes. */
interface State {
  isClosed: boolean
  made: Counting | undefined
}

/**
 * Opens the totals, and reads those of earlier processes in the background, unless the store has them. The code that counts is loaded
 * after the start, or for the first request; where all work is measured, at once.
 */
export function openTotals(parts: TotalsParts): OpenTotals {
  const { service, requests, requestsFile, tracking, shareTo, observers, warnOnce } = parts
  const usage = tracking?.mode === 'all' ? tracking.usage : undefined
  const openedAt = performance.now()
  const state: State = { isClosed: false, made: undefined }
  const counting = (): Counting => {
    if (state.made !== undefined) return state.made
    const options = { books: usage && (() => usage.books()), ageMs: performance.now() - openedAt }
    state.made = openCounting(options, requests, { ...service, pid: process.pid, instance }, shareTo)
    if (state.isClosed) {
      state.made.log.close(false)
      void state.made.share?.close()
    }
    return state.made
  }
  // A request must not fail because a file cannot be read, such as in a process without free file descriptors.
  const count = (by: (totals: Totals) => void): void => {
    const ready = state.made ?? attempted(counting, warnOnce)
    if (ready !== undefined) by(ready.totals)
  }
  if (usage !== undefined) counting()
  tracking?.onWindow((window) => {
    count((totals) => totals.addWindow(window))
    if (!observers.isEmpty) tellWindow(observers, window)
  })
  const unlisten = usage?.onHeld((held) => count((totals) => totals.addHeld(held)))
  // The store has the totals of earlier processes: with those of the file, they would count twice.
  if (requestsFile !== undefined && shareTo === undefined) restoreSoon(counting, requestsFile, service.service, state)
  return {
    totals: {
      isExact: usage !== undefined,
      run: shareTo?.run,
      add: (entry) => {
        count((totals) => totals.add(entry))
        if (entry.cpuMs !== undefined) observers.usedCpu(entry.account, entry.cpuMs)
      },
      addLate: (context, cpuMs) => {
        count((totals) => totals.addLate(context, cpuMs))
        observers.usedCpu(context.account, cpuMs)
      },
      read: (query) => counting().totals.read(query),
    },
    close: async () => {
      state.isClosed = true
      unlisten?.()
      // Scripts and tests end earlier. Their lines are those of their requests.
      state.made?.log.close(performance.now() - openedAt >= minuteMs)
      await state.made?.share?.close()
    },
  }
}

/** A window stands for a longer stretch of time, so its CPU is scaled. */
function tellWindow(observers: Observers, { ms, forMs, shares }: TotalsWindow): void {
  if (!(ms > 0) || !(forMs > 0)) return
  const byAccount = new Map<string | undefined, number>()
  for (const { context, cpuMs } of shares) byAccount.set(context.account, (byAccount.get(context.account) ?? 0) + cpuMs)
  for (const [account, cpuMs] of byAccount) observers.usedCpu(account, cpuMs * (forMs / ms))
}

function attempted(counting: () => Counting, warnOnce: TotalsParts['warnOnce']): Counting | undefined {
  try {
    return counting()
  } catch (error) {
    warnOnce(
      'totals',
      `totals: a request was not counted, because the code for it cannot be loaded: ${reasonOf(error)}`,
    )
    return undefined
  }
}

// After the start: reading must not delay a service that wants to answer requests. A timer would keep no process alive, either.
function restoreSoon(counting: () => Counting, file: string, service: string, state: State): void {
  const before = Date.now()
  setImmediate(() => {
    restore(counting, { file, service, before }, state).catch(() => {
      // The totals begin now, as in a new service.
    })
  }).unref()
}

async function restore(
  counting: () => Counting,
  from: { readonly file: string; readonly service: string; readonly before: number },
  state: State,
): Promise<void> {
  if (state.isClosed) return
  const { totals } = counting()
  const { readTotalsLines } = await import('../reading/totals-lines.js')
  for await (const minutes of readTotalsLines(from)) {
    if (state.isClosed) return
    totals.restore(minutes)
  }
}
