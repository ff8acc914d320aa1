import { type Check, callback, flag, notBuilt, object, oneOf, optional, wholeNumber } from '../options.js'
import { ownMembers } from '../safe-values/own-member.js'
import { openUsage, type Usage } from '../usage/usage.js'
import { Tracking, type TrackingMode, type Who } from './tracking.js'
import { type WatchdogOptions, watchdogOption } from './watchdog.js'

/** The option `tracking`: what Spoor measures, and for which requests and jobs. */
export interface TrackingOptions {
  /**
   * Which requests and jobs are measured:
   *
   * - `header` (the default): requests with `X-Debug-Resource-Tracking: true` whose user `allow` accepts
   * - `privileged`: all requests whose user `allow` accepts
   * - `all`: every request and every job; only users whom `allow` accepts see the cost
   * - `off`: nothing
   *
   * With `header` and `privileged`, the jobs that a measured request queues are measured too.
   */
  mode?: TrackingMode | undefined
  /** Returns true for users who may see what their requests cost. Default: users with the role `admin` or `developer`. */
  allow?: ((who: Who) => boolean) | undefined
  /** How long the default store keeps a record, in ms. Default: 3,600,000. */
  keepForMs?: number | undefined
  /** The size of the default store, in bytes. Default: 64 MB. */
  maxBytes?: number | undefined
  /** How many requests, and how many jobs, are measured at once. Ignored in mode `all`. Default: 20. */
  maxOpen?: number | undefined
  /** How long one request is measured, in ms. Its record then says `truncated`. Ignored in mode `all`. Default: 30,000. */
  maxMs?: number | undefined
  /** How long after its end a request is still charged for the work it left behind, in ms. Default: 2,000. */
  lateMs?: number | undefined
  /** Not built yet: only `false` is accepted. */
  windows?: false | undefined
  /** Also measures allocated heap bytes. This adds a third to the cost of measuring. Default: false. */
  memory?: boolean | undefined
  /** Also counts the bytes read and written through `node:fs`. Default: false. */
  fs?: boolean | undefined
  /**
   * A thread that says which request blocks the event loop, while the loop is still blocked, after `afterMs` (default 1,000). The
   * thread takes 9 to 18 MB. Default: false.
   */
  watchdog?: WatchdogOptions | false | undefined
}

const milliseconds: Check = optional(wholeNumber(0, 'milliseconds'))

/** Checks the option `tracking`. */
export const trackingOptions: Check = object({
  mode: optional(oneOf(['header', 'privileged', 'all', 'off'])),
  allow: optional(callback),
  keepForMs: milliseconds,
  maxBytes: optional(wholeNumber(32 * 1024, 'bytes')),
  maxOpen: optional(wholeNumber(1, 'requests')),
  maxMs: milliseconds,
  lateMs: milliseconds,
  windows: optional(notBuilt),
  memory: optional(flag),
  fs: optional(flag),
  watchdog: optional(watchdogOption),
})

/** Makes the gate from the options; undefined in mode `off`. */
export function trackingOf(
  options: TrackingOptions = ownMembers({}),
  warnOnce: (about: string, message: string) => void,
): Tracking | undefined {
  const { mode = 'header', allow = isPrivileged, maxOpen = 20, maxMs = 30_000 } = options
  if (mode === 'off') return undefined
  const { lateMs = 2_000, memory = false, fs = false } = options
  const warn = (message: string): void => warnOnce('no clock', message)
  const openOwn = (): Usage => openUsage({ always: mode === 'all', lateMs, memory, fs, warn })
  return new Tracking({ mode, allow, maxOpen, maxMs, openUsage: openOwn, warnOnce })
}

function isPrivileged({ roles }: { roles: readonly string[] }): boolean {
  return roles.includes('admin') || roles.includes('developer')
}
