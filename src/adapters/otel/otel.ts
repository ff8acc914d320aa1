import { connectSpans } from '../../context/active-span.js'
import { internalsOf } from '../../lifecycle/adapter.js'
import { listenToEntries } from '../../logging/entry-listener.js'
import { flag, OptionsError, optional } from '../../options.js'
import { followCalls } from '../../outgoing/watch.js'
import { reasonOf } from '../../safe-values/safe-error.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter } from '../check-adapter.js'
import { LogRecords } from './log-records.js'
import { Metrics } from './metrics.js'
import { isExporting, openTelemetrySpans } from './spans.js'

/** Options of `withOpenTelemetry`. */
export interface OpenTelemetryOptions {
  /**
   * Records `http.server.request.duration`, `http.client.request.duration`, `db.client.operation.duration` and
   * `spoor.request.cpu.time` with the registered meter provider. Default true.
   */
  metrics?: boolean | undefined
  /**
   * Emits a log record for each line with the registered logger provider. Default false: a service whose files are shipped would
   * have each line twice.
   */
  logs?: boolean | undefined
}

/**
 * Connects a Spoor with OpenTelemetry. Every line has `traceId` and `spanId` of the active span, metrics go to the registered meter
 * provider, and log records, if asked for, to the registered logger provider. It registers nothing itself: without an SDK it does
 * nothing. The SDK may start before or after. `spoor.close()` ends it, too.
 *
 * @example
 * const spoor = createSpoor({ service: 'publisher', logs })
 * withOpenTelemetry(spoor, { logs: true })
 *
 * @returns a function that ends it
 * @throws OptionsError if `spoor` is not what `createSpoor` returned, or is connected already, and for an invalid option
 */
export function withOpenTelemetry(spoor: Spoor, options: OpenTelemetryOptions = {}): () => void {
  const { adapter, options: checked } = checkAdapter('withOpenTelemetry', spoor, options, members)
  const { observers, logs } = internalsOf(spoor) ?? {}
  if (observers === undefined || logs === undefined) throw new OptionsError('withOpenTelemetry', [otherVersion])
  if (connected.has(spoor)) throw new OptionsError('withOpenTelemetry', [twice])
  const onFault = (error: unknown): void => adapter.warnOnce('opentelemetry', `${fault}: ${reasonOf(error)}`)
  const stops = [connectSpans(openTelemetrySpans), followCalls({ ...exporterCalls })]
  const metrics = (checked.metrics ?? true) ? new Metrics(onFault) : undefined
  if (metrics !== undefined) stops.push(metrics.follow())
  if (checked.logs) {
    const unlisten = listenToEntries(logs, new LogRecords(onFault).emit)
    if (unlisten === undefined) adapter.warnOnce('opentelemetry logs', otherLogs)
    else stops.push(unlisten)
  }
  const stop = (): void => {
    connected.delete(spoor)
    for (const one of stops.splice(0)) one()
  }
  stops.push(
    observers.add({
      ended: (work) => metrics?.ended(work),
      usedCpu: (account, ms) => metrics?.usedCpu(account, ms),
      closed: stop,
    }),
  )
  connected.add(spoor)
  return stop
}

const members = { metrics: optional(flag), logs: optional(flag) }
const connected = new WeakSet<Spoor>()

/** The calls of exporters are not those of the request in which a span ended. */
const exporterCalls = {
  ruleOf: () => undefined,
  hasRules: false,
  excludes: isExporting,
  onLost() {},
  onFault() {},
}

const otherVersion = 'the Spoor is of another version of the package; install one version'
const twice = 'this Spoor is connected with OpenTelemetry already; call it once'
const otherLogs = 'withOpenTelemetry: logs: no records are emitted, because the logs are not those of defineLogs'
const fault = 'withOpenTelemetry: a metric or log record was lost'
