import { type CallSum, OpenTime } from './open-time.js'
import { type QueryKind, QueryKinds } from './query-kinds.js'

/** A query to a database or cache. Times are `performance.now()`. Unknown members are undefined. */
export interface Query {
  /** OpenTelemetry's `db.system.name`, such as `postgresql`. */
  readonly system: string
  readonly namespace: string | undefined
  /** Operations and tables (`SELECT posts`), or the name of a command (`GET`). */
  readonly summary: string | undefined
  /** The statement without its values. */
  readonly text: string | undefined
  readonly start: number
  /** When the query had ended or failed. */
  end: number | undefined
  /** The number of rows that were returned or changed. */
  rows: number | undefined
  /** Set if the query failed. */
  errorCode: string | undefined
}

/** A wait for a connection of a pool. */
export interface PoolWait<Holder = unknown> {
  readonly start: number
  end: number | undefined
  /** Who held the connection. */
  by: Holder | undefined
}

/** One of the first queries of a request. `kind` is the index of its kind. */
export interface QueryRun {
  readonly query: Query
  readonly kind: number
}

/** The figures of all queries together. Times are in ms; absent figures are undefined. */
export interface QuerySum extends CallSum {
  /** The sum of all durations. */
  readonly busyMs: number
  readonly slowestMs: number
  /** The time in which at least one wait for a connection was open. */
  readonly poolMs: number | undefined
  /** The sum of the time for which connections of a pool were held. */
  readonly holdMs: number | undefined
  readonly rows: number | undefined
  readonly errors: number
  /** The queries of which Spoor does not know for certain whose they are. */
  readonly unknown: number
}

const maxRuns = 50
const maxCacheRuns = 20
const maxSystems = 10
const maxWaits = 20
const minWaitMs = 1
const caches: ReadonlySet<string> = new Set(['redis', 'valkey', 'memcached'])

/**
 * The queries that a request or job made: figures of all, up to 50 kinds, the first 50 queries (at most 20 of them of
 * caches), and the first 20 waits for a connection. However many queries there are, only the open ones take more room.
 */
export class QueryList {
  readonly runs: QueryRun[] = []
  /** The first waits of at least 1 ms. */
  readonly poolWaits: PoolWait[] = []
  unknown = 0
  readonly #all = new OpenTime()
  readonly #bySystem = new Map<string, OpenTime>()
  readonly #kinds = new QueryKinds()
  /** The open queries, each with the index of its kind. */
  readonly #open = new Map<Query, number | undefined>()
  readonly #pool = new OpenTime()
  readonly #holds = new Set<{ readonly start: number }>()
  #cacheRuns = 0
  #busyMs = 0
  #slowestMs = 0
  #rows: number | undefined
  #errors = 0
  #holdMs: number | undefined

  begin(query: Query): void {
    const kind = this.#kinds.begin(query)
    this.#open.set(query, kind)
    this.#all.begin(query.start)
    this.#system(query.system)?.begin(query.start)
    if (kind === undefined || this.runs.length >= maxRuns) return
    if (caches.has(query.system) && ++this.#cacheRuns > maxCacheRuns) return
    this.runs.push({ query, kind })
  }

  /** Ends a query, after its `end` is set. A query that is not open is ignored. */
  end(query: Query): void {
    const kind = this.#open.get(query)
    if (!this.#open.delete(query)) return
    const end = query.end ?? query.start
    const ms = end - query.start
    this.#all.end(end)
    this.#bySystem.get(query.system)?.end(end)
    this.#busyMs += ms
    this.#slowestMs = Math.max(this.#slowestMs, ms)
    if (query.rows !== undefined) this.#rows = (this.#rows ?? 0) + query.rows
    if (query.errorCode !== undefined) this.#errors++
    if (kind !== undefined) this.#kinds.end(kind, query, ms)
  }

  beginWait(wait: PoolWait): void {
    this.#pool.begin(wait.start)
  }

  /** Ends a wait, after its `end` is set. Call it once for each wait. */
  endWait(wait: PoolWait): void {
    const end = wait.end ?? wait.start
    this.#pool.end(end)
    if (end - wait.start >= minWaitMs && this.poolWaits.length < maxWaits) this.poolWaits.push(wait)
  }

  /** Notes that a connection of a pool is held from `hold.start` on. */
  beginHold(hold: { readonly start: number }): void {
    this.#holds.add(hold)
    this.#holdMs ??= 0
  }

  /** Notes that a connection was given back. A hold that is not open is ignored. */
  endHold(hold: { readonly start: number }, at: number): void {
    if (this.#holds.delete(hold)) this.#holdMs = (this.#holdMs ?? 0) + at - hold.start
  }

  /** The figures of all queries. Open queries, waits and holds count until `now`. */
  sum(now: number): QuerySum {
    let busyMs = this.#busyMs
    let slowestMs = this.#slowestMs
    for (const { start } of this.#open.keys()) {
      busyMs += now - start
      slowestMs = Math.max(slowestMs, now - start)
    }
    let holdMs = this.#holdMs
    for (const { start } of this.#holds) holdMs = (holdMs ?? 0) + now - start
    const pool = this.#pool.sum(now)
    return {
      ...this.#all.sum(now),
      busyMs,
      slowestMs,
      poolMs: pool.calls === 0 ? undefined : pool.ms,
      holdMs,
      rows: this.#rows,
      errors: this.#errors,
      unknown: this.unknown,
    }
  }

  /** The figures of the first 10 systems. */
  bySystem(now: number): Record<string, CallSum> {
    return Object.fromEntries(Array.from(this.#bySystem, ([system, time]) => [system, time.sum(now)]))
  }

  /** The kinds of queries, each at its index. @see slowestKinds @see repeatedKinds */
  kinds(now: number): QueryKind[] {
    return this.#kinds.list(this.#open, now)
  }

  #system(system: string): OpenTime | undefined {
    const known = this.#bySystem.get(system)
    if (known !== undefined || this.#bySystem.size >= maxSystems) return known
    const time = new OpenTime()
    this.#bySystem.set(system, time)
    return time
  }
}
