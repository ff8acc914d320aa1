import type { Logger } from '../../logging/logger.js'
import { Totals, type TotalsOptions } from './totals.js'
import { TotalsLog, type TotalsWriter } from './totals-log.js'

/** The part of the totals that requests and readers call. */
export type OwnTotals = Pick<Totals, 'isExact' | 'add' | 'addLate' | 'read'>

/** The totals of an instance, and their lines. */
export interface Counting {
  readonly totals: Totals
  readonly log: TotalsLog
}

/** Begins to count. */
export function openCounting(options: TotalsOptions, requests: Logger, of: TotalsWriter): Counting {
  const totals = new Totals(options)
  return { totals, log: new TotalsLog(totals, requests, of) }
}
