import { type AlertsOptions, alertsOptions, type BudgetOptions, budgetOptions } from './alerts/alerts-options.js'
import { type ErrorsOptions, errorsOptions } from './errors/errors-options.js'
import type { Ignore } from './http/ignore.js'
import { type RequestIdOptions, requestIdOptions } from './http/request-id-options.js'
import { type InspectorOptions, inspectorOptions } from './inspector/inspector-options.js'
import type { Logs } from './logging/define-logs.js'
import { all, type Check, callback, check, delay, object, optional, text } from './options.js'
import { type OutgoingOptions, outgoingLoggers, outgoingOptions } from './outgoing/outgoing-options.js'
import { type QueriesOptions, queriesLogger, queriesOptions } from './queries/queries-options.js'
import type { RecordStore } from './records/record-store.js'
import { recordsOption } from './records/records-option.js'
import { type RequestLineOptions, requestLineOptions } from './records/request-line-options.js'
import { typeName } from './safe-values/type-name.js'
import { type TrackingOptions, trackingOptions } from './tracking/tracking-options.js'

/** Options of `createSpoor`. Only `service` and `logs` are required. */
export interface SpoorOptions<Name extends string> {
  /** The service's name, on every request line. */
  service: string
  /** The service's version, on every request line. */
  version?: string | undefined
  /** The loggers, from `defineLogs`. */
  logs: Logs<Name>
  /** The callers whose request id and trace Spoor accepts (default: none), the header of the id, and a function that makes ids. */
  requestId?: RequestIdOptions | undefined
  /** Whether request lines show the client (default: no), and their level (default: `error` from status 500 on, else `info`). */
  requestLine?: RequestLineOptions | undefined
  /** How failures are answered and logged: docs/errors.md. */
  errors?: ErrorsOptions | undefined
  /** Returns true for requests that leave no line, such as health checks. */
  ignore?: Ignore | undefined
  /** How long an account resolver may take, in ms. A request whose resolver takes longer fails. Default: 5,000. */
  resolveWithinMs?: number | undefined
  /** Which requests are measured, and how: docs/tracking.md. */
  tracking?: TrackingOptions | undefined
  /** The readers of the inspector, and the hosts it answers to: docs/inspector-api.md. Default: the inspector is closed. */
  inspector?: InspectorOptions | undefined
  /** The loggers for the lines of calls to other services, and the hosts that get ids: docs/outgoing.md. Default: none. */
  outgoing?: readonly OutgoingOptions<NoInfer<Name>>[] | undefined
  /** The logger for slow and failed database queries (default: no lines). `false` follows no queries. See docs/queries.md. */
  queries?: QueriesOptions<NoInfer<Name>> | false | undefined
  /** Where the records of measured requests are kept. Default: in memory (`memoryRecords`). */
  records?: RecordStore | undefined
  /** Where alerts are sent, and which: docs/alerts.md. Default: none is sent. */
  alerts?: AlertsOptions | undefined
  /** How much of the service one account may use; more is a warning and an alert: docs/alerts.md. Default: no budget. */
  budget?: BudgetOptions | undefined
}

const logs: Check = (value, path, problems) => {
  const like = value as { get?: unknown; root?: unknown } | null | undefined
  if (typeof like?.get !== 'function' || typeof (like.root as { warn?: unknown } | null)?.warn !== 'function') {
    problems.push(`${path}: expected what defineLogs returns, got ${typeName(value)}; pass the logs of your logs.ts`)
  }
}

const members: Check = object(
  {
    service: check(
      (value) => typeof value === 'string' && /^[\w.@/-]{1,100}$/.test(value),
      'a name of 1 to 100 letters, digits and _ . @ / -',
    ),
    version: optional(text),
    logs,
    requestId: optional(requestIdOptions),
    requestLine: optional(requestLineOptions),
    errors: optional(errorsOptions),
    ignore: optional(callback),
    resolveWithinMs: optional(delay),
    tracking: optional(trackingOptions),
    inspector: optional(inspectorOptions),
    outgoing: optional(outgoingOptions),
    queries: optional(queriesOptions),
    records: optional(recordsOption),
    alerts: optional(alertsOptions),
    budget: optional(budgetOptions),
  },
  undefined,
  'createSpoor',
)

/** Checks the options of `createSpoor`. */
export const spoorOptions: Check = all(members, outgoingLoggers, queriesLogger)
