import type { Logger } from '../logging/logger.js'
import type { Service } from '../records/request-record.js'
import { instance } from '../records/stored-record.js'
import { Totals } from '../records/totals/totals.js'
import { TotalsLog } from '../records/totals/totals-log.js'
import type { Tracking } from '../tracking/tracking.js'

const minuteMs = 60_000

/** The parts of the totals of one instance. */
export interface TotalsParts {
  readonly service: Service
  /** The logger of request lines, and its file. */
  readonly requests: Logger
  readonly requestsFile: string | undefined
  readonly tracking: Tracking | undefined
}

/** The totals of one instance, with their lines. */
export interface OpenTotals {
  readonly totals: Totals
  /** Writes the line of the open minute, if the instance has run for a minute. */
  close(): void
}

/** Reading the totals of earlier processes. */
interface Restoring {
  isStopped: boolean
}

/** Opens the totals, and reads those of earlier processes in the background. */
export function openTotals({ service, requests, requestsFile, tracking }: TotalsParts): OpenTotals {
  const usage = tracking?.mode === 'all' ? tracking.usage : undefined
  const totals = new Totals({ books: usage && (() => usage.books()) })
  tracking?.onWindow((window) => totals.addWindow(window))
  const unlisten = usage?.onHeld((held) => totals.addHeld(held))
  const log = new TotalsLog(totals, requests, { ...service, pid: process.pid, instance })
  // No AbortController: to load that class takes a tenth of the start (Node 24).
  const restoring = { isStopped: false }
  const openedAt = performance.now()
  if (requestsFile !== undefined) restoreSoon(totals, requestsFile, service.service, restoring)
  return {
    totals,
    close: () => {
      restoring.isStopped = true
      unlisten?.()
      // Scripts and tests end earlier. Their lines are those of their requests.
      log.close(performance.now() - openedAt >= minuteMs)
    },
  }
}

// After the start: reading must not delay a service that wants to answer requests. A timer would keep no process alive, either.
function restoreSoon(totals: Totals, file: string, service: string, restoring: Restoring): void {
  const before = Date.now()
  setImmediate(() => {
    restore(totals, { file, service, before }, restoring).catch(() => {
      // The totals begin now, as in a new service.
    })
  }).unref()
}

async function restore(
  totals: Totals,
  from: { readonly file: string; readonly service: string; readonly before: number },
  restoring: Restoring,
): Promise<void> {
  const { readTotalsLines } = await import('../reading/totals-lines.js')
  for await (const minutes of readTotalsLines(from)) {
    if (restoring.isStopped) return
    totals.restore(minutes)
  }
}
