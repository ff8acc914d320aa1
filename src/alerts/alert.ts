/** What alerts are about. */
export const alertKinds = ['errors', 'stuck', 'budget', 'output', 'store'] as const

/**
 * What an alert is about:
 *
 * - `errors`: many requests and jobs fail
 * - `stuck`: the event loop was blocked
 * - `budget`: an account used more than its budget
 * - `output`: a log file, or another output of the logs, cannot be written
 * - `store`: the store does not take records
 */
export type AlertKind = (typeof alertKinds)[number]

/** One alert, without any value from a request. */
export interface Alert {
  readonly kind: AlertKind
  /** The account that the alert is about; absent if it is about the whole service. */
  readonly account?: string | undefined
  /** The request to start from. */
  readonly requestId?: string | undefined
  /** Says in one sentence what happened. */
  readonly sentence: string
  readonly figures?: Readonly<Record<string, number | string | undefined>> | undefined
}
