import { type Check, either, object, optional, wholeNumber } from '../options.js'

/** Options of the watchdog. */
export interface WatchdogOptions {
  /** How long the event loop must be blocked before the watchdog says so, in ms. Default: 1,000. */
  afterMs?: number | undefined
}

/** Checks the option `tracking.watchdog`. */
export const watchdogOption: Check = either(
  false,
  object({ afterMs: optional(wholeNumber(20, 'milliseconds')) }, 'write watchdog: { afterMs: 1_000 }'),
)
