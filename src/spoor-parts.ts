import type { Lifecycle } from './lifecycle.js'
import type { Logs } from './logging/define-logs.js'
import { createReading, type MeasuredBooks } from './reading/create-reading.js'
import type { LiveRequest, Reading } from './reading/reading.js'
import { ownVersion } from './reading/version.js'
import { safePath } from './records/kept-record.js'
import type { RecordKeeper } from './records/record-keeper.js'
import type { Service } from './records/request-record.js'
import type { TrackingOptions } from './spoor-options.js'
import { Tracking } from './tracking/tracking.js'
import { openUsage, type Usage } from './usage/usage.js'

/** The gate; undefined where nobody is measured. */
export function trackingOf(
  options: TrackingOptions = {},
  warnOnce: (about: string, message: string) => void,
): Tracking | undefined {
  const { mode = 'header', allow = allowed, maxOpen = 20, maxMs = 30_000 } = options
  if (mode === 'off') return undefined
  const { lateMs = 2_000, memory = false, fs = false } = options
  const warn = (message: string): void => warnOnce('no clock', message)
  const openOwn = (): Usage => openUsage({ always: mode === 'all', lateMs, memory, fs, warn })
  return new Tracking({ mode, allow, maxOpen, maxMs, openUsage: openOwn, warnOnce })
}

function allowed({ roles }: { roles: readonly string[] }): boolean {
  return roles.includes('admin') || roles.includes('developer')
}

/** What a reading of one instance is made of. */
export interface ReadFrom<Name extends string> {
  readonly service: Service
  readonly logs: Logs<Name>
  readonly lifecycle: Lifecycle
  readonly tracking: Tracking | undefined
  readonly keeper: RecordKeeper
  /** How many calls undici sent from queues of its own. */
  readonly lostCalls: () => number
}

/** Open requests that a reader may see, their paths as records show them. Foreign paths are never redacted: that costs. */
function* safeLive(
  lifecycle: Lifecycle,
  logs: Pick<Logs<string>, 'safe' | 'safePath'>,
  mayRead: (request: LiveRequest) => boolean,
): Iterable<LiveRequest> {
  for (const one of lifecycle.live()) {
    if (!mayRead(one)) continue
    yield one.path === undefined
      ? one
      : { ...one, path: safePath(logs.safePath(one.path), (value) => logs.safe(value)) }
  }
}

/** The only door to what one instance keeps and has open. */
export function readingOf<Name extends string>(from: ReadFrom<Name>): Reading {
  const { service, logs, lifecycle, tracking, keeper, lostCalls } = from
  const files = logs.files()
  const measured = (): MeasuredBooks | undefined => {
    const usage = tracking?.usage
    return usage && { ...usage.measured(), books: usage.books() }
  }
  return createReading({
    store: keeper.store,
    requestsFile: files['requests'],
    live: (mayRead) => safeLive(lifecycle, logs, mayRead),
    books: measured,
    health: {
      about: { ...service, spoor: ownVersion(), startedAt: new Date(performance.timeOrigin).toISOString() },
      tracking: () => ({
        mode: tracking?.mode ?? 'off',
        open: tracking?.measured ?? 0,
        measuredShare: tracking?.usage?.measured().measuredShare ?? 0,
      }),
      failed: () => keeper.failed,
      context: () => ({ lost: lifecycle.contextsLost, lostCalls: lostCalls() }),
      outputs: () => logs.health(),
      files: [...new Set(Object.values(files))],
    },
  })
}
