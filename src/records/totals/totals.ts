import type { WorkContext } from '../../context/request-context.js'
import { AccountNames } from './account-names.js'
import { CountNames } from './count-names.js'
import { Durations, mostSketched } from './durations.js'
import { place } from './figures.js'
import { HeldOthers } from './held-others.js'
import { levels, minuteMs, pairLevels } from './levels.js'
import { type Minute, minuteOf } from './minute.js'
import { openBucket } from './open-bucket.js'
import { readTotals } from './read-totals.js'
import {
  placedMinutes,
  type RestoredMinute,
  type RestoreInto,
  restoreMinutes,
  restoreStretch,
} from './restored-minute.js'
import { RouteNames } from './route-names.js'
import { accountKeys, heaviest, pairKeys, pairOf, routeKeys } from './row-keys.js'
import { Series, threadPlace } from './series.js'
import { type Stretch, Stretches, type StretchKind } from './stretches.js'
import { Table } from './table.js'
import { type Clocks, TotalsClock } from './totals-clock.js'
import type { ThreadCpu, TotalsEntry, TotalsHeld, TotalsQuery, TotalsReading, TotalsWindow } from './totals-types.js'

/** Minutes that wait for their line. */
const maxMinutes = 10

/** How an instance makes its totals. */
export interface TotalsOptions {
  /** The CPU of the thread so far, if all work is measured (mode `all`). Without it, CPU is estimated from windows. */
  readonly books?: (() => ThreadCpu | undefined) | undefined
  readonly clocks?: Clocks | undefined
  /** How long ago the instance began, in ms. Default 0. */
  readonly ageMs?: number
  /** True if other processes are told of the totals. */
  readonly isShared?: boolean
}

/**
 * The totals of one instance: what its accounts and routes used in the last day. Bounded: with more than 1,000 accounts or 500
 * routes, the lightest are summed up as `(other)`.
 */
export class Totals {
  readonly #accounts = new AccountNames()
  readonly #routes = new RouteNames()
  readonly #counts = new CountNames()
  readonly #clock: TotalsClock
  readonly #since: number
  readonly #books: TotalsOptions['books']
  readonly #into: RestoreInto
  readonly #main: Series
  readonly #pairs: Series
  readonly #accountDurations: Durations
  readonly #routeDurations: Durations
  readonly #held = new HeldOthers()
  readonly #minutes: Minute[] = []
  readonly #stretches: Stretches | undefined
  #end: number
  #lastBooks: ThreadCpu | undefined
  #earliest: number
  /** Called when the first request or job of a minute ends. */
  onMinute: (() => void) | undefined
  #isCounting = false

  constructor({ books, clocks, ageMs = 0, isShared = false }: TotalsOptions = {}) {
    this.#clock = new TotalsClock(clocks)
    this.#stretches = isShared ? new Stretches() : undefined
    this.#books = books
    const now = this.#clock.now()
    this.#since = this.#earliest = now - ageMs
    const [accounts, routes] = [accountKeys(this.#accounts), routeKeys(this.#routes)]
    const pairs = pairKeys(this.#accounts, this.#routes)
    const newTables = () => [new Table(accounts), new Table(routes)] as const
    const newPairs = () => new Table(pairs)
    this.#main = new Series(levels, now, newTables, ({ tables: [ofAccounts, ofRoutes] }) => {
      for (const id of ofAccounts?.keys ?? []) accounts.release(id)
      for (const id of ofRoutes?.keys ?? []) routes.release(id)
    })
    this.#pairs = new Series(
      pairLevels,
      now,
      () => [newPairs()],
      ({ tables: [table] }) => {
        for (const pair of table?.keys ?? []) pairs.release(pair)
      },
    )
    const names = { accounts: this.#accounts, routes: this.#routes, counts: this.#counts }
    this.#into = { ...names, main: this.#main, pairs: this.#pairs, newTables, newPairs }
    this.#accountDurations = new Durations(this.#accounts, now)
    this.#routeDurations = new Durations(this.#routes, now)
    this.#end = this.#main.end
    this.#lastBooks = books?.()
  }

  /** True if all CPU is measured. */
  get isExact(): boolean {
    return this.#books !== undefined
  }

  /** Counts a finished request or job. */
  add(entry: TotalsEntry): void {
    this.#advance()
    const { kind, durationMs } = entry
    const account = this.#accounts.idOf(entry.account)
    const route =
      kind === 'job' ? this.#routes.idOfNamed('job', entry.name) : this.#routes.idOf(entry.method, entry.route)
    const [accounts, routes] = this.#main.tables() as [Table, Table]
    const [pairs] = this.#pairs.tables() as [Table]
    this.#count(accounts, account, entry)
    this.#count(routes, route, entry)
    this.#count(pairs, pairOf(account, route), entry)
    this.#accountDurations.add(account, durationMs)
    this.#routeDurations.add(route, durationMs)
    if (this.#isCounting) return
    this.#isCounting = true
    this.onMinute?.()
  }

  /** Adds a window, in which all work was measured. */
  addWindow({ ms, forMs, threadCpuMs, unattributedMs, overheadMs, shares, held }: TotalsWindow): void {
    if (!(ms > 0) || !(forMs > 0)) return
    this.#advance()
    const scale = forMs / ms
    const { thread } = this.#main
    addTo(thread, threadPlace.cpuMs, threadCpuMs * scale)
    addTo(thread, threadPlace.unattributedMs, unattributedMs * scale)
    addTo(thread, threadPlace.overheadMs, overheadMs * scale)
    addTo(thread, threadPlace.windows, 1)
    // A row counts a window once, however many of its requests ran.
    const seen = new Set<string>()
    for (const { context, cpuMs } of shares) {
      this.#each(context, (table, key, name) => {
        const at = table.at(key)
        addTo(table.data, at + place.cpuMs, cpuMs * scale)
        const row = `${name} ${key}`
        if (!seen.has(row)) addTo(table.data, at + place.windows, 1)
        seen.add(row)
      })
    }
    for (const one of held) this.#addHeld(one, scale)
  }

  /** Adds CPU that work used after its end, where all work is measured. */
  addLate(context: WorkContext, cpuMs: number): void {
    this.#advance()
    this.#each(context, (table, key) => addTo(table.data, table.at(key) + place.cpuMs, cpuMs))
  }

  /** Adds a time in which work held other work up, where all work is measured. */
  addHeld(held: TotalsHeld): void {
    this.#advance()
    this.#addHeld(held, 1)
  }

  /** The totals of a span of time that ends now. */
  read(query: TotalsQuery): TotalsReading {
    this.#advance()
    this.#readBooks()
    const now = this.#clock.now()
    return readTotals(query, {
      now,
      since: this.#earliest,
      isExact: this.isExact,
      accounts: this.#accounts,
      routes: this.#routes,
      counts: this.#counts,
      main: (spanMs) => this.#main.buckets(spanMs, now),
      pairs: (spanMs) => this.#pairs.buckets(spanMs, now),
      durations: (by, spanMs) => (by === 'account' ? this.#accountDurations : this.#routeDurations).within(spanMs, now),
      toWall: (time) => this.#clock.toWall(time),
    })
  }

  /** True if the open minute has a request or job. */
  get isCounting(): boolean {
    return this.#isCounting
  }

  /** The minutes that are over and have no line yet. @param isLast true closes the open minute, too */
  takeMinutes(isLast = false): Minute[] {
    this.#advance()
    const taken = this.#minutes.splice(0)
    if (isLast) taken.push(...this.#open(1))
    return taken.map((minute) => this.#withWallTimes(minute))
  }

  /**
   * What other processes are told: stretches that are over since the last call, and those that are open.
   *
   * @param isLast true if nothing is counted any more
   */
  takeStretches(isLast = false): Stretch[] {
    this.#advance()
    const open = (kind: StretchKind) => this.#open(kind === 'minute' ? 1 : 2)[0]
    const taken = this.#stretches?.take(open, this.#clock.now(), isLast) ?? []
    return taken.map((one) => ({ ...one, minute: this.#withWallTimes(one.minute) }))
  }

  /** How long ago a time of these totals' clock was, in ms. */
  agoMs(time: number): number {
    return this.#clock.now() - time
  }

  /** The time until the open minute is over, in ms. */
  get minuteLeftMs(): number {
    const now = this.#clock.now()
    return minuteMs - (now % minuteMs)
  }

  /** Adds minutes of an earlier process, in any order. */
  restore(minutes: readonly RestoredMinute[]): void {
    this.#advance()
    const now = this.#clock.now()
    const placed = placedMinutes(minutes, { clock: this.#clock, now, before: this.#since })
    this.#earliest = Math.min(this.#earliest, ...placed.map(({ start }) => start))
    restoreMinutes(placed, now, this.#into)
  }

  /**
   * Adds a stretch of another process. Readings of up to an hour sum up the minutes, longer ones the quarters of an hour.
   */
  addStretch(kind: StretchKind, minute: RestoredMinute): void {
    this.#advance()
    const [start, end] = [this.#clock.fromWall(minute.from), this.#clock.fromWall(minute.to)]
    this.#earliest = Math.min(this.#earliest, start)
    restoreStretch(kind, { ...minute, start, end }, this.#clock.now(), this.#into)
  }

  #count(table: Table, key: number, { kind, failed, durationMs, bytes, queries, counts, cpuMs }: TotalsEntry): void {
    const at = table.at(key)
    const { data } = table
    addTo(data, at + (kind === 'job' ? place.jobs : place.requests), 1)
    addTo(data, at + place.durationMs, durationMs)
    if (bytes !== 0) addTo(data, at + place.bytes, bytes)
    if (failed) addTo(data, at + place.errors, 1)
    if (cpuMs !== undefined) addTo(data, at + place.cpuMs, cpuMs)
    if (queries !== undefined) {
      addTo(data, at + place.queries, queries.calls)
      addTo(data, at + place.queryMs, queries.ms)
      addTo(data, at + place.poolMs, queries.poolMs ?? 0)
      addTo(data, at + place.holdMs, queries.holdMs ?? 0)
    }
    if (counts === undefined) return
    for (const [name, by] of Object.entries(counts)) {
      const id = this.#counts.idOf(name)
      if (id !== undefined) table.count(at, id, by)
    }
  }

  #addHeld({ victim, by, ms }: TotalsHeld, scale: number): void {
    if (by === undefined || by === victim || ms <= 0) return
    const isOther = by.account === undefined || victim.account !== by.account
    // Without an account both belong to the same row.
    const isOtherAccount = isOther && !(by.account === undefined && victim.account === undefined)
    const isFirst = this.#held.isFirst(victim, by)
    this.#each(by, (table, key, name) => {
      if (name !== 'route' && !isOtherAccount) return
      const at = table.at(key)
      addTo(table.data, at + place.heldMs, ms * scale)
      if (isFirst) addTo(table.data, at + place.heldRequests, scale)
    })
  }

  /** Calls `act` for each row of a context. */
  #each(context: WorkContext, act: (table: Table, key: number, name: 'account' | 'route' | 'pair') => void): void {
    const [accounts, routes] = this.#main.tables() as [Table, Table]
    const [pairs] = this.#pairs.tables() as [Table]
    const account = this.#accounts.idOf(context.account)
    act(accounts, account, 'account')
    const route = this.#routeOf(context)
    act(routes, route, 'route')
    act(pairs, pairOf(account, route), 'pair')
  }

  #routeOf({ kind, name, within, work }: WorkContext): number {
    const owner = kind === 'run' ? within : undefined
    if (kind === 'job' || owner?.kind === 'job') return this.#routes.idOfNamed('job', owner?.name ?? name)
    if (kind === 'run' && owner === undefined) return this.#routes.idOfNamed('run', name)
    return this.#routes.idOf(work.method, routeNow(work))
  }

  get #parts() {
    return { accounts: this.#accounts, routes: this.#routes, counts: this.#counts, isExact: this.isExact }
  }

  /** The open minute (level 1) or quarter of an hour (level 2); nothing if nothing was counted in it. */
  #open(level: 1 | 2): Minute[] {
    this.#readBooks()
    const open = openBucket(this.#main, this.#pairs, level, this.#clock.now())
    const minute = minuteOf(open, open.pairs, this.#parts)
    return minute === undefined ? [] : [minute]
  }

  #withWallTimes(minute: Minute): Minute {
    return { ...minute, from: this.#clock.toWall(minute.from), to: this.#clock.toWall(minute.to) }
  }

  #advance(): void {
    const now = this.#clock.now()
    if (now >= this.#end) this.#turn(now)
  }

  /** Closes the buckets that are over. */
  #turn(now: number): void {
    this.#readBooks()
    const [ofAccounts, ofRoutes] = this.#main.tables(2) as [Table, Table]
    this.#accountDurations.advance(now, () => heaviest(ofAccounts, mostSketched))
    this.#routeDurations.advance(now, () => heaviest(ofRoutes, mostSketched))
    const [, minute, quarter] = this.#main.advance(now)
    const [pairs, , pairsOfQuarter] = this.#pairs.advance(now)
    this.#end = this.#main.end
    if (quarter !== undefined && this.#stretches !== undefined)
      this.#stretches.add('quarter', minuteOf(quarter, pairsOfQuarter?.tables[0], this.#parts))
    if (minute === undefined) return
    this.#isCounting = false
    const made = minuteOf(minute, pairs?.tables[0], this.#parts)
    if (made !== undefined && this.#minutes.length < maxMinutes) this.#minutes.push(made)
    this.#stretches?.add('minute', made)
  }

  /** Adds the CPU of the thread since the last reading to the open bucket. */
  #readBooks(): void {
    const books = this.#books?.()
    const before = this.#lastBooks
    if (books === undefined) return
    this.#lastBooks = books
    const { thread } = this.#main
    const [threadCpuMs = 0, cpuBefore = 0] = [books.threadCpuMs, before?.threadCpuMs]
    addTo(thread, threadPlace.cpuMs, Math.max(0, threadCpuMs - cpuBefore))
    addTo(thread, threadPlace.unattributedMs, Math.max(0, books.unattributed - (before?.unattributed ?? 0)))
    addTo(thread, threadPlace.overheadMs, Math.max(0, books.watching - (before?.watching ?? 0)))
  }
}

function routeNow({ routeSource, route }: WorkContext['work']): string | undefined {
  try {
    return routeSource?.route?.() ?? route
  } catch {
    return undefined
  }
}

function addTo(data: Float64Array, at: number, by: number): void {
  data[at] = (data[at] as number) + by
}
