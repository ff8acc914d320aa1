import type { CallList } from './calls.js'
import type { Charge } from './charge.js'
import type { OwnFields } from './own-fields.js'
import type { QueryList } from './queries.js'
import type { QueuedJob, Step } from './steps.js'

/**
 * The resources that a request, job or scope has used so far. A scope inside a request or job shares the object of the
 * request or job. Each feature that counts resources has a member here, which is empty until there is a value.
 */
export interface Work {
  /** The calls that it made to other services. */
  calls: CallList | undefined
  /** The queries that it made, and its waits for connections. */
  queries: QueryList | undefined
  /** Its charge; undefined while it is not measured. */
  charge: Charge | undefined
  /** Says whose code has the thread, while other work is measured and this work is not. */
  named: Charge | undefined
  /** Its light charge, in a window in which all work is measured. */
  sampled: Charge | undefined
  /** Its named steps, while it is measured. */
  steps: Step[] | undefined
  /** The fields and counts that the service added. */
  ownFields: OwnFields | undefined
  /** The jobs that it queued, at most `maxNamed`. */
  jobs: QueuedJob[] | undefined
  /** The number of jobs that it queued. */
  jobsQueued: number
  /**
   * The number of lines that it wrote, without its request line, and how many of them were warnings, or errors and
   * fatal lines.
   */
  lines: number
  warnings: number
  errors: number
  /** True if a user who may see costs asked for them. The jobs that it queues are then measured too. */
  tracked: boolean
  /** Says the route of an open request. Undefined after its end: it must not keep the request in memory. */
  routeSource: RouteSource | undefined
  /** The method of a request. */
  method: string | undefined
  /** The route of a request that has ended. */
  route: string | undefined
  /**
   * The line of a request or job. `open`: fields that are added now are on it. `written`: the request or job has ended, and lines and
   * queries from now on are late. A scope outside both has `none`.
   */
  line: 'none' | 'open' | 'written'
  /** Hears of the lines that are written after the line of a request or job. */
  lateLines: LateLineListener | undefined
  /** Its lines that are written only if it fails, is slow or matches `detail.when`. */
  detail: Detail | undefined
  /** True if `sample` leaves out its lines below `warn`. Undefined before the first of them. */
  isLeftOut: boolean | undefined
  /** True if its account was changed from one account to another. */
  accountSwitched: boolean
  /** The gate of the instance that began the work; undefined while nothing is measured. Called when the identity becomes known. */
  gate: Gate | undefined
  /** What the gates know of it while it is open. `tracking/open-requests.ts` knows its type. */
  atGates: object | undefined
  /** Its place in the watchdog's memory (`usage/watchdog/marks.ts`); 0 without one. */
  slot: number
}

/** How a request or job ended. */
export interface Outcome {
  /** The status of the response; 500 for a job that failed. */
  readonly status: number | undefined
  readonly durationMs: number
  /** The error that made it fail, as on its line. */
  readonly error: unknown
}

/** Lines that are kept until the end of a request or job. */
export interface Detail {
  /** Writes the lines, if this outcome matters. */
  end(outcome: Outcome): void
  /** Forgets the lines. */
  drop(): void
}

/** Hears of lines that come late. */
export interface LateLineListener {
  /** @param time of the line, ms since the epoch */
  wrote(time: number): void
}

/** Says the route of an open request, once it is known. */
export interface RouteSource {
  route: (() => string | undefined) | undefined
  /** The operations of GraphQL that the request executed; undefined if none. */
  operations: Operations | undefined
  readonly request: { readonly path: string }
  /** True for an upgrade or CONNECT. */
  readonly leavesHttp: boolean
}

/** The operations of GraphQL that one request executed. */
export interface Operations {
  /** Who reports them: graphql's channels, or the server. */
  readonly by: 'graphql' | 'server'
  readonly schema: unknown
  /** The first operation: `query Posts`. */
  readonly text: string
  /** Stands for the pattern if no route matched. */
  endpoint: string
  /** More than one in a batch. */
  count: number
}

/**
 * The gate that decides what the response may reveal to the request's user. Every instance and adapter uses this gate.
 */
export interface Gate {
  identified(context: object): void
}

/**
 * Makes the `work` of a new request, of a job, or of a scope outside both.
 *
 * @param line `open` for a request or job, which gets a line at its end
 */
export function newWork(line: 'none' | 'open' = 'none'): Work {
  return {
    calls: undefined,
    queries: undefined,
    charge: undefined,
    named: undefined,
    sampled: undefined,
    steps: undefined,
    ownFields: undefined,
    jobs: undefined,
    jobsQueued: 0,
    lines: 0,
    warnings: 0,
    errors: 0,
    tracked: false,
    routeSource: undefined,
    method: undefined,
    route: undefined,
    line,
    lateLines: undefined,
    detail: undefined,
    isLeftOut: undefined,
    accountSwitched: false,
    gate: undefined,
    atGates: undefined,
    slot: 0,
  }
}
