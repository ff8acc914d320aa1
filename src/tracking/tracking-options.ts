import { all, type Check, callback, either, flag, object, oneOf, optional, problemOf, wholeNumber } from '../options.js'
import { own, ownMembers } from '../safe-values/own-member.js'
import { openUsage, type Usage } from '../usage/usage.js'
import type { WindowSettings } from '../usage/window-schedule.js'
import { Tracking, type TrackingMode, type Who } from './tracking.js'
import { type WatchdogOptions, watchdogOption } from './watchdog-option.js'

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
  /**
   * How often, and for how long, all requests, jobs and scopes are measured, tracked or not. The totals of accounts and routes are
   * estimated from these windows. `false` turns windows off. Ignored in mode `all`, which measures everything. Default:
   * `{ everyMs: 1_000, forMs: 50 }`.
   */
  windows?: WindowOptions | false | undefined
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

/** When windows are open. */
export interface WindowOptions {
  /** The mean time from the start of one window to the start of the next, in ms. At least 100. Default: 1,000. */
  everyMs?: number | undefined
  /** The length of a window, in ms. At least 10, and less than `everyMs`. Default: 50. */
  forMs?: number | undefined
}

const defaultWindows = { everyMs: 1_000, forMs: 50 }

/** A window is shorter than the time from one to the next. */
const isShorter: Check = (value, path, problems) => {
  if (typeof value !== 'object' || value === null) return
  const given = value as WindowOptions
  const everyMs = own(given, 'everyMs') ?? defaultWindows.everyMs
  const forMs = own(given, 'forMs') ?? defaultWindows.forMs
  if (typeof everyMs !== 'number' || typeof forMs !== 'number' || forMs < everyMs) return
  problems.push(problemOf(forMs, `${path}.forMs`, `less than everyMs (${everyMs})`, 'mode `all` measures everything'))
}

const milliseconds: Check = optional(wholeNumber(0, 'milliseconds'))

/** Checks the option `tracking`. */
export const trackingOptions: Check = object({
  mode: optional(oneOf(['header', 'privileged', 'all', 'off'])),
  allow: optional(callback),
  // As the default store wants it.
  keepForMs: optional(wholeNumber(1, 'milliseconds')),
  maxBytes: optional(wholeNumber(32 * 1024, 'bytes')),
  maxOpen: optional(wholeNumber(1, 'requests')),
  maxMs: milliseconds,
  lateMs: milliseconds,
  windows: optional(
    either(
      false,
      all(
        object(
          {
            everyMs: optional(wholeNumber(100, 'milliseconds')),
            forMs: optional(wholeNumber(10, 'milliseconds')),
          },
          'write false to turn windows off',
        ),
        isShorter,
      ),
    ),
  ),
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
  const windows = options.windows === false ? undefined : windowsOf(options.windows)
  const warn = (message: string): void => warnOnce('no clock', message)
  const openOwn = (): Usage => openUsage({ always: mode === 'all', lateMs, memory, fs, warn })
  return new Tracking({ mode, allow, maxOpen, maxMs, windows, openUsage: openOwn, warnOnce })
}

function windowsOf({ everyMs, forMs }: WindowOptions = ownMembers({})): WindowSettings {
  return { everyMs: everyMs ?? defaultWindows.everyMs, forMs: forMs ?? defaultWindows.forMs }
}

function isPrivileged({ roles }: { roles: readonly string[] }): boolean {
  return roles.includes('admin') || roles.includes('developer')
}
