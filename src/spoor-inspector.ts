import { dirname } from 'node:path'
import { type Inspector, openInspector } from './inspector/inspector.js'
import type { InspectorOptions } from './inspector/inspector-options.js'
import type { RequestAdapter } from './lifecycle/adapter.js'
import type { Lifecycle } from './lifecycle/lifecycle.js'
import { safeLive } from './lifecycle/safe-live.js'
import { keptOf, type Logs } from './logging/define-logs.js'
import { instance } from './process/instance.js'
import { queryCounts } from './queries/registry.js'
import type { MeasuredBooks } from './reading/cpu-accounting.js'
import { createReading } from './reading/create-reading.js'
import { fileLines } from './reading/files/file-lines.js'
import { groupsOfFiles } from './reading/files/log-groups.js'
import { foundParts } from './reading/found-parts.js'
import type { LineSource } from './reading/line-source.js'
import { lineReading } from './reading/lines/line-reading.js'
import type { AgreeOnKey } from './reading/lines/place-seal.js'
import type { Reading } from './reading/reading.js'
import { Searches } from './reading/searches.js'
import { threadHealth } from './reading/thread-health.js'
import { version } from './reading/version.js'
import { VitalsSampler } from './reading/vitals.js'
import { processOf } from './records/process-name.js'
import type { RecentRequests } from './records/recent-requests.js'
import type { RecordStore } from './records/record-store.js'
import type { RecordWriter } from './records/record-writer.js'
import type { Service } from './records/request-record.js'
import type { OwnTotals } from './records/totals/counting.js'
import type { Tracking } from './tracking/tracking.js'
import type { OwnWatchdog } from './tracking/watchdog.js'

/** The parts of one instance's reading. */
export interface ReadFrom<Name extends string> {
  readonly service: Service
  readonly logs: Logs<Name>
  readonly lifecycle: Lifecycle
  readonly adapter: RequestAdapter
  readonly tracking: Tracking | undefined
  readonly watchdog: OwnWatchdog | undefined
  readonly keeper: RecordWriter
  readonly recent: RecentRequests | undefined
  readonly totals: OwnTotals
  /** How many calls undici sent from its own queues. */
  readonly lostCalls: () => number
  /** Counts the fields that were added outside any request. */
  readonly adding: { readonly nowhere: number }
}

/** The only access to the records and open requests of one instance. */
function readingOf<Name extends string>(
  from: ReadFrom<Name>,
  source: LineSource | undefined,
  searches: Searches,
  vitals: VitalsSampler,
): Reading {
  const { service, logs, lifecycle, tracking, watchdog, keeper, recent, totals, lostCalls, adding, adapter } = from
  const files = logs.files()
  const measured = (): MeasuredBooks | undefined => {
    const usage = tracking?.usage
    return usage && { ...usage.measured(), books: usage.books() }
  }
  return createReading({
    store: keeper.store,
    recent,
    requestsFile: files['requests'],
    // Without files, lines are where all processes write theirs.
    lines: hasFiles(files) ? undefined : source,
    searches,
    onStoreFailure: (message) => adapter.warnOnce('record store', message),
    live: (mayRead) => safeLive(lifecycle, logs, mayRead),
    books: measured,
    usage: {
      read: (query) => totals.read(query),
      safe: (name) => String(logs.safe(name)),
      instance,
      run: totals.run,
    },
    session: () => ({
      ...service,
      spoor: version,
      source: 'service',
      mode: tracking?.mode ?? 'off',
      lines: source !== undefined,
      processes: [{ instance, host: '', pid: process.pid, ...processOf(instance), isThis: true }],
      serverTime: new Date().toISOString(),
    }),
    mayMeasure: (who) => tracking?.mayMeasure(who) ?? false,
    health: {
      about: { ...service, spoor: version, startedAt: new Date(performance.timeOrigin).toISOString() },
      tracking: () => ({
        mode: tracking?.mode ?? 'off',
        open: tracking?.measured ?? 0,
        measuredShare: tracking?.usage?.measured().measuredShare ?? 0,
      }),
      failed: () => keeper.failed,
      context: () => ({
        lost: lifecycle.trouble.contextsLost,
        unknown: lifecycle.trouble.contextsUnknown,
        lostCalls: lostCalls(),
        addedNowhere: adding.nowhere,
        guarded: lifecycle.trouble.guarded,
      }),
      queries: queryCounts,
      thread: () => threadHealth(watchdog?.seen),
      outputs: () => logs.health(),
      vitals: () => vitals.read(),
      found: foundParts,
      files: [...new Set(Object.values(files))],
    },
  })
}

/** How processes with one store agree on the key for places in log files; undefined for a store of this process alone. */
function agreementOf(store: RecordStore): AgreeOnKey | undefined {
  const agree = store.agree?.bind(store)
  return agree && ((own) => agree('places', own))
}

function hasFiles(files: Readonly<Record<string, string>>): boolean {
  return Object.keys(files).length > 0
}

/** Where the lines of these logs are read: their files or, if there are none, what a handler can read back. */
function sourceOf(logs: Pick<Logs<string>, 'files'>, agree: AgreeOnKey | undefined): LineSource | undefined {
  const files = [...new Set(Object.values(logs.files()))]
  const [first] = files
  if (first !== undefined) return fileLines(() => groupsOfFiles(files, dirname(first)), { agree })
  return keptOf(logs)?.open() as LineSource | undefined
}

/** Opens the inspector of one instance. */
export function inspectorOf<Name extends string>(options: InspectorOptions, from: ReadFrom<Name>): Inspector {
  const { authorize, hosts, origins } = options
  const searches = new Searches()
  const source = sourceOf(from.logs, agreementOf(from.keeper.store))
  const lines = source && lineReading(source, searches)
  const { requests, jobs } = from.lifecycle
  const vitals = new VitalsSampler(() => requests.inFlight + jobs.inFlight)
  const reading = readingOf(from, source, searches, vitals)
  const inspector = openInspector({ authorize, hosts, origins, adapter: from.adapter, reading, lines })
  return {
    handle: inspector.handle,
    close: () => {
      inspector.close()
      vitals.close()
    },
  }
}
