import { OpenSpans } from './open-spans.js'
import { OpenTime, type TimeSum } from './open-time.js'

/** All queries of one text, without values. */
export interface QueryKind {
  /** The database system, by OpenTelemetry's name: `postgresql`, `mysql`, `redis`. */
  readonly system: string
  readonly namespace: string | undefined
  /** Operations and tables: `SELECT posts`. */
  readonly summary: string | undefined
  /** The text with `?` in place of each value. */
  readonly text: string | undefined
}

/** One query. Times are `performance.now()`. Unknown members are absent. */
export interface QueryRun {
  readonly kind: QueryKind
  readonly start: number
  end: number | undefined
  rows: number | undefined
  errorCode: string | undefined
  /** True for a query that was open when Spoor was closed: its `end` is not its real end. */
  readonly unfinished?: true | undefined
}

/** One wait for a connection of a pool. */
export interface PoolWait<Holder = unknown> {
  readonly start: number
  end: number | undefined
  /** The work that had connections for the longest part of the wait; undefined if it is unknown. */
  by: { readonly holder: Holder; readonly ms: number } | undefined
}

/** The queries of one kind. Times in ms. */
export interface QueryKindSum {
  readonly kind: QueryKind
  calls: number
  /** The sum of the durations. */
  ms: number
  slowestMs: number
  rows: number | undefined
  errors: number
}

const maxRuns = 50
/** The most runs of caches that are kept. Commands of caches are frequent, and a single one says little. */
const maxCacheRuns = 20
const maxKinds = 50
/** A kind with more than this part of all time is never forgotten. */
const maxSlow = 20
const maxSystems = 10
const maxWaits = 20
/** A shorter wait for a connection is counted, but not kept. */
const minWaitMs = 1
const caches: ReadonlySet<string> = new Set(['redis', 'valkey', 'memcached'])

/**
 * The queries of a request or job, and its waits for connections: counts and sums of all of them, and the first runs and waits.
 * All lists are bounded.
 */
export class QueryList {
  readonly runs: QueryRun[] = []
  readonly waits: PoolWait[] = []
  errors = 0
  /** Undefined while no query has a known number of rows. */
  rows: number | undefined = undefined
  /** How long the request had connections of followed pools; undefined if it never had one. */
  holdMs: number | undefined = undefined
  readonly #time = new OpenTime()
  readonly #spans = new OpenSpans()
  readonly #poolTime = new OpenTime()
  readonly #poolSpans = new OpenSpans()
  readonly #bySystem = new Map<string, OpenTime>()
  readonly #kinds = new Map<string, KeptKind>()
  readonly #open = new Set<QueryRun>()
  #endedMs = 0
  #slowestMs = 0
  #cacheRuns = 0
  #atLine: TimeSum | undefined

  begin(run: QueryRun): void {
    const { system } = run.kind
    if (this.runs.length < maxRuns && (!caches.has(system) || this.#cacheRuns++ < maxCacheRuns)) this.runs.push(run)
    this.#time.begin(run.start)
    this.#spans.begin(run.start)
    this.#system(system)?.begin(run.start)
    this.#open.add(run)
  }

  /** Ends a query. Call it once for each query, after its `end` is set. */
  end(run: QueryRun): void {
    const { kind, start, end = start, rows, errorCode } = run
    const ms = end - start
    this.#open.delete(run)
    this.#time.end(end)
    this.#spans.end(end)
    this.#bySystem.get(kind.system)?.end(end)
    this.#endedMs += ms
    if (ms > this.#slowestMs) this.#slowestMs = ms
    if (errorCode !== undefined) this.errors++
    if (rows !== undefined) this.rows = (this.rows ?? 0) + rows
    const kept = this.#kept(kind)
    const { sum } = kept
    kept.weight++
    count(sum, ms)
    if (errorCode !== undefined) sum.errors++
    if (rows !== undefined) sum.rows = (sum.rows ?? 0) + rows
  }

  beginWait(wait: PoolWait): void {
    this.#poolTime.begin(wait.start)
    this.#poolSpans.begin(wait.start)
  }

  /** Ends a wait. Call it once for each wait, after its `end` is set. */
  endWait(wait: PoolWait): void {
    const { start, end = start } = wait
    this.#poolTime.end(end)
    this.#poolSpans.end(end)
    if (end - start >= minWaitMs && this.waits.length < maxWaits) this.waits.push(wait)
  }

  /** Takes a wait back that is still open: another wait counts the same time. */
  takeWaitBack({ start }: PoolWait): void {
    this.#poolTime.takeBack(start)
    this.#poolSpans.end(start)
  }

  /** Adds a time in ms in which it had a connection. */
  held(ms: number): void {
    this.holdMs = (this.holdMs ?? 0) + ms
  }

  /** The queries, and for how many ms at least one was open. Open queries count until `now`. */
  sum(now: number): TimeSum {
    return this.#time.sum(now)
  }

  /** The waits for connections; undefined without any. */
  poolSum(now: number): TimeSum | undefined {
    const sum = this.#poolTime.sum(now)
    return sum.calls === 0 ? undefined : sum
  }

  /** When at least one query was open. */
  openUntil(now: number): ReturnType<OpenSpans['until']> {
    return this.#spans.until(now)
  }

  /** When it waited for at least one connection. */
  waitingUntil(now: number): ReturnType<OpenSpans['until']> {
    return this.#poolSpans.until(now)
  }

  /** The sums of the first 10 systems. */
  bySystem(now: number): Record<string, TimeSum> {
    return Object.fromEntries(Array.from(this.#bySystem, ([system, time]) => [system, time.sum(now)]))
  }

  /** The sum of all durations: how long the queries kept their databases busy. Open queries count until `now`. */
  busyMs(now: number): number {
    let ms = this.#endedMs
    for (const { start } of this.#open) ms += Math.max(0, now - start)
    return ms
  }

  /** The longest duration. Open queries count until `now`. */
  slowestMs(now: number): number {
    let ms = this.#slowestMs
    for (const { start } of this.#open) ms = Math.max(ms, now - start)
    return ms
  }

  /**
   * The sums of at most 50 kinds that have ended and of the open queries, those with the most time first. Open queries count
   * until `now`. A kind that took the place of another counts from then on.
   */
  kinds(now: number): QueryKindSum[] {
    const sums = new Map<string, QueryKindSum>()
    for (const { kind, start } of this.#open) {
      const { key, known } = this.#find(kind)
      const sum = sums.get(key) ?? (known === undefined ? newSum(kind) : { ...known.sum })
      if (sums.size >= maxKinds && !sums.has(key)) continue
      sums.set(key, sum)
      count(sum, Math.max(0, now - start))
    }
    for (const [key, { sum }] of this.#kinds) if (!sums.has(key)) sums.set(key, sum)
    return [...sums.values()].sort((one, other) => other.ms - one.ms)
  }

  /** Notes that the line of the request or job is written: what comes now is late. */
  lineWritten(now: number): void {
    this.#atLine ??= this.sum(now)
  }

  /** The queries that began after the line, and the time with an open query since then. Undefined without such queries. */
  late(now: number): TimeSum | undefined {
    const [all, before] = [this.sum(now), this.#atLine]
    const calls = all.calls - (before?.calls ?? 0)
    return calls === 0 ? undefined : { calls, ms: all.ms - (before?.ms ?? 0) }
  }

  #system(system: string): OpenTime | undefined {
    const known = this.#bySystem.get(system)
    if (known !== undefined || this.#bySystem.size >= maxSystems) return known
    const time = new OpenTime()
    this.#bySystem.set(system, time)
    return time
  }

  #find(kind: QueryKind): { readonly key: string; readonly known: KeptKind | undefined } {
    // V8 computes the hash of a remembered text once. A key of several parts would be hashed for each query.
    const text = kind.text ?? kind.summary ?? ''
    const known = this.#kinds.get(text)
    if (known !== undefined && known.sum.kind.system === kind.system && known.sum.kind.namespace === kind.namespace)
      return { key: text, known }
    const key = `${kind.system}\0${kind.namespace ?? ''}\0${text}`
    const other = this.#kinds.get(key)
    return known === undefined && other === undefined ? { key: text, known } : { key, known: other }
  }

  /**
   * The sum of a kind. A new kind takes the place of the lightest one if there is no room, and starts with its weight (the
   * "space-saving" algorithm of Metwally et al.). So a kind that begins late and repeats stays, and kinds
   * that come once replace each other.
   */
  #kept(kind: QueryKind): KeptKind {
    const { key, known } = this.#find(kind)
    if (known !== undefined) return known
    let weight = 0
    if (this.#kinds.size >= maxKinds) {
      const [lightestKey, lightest] = this.#lightest()
      this.#kinds.delete(lightestKey)
      weight = lightest.weight
    }
    const kept = { sum: newSum(kind), weight }
    this.#kinds.set(key, kept)
    return kept
  }

  /** The kind with the least weight, the oldest of several. A kind with more than a 20th of all time stays. */
  #lightest(): readonly [key: string, kept: KeptKind] {
    const slow = this.#endedMs / maxSlow
    let found: readonly [string, KeptKind] | undefined
    for (const entry of this.#kinds)
      if ((found === undefined || entry[1].weight < found[1].weight) && !(entry[1].sum.ms > slow)) found = entry
    // At most 19 kinds can be slow.
    return found as readonly [string, KeptKind]
  }
}

/** A kind and the calls that count when another kind needs its place: its own, and those of the kind whose place it took. */
interface KeptKind {
  readonly sum: QueryKindSum
  weight: number
}

function newSum(kind: QueryKind): QueryKindSum {
  return { kind, calls: 0, ms: 0, slowestMs: 0, rows: undefined, errors: 0 }
}

function count(sum: QueryKindSum, ms: number): void {
  sum.calls++
  sum.ms += ms
  if (ms > sum.slowestMs) sum.slowestMs = ms
}
