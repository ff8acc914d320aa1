import type { WorkContext } from '../context/request-context.js'
import { runDetached } from '../context/storage.js'
import type { OutputHealth } from '../logging/handlers/failure-warnings.js'
import type { Logger } from '../logging/logger.js'
import { instance } from '../process/instance.js'
import type { StuckNotice } from '../tracking/watchdog.js'
import { type Alert, type AlertKind, alertKinds } from './alert.js'
import { Alerts } from './alerts.js'
import type { AlertsOptions, BudgetOptions } from './alerts-options.js'
import { overBudget, type UseReading } from './budgets.js'
import { ErrorBursts } from './error-bursts.js'
import { outputFault, type StoreFailures, storeFault, stuckAlert } from './faults.js'
import { Ongoing } from './ongoing.js'
import { RecentEnds } from './recent-ends.js'
import { Webhooks } from './webhooks.js'

/** The options that alerts have. */
export interface AlertOptions {
  readonly alerts?: AlertsOptions | undefined
  readonly budget?: BudgetOptions | undefined
}

/** The parts of a service that alerts look at. */
export interface AlertSources {
  readonly service: { readonly service: string; readonly version: string | undefined }
  readonly logs: { readonly root: Pick<Logger, 'warn' | 'info'>; health?(): readonly OutputHealth[] }
  readonly warnOnce: (about: string, message: string) => void
  readonly store: StoreFailures
  /** Undefined if the store does not serve several processes. */
  readonly claim?: ((name: string, forMs: number) => boolean | Promise<boolean>) | undefined
  /** Undefined without the option `tracking.watchdog`. */
  readonly watchdog: { onStuck(listener: (notice: StuckNotice) => void): void } | undefined
  /** What each account used in the last minute; undefined if it is unknown. */
  readonly use: () => UseReading | undefined
}

/** Called for each request and job that ended. */
export type OnEnd = (context: WorkContext, failed: boolean, durationMs: number) => void

/** The alerts of an instance. */
export interface OwnAlerts {
  /** Sends an alert, unless one of its kind and account was sent recently. Never throws, and never waits. */
  raise(alert: Alert): void
  /** Undefined if no alert needs the ends of requests. */
  readonly onEnd: OnEnd | undefined
  close(): Promise<void>
}

const defaultEveryMs = 600_000
const faultsEveryMs = 2_000
const budgetsEveryMs = 10_000

/** Opens the alerts of an instance that has the option `alerts` or `budget`. */
export function openAlerts({ alerts: options, budget }: AlertOptions, sources: AlertSources): OwnAlerts {
  const { everyMs = defaultEveryMs } = options ?? {}
  const kinds: readonly AlertKind[] = options === undefined ? [] : (options.on ?? alertKinds)
  const { root } = sources.logs
  const alerts = new Alerts({
    on: new Set(kinds),
    everyMs,
    sender: options && sender(options, sources),
    warn: (fields, message) => root.warn(fields, message),
    claim: sources.claim,
  })
  watchLoop(alerts, options, sources)
  const ends = new RecentEnds()
  const stops = [watchFaults(alerts, sources, everyMs), watchBudgets(alerts, budget, sources, ends, everyMs)]
  return {
    raise: (alert) => alerts.raise(alert),
    onEnd: alerts.has('errors') || budget !== undefined ? onEndOf(alerts, ends) : undefined,
    close: () => {
      for (const stop of stops) stop()
      return alerts.close()
    },
  }
}

function sender({ url, secret }: AlertsOptions, { service, logs, warnOnce }: AlertSources): Webhooks {
  const { protocol, hostname: host } = new URL(url)
  if (protocol === 'http:' && !isLoopback(host)) {
    const message = 'alerts.url: expected https:, got http: to another host; alerts contain the names of accounts'
    warnOnce('alerts without TLS', `${message}, which others on the way can read`)
  }
  const about = { ...service, instance }
  return new Webhooks({
    url,
    secret,
    about,
    log: { warn: (message) => logs.root.warn(message), info: (message) => logs.root.info(message) },
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function onEndOf(alerts: Alerts, ends: RecentEnds): OnEnd {
  const bursts = alerts.has('errors') ? new ErrorBursts(ends, (alert) => alerts.raise(alert)) : undefined
  return ({ account, requestId, kind }, failed, durationMs) => {
    const end = { account, requestId, isJob: kind === 'job', failed, durationMs }
    ends.add(end)
    if (failed) bursts?.failed(end)
  }
}

function watchLoop(alerts: Alerts, options: AlertsOptions | undefined, { watchdog, warnOnce }: AlertSources): void {
  if (!alerts.has('stuck')) return
  watchdog?.onStuck((notice) => alerts.raise(stuckAlert(notice)))
  if (watchdog === undefined && options?.on !== undefined) {
    warnOnce(
      'alerts without watchdog',
      "alerts.on: expected tracking.watchdog for 'stuck', got none; write tracking: { watchdog: { afterMs: 1_000 } }, or " +
        "leave 'stuck' out",
    )
  }
}

function watchFaults(alerts: Alerts, { logs, store }: AlertSources, everyMs: number): () => void {
  if (!alerts.has('output') && !alerts.has('store')) return () => {}
  const ongoing = new Ongoing(everyMs)
  let failedBefore = store.failed
  return every(faultsEveryMs, () => {
    const output = alerts.has('output') ? outputFault(logs.health?.() ?? []) : undefined
    const records = alerts.has('store') ? storeFault(failedBefore, store) : undefined
    failedBefore = store.failed
    const faults = [output, records].filter((fault) => fault !== undefined)
    for (const alert of ongoing.news(new Map(faults.map((fault) => [fault.kind, fault])))) alerts.raise(alert)
  })
}

function watchBudgets(
  alerts: Alerts,
  budget: BudgetOptions | undefined,
  { use }: AlertSources,
  ends: RecentEnds,
  everyMs: number,
): () => void {
  if (budget === undefined) return () => {}
  const ongoing = new Ongoing(everyMs)
  return every(budgetsEveryMs, () => {
    const reading = use()
    if (reading === undefined) return
    const over = overBudget(budget.account, reading, (account) => ends.of(account).slowestId)
    for (const alert of ongoing.news(new Map(over.map((one) => [String(one.account), one])))) alerts.raise(alert)
  })
}

/** Calls `fn` again and again, in no request. */
function every(ms: number, fn: () => void): () => void {
  const timer = runDetached(() => setInterval(() => runDetached(fn), ms).unref())
  return () => clearInterval(timer)
}
