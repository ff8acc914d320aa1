import type { Logger } from '../../logging/logger.js'
import { Totals, type TotalsOptions } from './totals.js'
import { TotalsLog, type TotalsWriter } from './totals-log.js'
import { type ShareTo, TotalsShare } from './totals-share.js'

/** The part of the totals that requests and readers call. */
export type OwnTotals = Pick<Totals, 'isExact' | 'add' | 'addLate' | 'read'> & {
  /** Tells this process from others in a store that shares totals. */
  readonly run?: string | undefined
}

/** The totals of an instance, their lines, and what other processes are told of them. */
export interface Counting {
  readonly totals: Totals
  readonly log: TotalsLog
  /** Undefined if the store does not share totals. */
  readonly share: TotalsShare | undefined
}

/** Begins to count. */
export function openCounting(options: TotalsOptions, requests: Logger, of: TotalsWriter, to?: ShareTo): Counting {
  const totals = new Totals({ ...options, isShared: to !== undefined })
  const share = to === undefined ? undefined : new TotalsShare(totals, requests, of, to)
  return { totals, log: new TotalsLog(totals, requests, of), share }
}
