import { type Inspector, openInspector } from './inspector/inspector.js'
import type { InspectorOptions } from './inspector/inspector-options.js'
import type { Lifecycle } from './lifecycle/requests.js'
import { editOf, type Logs } from './logging/define-logs.js'
import { createReading, type MeasuredBooks } from './reading/create-reading.js'
import type { LiveRequest, Reading } from './reading/reading.js'
import { version } from './reading/version.js'
import type { RecordWriter } from './records/record-writer.js'
import type { Service } from './records/request-record.js'
import { safePath, shownLive } from './records/stored-record.js'
import type { SafeValue } from './safe-values/safe-value.js'
import type { Tracking } from './tracking/tracking.js'

/** What a reading of one instance is made of. */
export interface ReadFrom<Name extends string> {
  readonly service: Service
  readonly logs: Logs<Name>
  readonly lifecycle: Lifecycle
  readonly tracking: Tracking | undefined
  readonly keeper: RecordWriter
  /** How many calls undici sent from queues of its own. */
  readonly lostCalls: () => number
}

/** Open requests that a reader may see, as records show them. Foreign ones are never redacted: that costs. */
function* safeLive(
  lifecycle: Lifecycle,
  logs: Pick<Logs<string>, 'safe' | 'safePath'>,
  mayRead: (request: LiveRequest) => boolean,
): Iterable<LiveRequest> {
  const safe = (value: unknown): SafeValue | undefined => logs.safe(value)
  const edit = editOf(logs)
  for (const one of lifecycle.live()) {
    if (!mayRead(one)) continue
    const path = one.path === undefined ? undefined : safePath(logs.safePath(one.path), safe)
    const shown = shownLive({ ...one, path }, safe, edit)
    if (shown !== undefined) yield shown
  }
}

/** The only door to what one instance keeps and has open. */
function readingOf<Name extends string>(from: ReadFrom<Name>): Reading {
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
      about: { ...service, spoor: version, startedAt: new Date(performance.timeOrigin).toISOString() },
      tracking: () => ({
        mode: tracking?.mode ?? 'off',
        open: tracking?.measured ?? 0,
        measuredShare: tracking?.usage?.measured().measuredShare ?? 0,
      }),
      failed: () => keeper.failed,
      context: () => ({ lost: lifecycle.contextsLost, lostCalls: lostCalls(), guarded: lifecycle.guarded }),
      outputs: () => logs.health(),
      files: [...new Set(Object.values(files))],
    },
  })
}

/** Opens the inspector of one instance. */
export function inspectorOf<Name extends string>(options: InspectorOptions, from: ReadFrom<Name>): Inspector {
  const { authorize, hosts, origins } = options
  return openInspector({ authorize, hosts, origins, lifecycle: from.lifecycle, reading: readingOf(from) })
}
