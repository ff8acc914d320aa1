import type { ErrorFormat } from './errors/answer.js'
import type { ErrorMap } from './errors/failure.js'
import type { RequestInfo } from './http/request-info.js'
import { isRange } from './http/trust.js'
import { type InspectorOptions, inspectorOptions } from './inspector/inspector-options.js'
import type { Logs } from './logging/define-logs.js'
import { type Level, levels } from './logging/levels.js'
import {
  all,
  type Check,
  callback,
  check,
  either,
  flag,
  list,
  object,
  oneOf,
  optional,
  problemOf,
  text,
  wholeNumber,
} from './options.js'
import { isHost, originsOf } from './outgoing/rules.js'
import type { RecordStore } from './records/record-store.js'
import { ownMembers } from './safe-values/own-member.js'
import { reasonOf } from './safe-values/safe-error.js'
import { typeName } from './safe-values/type-name.js'
import type { TrackingMode, Who } from './tracking/tracking.js'

/** Options of `createSpoor`. Only `service` and `logs` are required. */
export interface SpoorOptions<Name extends string> {
  /** The service's name, on every request line. */
  service: string
  version?: string | undefined
  logs: Logs<Name>
  requestId?:
    | {
        /**
         * Whose `X-Request-ID` is believed: nobody's (`false`, the default), everybody's (`true`), or that of the listed
         * addresses and CIDR ranges (`10.0.0.0/8`, `fd00::/8`). Believe only proxies of your own that set or check it.
         */
        trust?: boolean | readonly string[] | undefined
      }
    | undefined
  errors?:
    | {
        /** `problem` (RFC 9457, the default) or `envelope` (`{ error: { … } }`). */
        format?: ErrorFormat | undefined
        /** Turns the service's own errors into answers; undefined leaves an error to the conventions of http-errors. */
        map?: ErrorMap | undefined
        /** The level a failure is logged at; default: error from 500 on, else info. */
        level?: ((status: number) => Level) | undefined
      }
    | undefined
  /** True for requests that shall leave no line (health checks). */
  ignore?: ((request: RequestInfo) => boolean) | undefined
  /** How long an account resolver may take, in ms; default 5,000. Later its request fails. */
  resolveWithinMs?: number | undefined
  /** Cost per request: docs/usage.md. */
  tracking?: TrackingOptions | undefined
  /** Who may read what was recorded, and from where. Absent: nobody. */
  inspector?: InspectorOptions | undefined
  /** To whom calls go: where their lines go, and who may see ids. */
  outgoing?: readonly OutgoingOptions<NoInfer<Name>>[] | undefined
  /** Where the records of measured requests are kept. Default: in memory (`memoryRecords`). */
  records?: RecordStore | undefined
}

/** What is measured, and of whom. Members without a description are not built yet: checked, without effect. */
export interface TrackingOptions {
  /**
   * Who is measured: those who may and send `X-Debug-Resource-Tracking: true` (`header`, the default), always those who may
   * (`privileged`), in both cases with the jobs they leave behind, everybody and every job (`all`; only those who may are told), or nobody (`off`).
   */
  mode?: TrackingMode | undefined
  /** Who may: asked with what the account resolver said. Default: whose roles hold `admin` or `developer`. */
  allow?: ((who: Who) => boolean) | undefined
  /** How long the default store keeps a record, in ms; default 3,600,000. */
  keepForMs?: number | undefined
  /** How much it holds at most, in bytes; default 64 MB. */
  maxBytes?: number | undefined
  /** How many requests, and how many jobs, are measured at once, but for mode `all`; default 20. */
  maxOpen?: number | undefined
  /** How long each is measured, in ms, but for mode `all`; default 30,000. Its record then says `truncated`. */
  maxMs?: number | undefined
  /** How long after its end work is still charged to a request, in ms; default 2,000. */
  lateMs?: number | undefined
  windows?: { everyMs?: number | undefined; forMs?: number | undefined } | false | undefined
  /** Allocated heap bytes, too: a third more of the cost of measuring. Default: false. */
  memory?: boolean | undefined
  /** Bytes read and written through `node:fs`, too. Default: false. */
  fs?: boolean | undefined
  watchdog?: { afterMs?: number | undefined } | false | undefined
}

/** What to do with the calls to one host. */
export interface OutgoingOptions<Name extends string> {
  /** `blog.example` means https on port 443 and http on port 80, `blog.example:8080` that port by either. No wildcards. */
  host: string
  /** The logger that gets a line for each call. Default: none. */
  logger?: Name | undefined
  /** True for a host that may see the request id and the trace: it gets `X-Request-ID` and `traceparent`. Default: false. */
  propagate?: boolean | undefined
}

const milliseconds: Check = optional(wholeNumber(0, 'milliseconds'))
const trust: Check = (value, path, problems) => {
  if (typeof value === 'boolean') return
  const expected = 'true, false or an array of addresses and CIDR ranges'
  if (!Array.isArray(value)) problems.push(problemOf(value, path, expected))
  else list(check(isRange, 'an address or a CIDR range, such as 10.0.0.7 or 10.0.0.0/8'))(value, path, problems)
}
const logs: Check = (value, path, problems) => {
  const like = value as { get?: unknown; root?: unknown } | null | undefined
  if (typeof like?.get !== 'function' || typeof (like.root as { warn?: unknown } | null)?.warn !== 'function') {
    problems.push(`${path}: expected what defineLogs returns, got ${typeName(value)}; pass the logs of your logs.ts`)
  }
}

const host = check(isHost, 'a host such as blog.example or blog.example:8080', 'leave out scheme, path and wildcards')

/** No host may have two entries. */
const hostsOnce: Check = (value, path, problems) => {
  if (!Array.isArray(value)) return
  const known = new Set<string>()
  for (const [index, entry] of value.entries()) {
    const origins = isHost(entry?.host) ? originsOf(entry.host) : []
    if (origins.some((origin) => known.has(origin))) {
      problems.push(problemOf(entry.host, `${path}[${index}].host`, 'a host without another entry', 'merge the two'))
    }
    for (const origin of origins) known.add(origin)
  }
}

const outgoing = all(list(object({ host, logger: optional(text), propagate: optional(flag) })), hostsOnce)

/** Calls may be logged by loggers that are there. */
function loggersKnown(value: unknown, _path: string, problems: string[]): void {
  const { outgoing, logs } = ownMembers(Object(value)) as Partial<SpoorOptions<string>>
  if (!Array.isArray(outgoing) || typeof logs?.get !== 'function') return
  for (const [index, entry] of (outgoing as (Partial<OutgoingOptions<string>> | null)[]).entries()) {
    if (typeof entry?.logger !== 'string') continue
    try {
      logs.get(entry.logger)
    } catch (error) {
      problems.push(`outgoing[${index}].logger: ${reasonOf(error).replace(/^logs\.get: /, '')}`)
    }
  }
}

const storeMethods = ['put', 'update', 'get', 'list', 'health', 'close']

function isStore(value: unknown): boolean {
  const store = value as Record<string, unknown> | null
  return typeof store === 'object' && store !== null && storeMethods.every((name) => typeof store[name] === 'function')
}

const members: Check = object({
  service: check(
    (value) => typeof value === 'string' && /^[\w.@/-]{1,100}$/.test(value),
    'a name of 1 to 100 letters, digits and _ . @ / -',
  ),
  version: optional(text),
  logs,
  requestId: optional(object({ trust: optional(trust) })),
  errors: optional(
    object({ format: optional(oneOf(['problem', 'envelope'])), map: optional(callback), level: optional(callback) }),
  ),
  ignore: optional(callback),
  resolveWithinMs: optional(check(isDelay, 'a whole number of milliseconds from 1 to 2147483647')),
  tracking: optional(
    object({
      mode: optional(oneOf(['header', 'privileged', 'all', 'off'])),
      allow: optional(callback),
      keepForMs: milliseconds,
      maxBytes: optional(wholeNumber(32 * 1024, 'bytes')),
      maxOpen: optional(wholeNumber(1, 'requests')),
      maxMs: milliseconds,
      lateMs: milliseconds,
      windows: offOr(object({ everyMs: milliseconds, forMs: milliseconds })),
      memory: optional(flag),
      fs: optional(flag),
      watchdog: offOr(object({ afterMs: milliseconds })),
    }),
  ),
  inspector: optional(inspectorOptions),
  outgoing: optional(outgoing),
  records: optional(
    check(isStore, `a store with ${storeMethods.join(', ')}`, 'write memoryRecords(), or leave it out'),
  ),
})

/** What `createSpoor` takes. */
export const spoorOptions: Check = all(members, loggersKnown)

// Node's timers take no longer delay: they fire at once instead.
function isDelay(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31
}

function offOr(inner: Check): Check {
  return optional(either(false, inner))
}

/** The level a failure is logged at unless the service says otherwise. */
export function defaultErrorLevel(status: number): Level {
  return status >= 500 ? 'error' : 'info'
}

/** `level` made safe: for what cannot be a level, or throws, the default is used, and that is said once. */
export function safeErrorLevel(
  level: ((status: number) => Level) | undefined,
  warnOnce: (about: string, message: string) => void,
): (status: number) => Level {
  if (level === undefined) return defaultErrorLevel
  const used = (status: number, got: string): Level => {
    const instead = defaultErrorLevel(status)
    warnOnce('errors.level', `errors.level: expected one of ${levels.join(', ')}, got ${got}; ${instead} was used`)
    return instead
  }
  return (status) => {
    try {
      const said: unknown = level(status)
      if (levels.includes(said as Level)) return said as Level
      return used(status, typeof said === 'string' ? JSON.stringify(said.slice(0, 60)) : typeName(said))
    } catch (error) {
      return used(status, `a throw of ${reasonOf(error)}`)
    }
  }
}

/** `ignore` made safe: where it throws, the request is not ignored, and that is said once. */
export function safeIgnore(
  ignore: ((request: RequestInfo) => boolean) | undefined,
  warnOnce: (about: string, message: string) => void,
): (request: RequestInfo) => boolean {
  if (ignore === undefined) return () => false
  return (request) => {
    try {
      return ignore(request)
    } catch (error) {
      warnOnce('ignore', `ignore: threw ${reasonOf(error)}; the request's line was written`)
      return false
    }
  }
}
