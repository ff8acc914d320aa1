import { type AccountNames, other } from './account-names.js'
import { ClosedTable } from './closed-table.js'
import type { CountNames } from './count-names.js'
import { type FigureName, figureNames, place } from './figures.js'
import type { MinuteThread } from './minute.js'
import type { RouteNames } from './route-names.js'
import { pairOf } from './row-keys.js'
import { type Series, startOf, threadPlace, threadWidth } from './series.js'
import type { StretchKind } from './stretches.js'
import type { Table } from './table.js'
import type { TotalsClock } from './totals-clock.js'

/** A minute that was read from a line. Times are ms since the epoch. */
export interface RestoredMinute {
  readonly from: number
  readonly to: number
  readonly thread?: MinuteThread | undefined
  readonly accounts: readonly RestoredRow[]
  readonly routes: readonly RestoredRow[]
  /** True if all CPU in it was measured. */
  readonly isExact?: boolean | undefined
}

/** A row that was read from a line: its figures, by name. */
export interface RestoredRow {
  /** Undefined for `(other)`. */
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly figures: Readonly<Partial<Record<FigureName, number>>>
  readonly counts?: Readonly<Record<string, number>> | undefined
  /** The five heaviest routes of an account. */
  readonly routes?: readonly RestoredRow[] | undefined
}

/** Where restored minutes go. */
export interface RestoreInto {
  readonly accounts: AccountNames
  readonly routes: RouteNames
  readonly counts: CountNames
  readonly main: Series
  readonly pairs: Series
  /** Makes the tables of a bucket of `main`, and the table of a bucket of `pairs`. */
  readonly newTables: () => readonly [accounts: Table, routes: Table]
  readonly newPairs: () => Table
}

/** A minute with its times by the clock of the totals. */
export type PlacedMinute = RestoredMinute & { readonly start: number; readonly end: number }

// The levels of a series.
const [tenMinutes, hour, day] = [0, 1, 2]
const tenMinutesMs = 10 * 60_000
const hourMs = 60 * 60_000
const quarterMs = 15 * 60_000
const dayMs = 24 * hourMs
const maxMinuteMs = 120_000
/** The clocks of two instances of one process differ by less than this. */
const toleranceMs = 5

/**
 * Places minutes of an earlier process on the clock of the totals.
 *
 * @param before when the totals began
 */
export function placedMinutes(
  minutes: readonly RestoredMinute[],
  { clock, now, before }: { readonly clock: TotalsClock; readonly now: number; readonly before: number },
): PlacedMinute[] {
  return minutes.flatMap((minute) => {
    const [start, end] = [clock.fromWall(minute.from), clock.fromWall(minute.to)]
    // The system's clock was set back since, or the line is damaged.
    const isPlaced = start < end && end <= before + toleranceMs && end > now - dayMs && end - start <= maxMinuteMs
    return isPlaced ? [{ ...minute, start, end }] : []
  })
}

/** Adds a stretch of another process: a minute for the levels of up to an hour, a quarter of an hour for that of the day. */
export function restoreStretch(kind: StretchKind, stretch: PlacedMinute, now: number, into: RestoreInto): void {
  const { main, pairs } = into
  if (kind === 'quarter') for (const series of [main, pairs]) addBucket(series, day, [stretch], now, into, true)
  else {
    if (stretch.end > now - tenMinutesMs) addBucket(main, tenMinutes, [stretch], now, into, true)
    if (stretch.end > now - hourMs)
      for (const series of [main, pairs]) addBucket(series, hour, [stretch], now, into, true)
  }
}

/** Adds minutes of an earlier process. */
export function restoreMinutes(minutes: readonly PlacedMinute[], now: number, into: RestoreInto): void {
  const quarters = new Map<number, PlacedMinute[]>()
  for (const minute of minutes) {
    if (minute.end > now - tenMinutesMs) addBucket(into.main, tenMinutes, [minute], now, into)
    if (minute.end > now - hourMs) {
      addBucket(into.main, hour, [minute], now, into)
      addBucket(into.pairs, hour, [minute], now, into)
    }
    const quarter = startOf(minute.start, quarterMs)
    const list = quarters.get(quarter)
    if (list === undefined) quarters.set(quarter, [minute])
    else list.push(minute)
  }
  for (const list of quarters.values()) {
    addBucket(into.main, day, list, now, into)
    addBucket(into.pairs, day, list, now, into)
  }
}

/** Makes one bucket of some minutes. @param isMerged true to add it to one of the same start */
function addBucket(
  series: Series,
  level: number,
  minutes: readonly PlacedMinute[],
  now: number,
  into: RestoreInto,
  isMerged = false,
): void {
  const [accounts, routes] = into.newTables()
  const pairs = into.newPairs()
  const thread = new Float64Array(threadWidth)
  for (const minute of minutes) {
    for (const row of minute.accounts) {
      const account = accountIdOf(row, into)
      if (series === into.main) addRow(accounts, account, row, into)
      else for (const route of row.routes ?? []) addRow(pairs, pairOf(account, routeIdOf(route, into)), route, into)
    }
    if (series !== into.main) continue
    for (const row of minute.routes) addRow(routes, routeIdOf(row, into), row, into)
    for (const [name, value] of Object.entries(minute.thread ?? {})) {
      const at = threadPlace[name as keyof typeof threadPlace]
      thread[at] = (thread[at] as number) + value
    }
  }
  const tables = series === into.main ? [accounts, routes] : [pairs]
  for (const table of tables) table.trim()
  const closed = tables.map((table) => new ClosedTable(table, level === day))
  const start = Math.min(...minutes.map((minute) => minute.start))
  const end = Math.max(...minutes.map((minute) => minute.end))
  const bucket = { start, end, tables: closed, thread }
  if (isMerged) series.merge(level, bucket, now, () => (series === into.main ? into.newTables() : [into.newPairs()]))
  else series.restore(level, bucket, now)
}

function accountIdOf({ account }: RestoredRow, { accounts }: RestoreInto): number {
  if (account === undefined || account === '(other)') return other
  return accounts.idOf(account === '(anonymous)' ? undefined : account)
}

function routeIdOf({ method, route }: RestoredRow, { routes }: RestoreInto): number {
  if (route === undefined || (route === '(other)' && method === undefined)) return other
  return routes.idOf(method, route === '(no route)' && method === undefined ? undefined : route)
}

function addRow(table: Table, key: number, { figures, counts }: RestoredRow, into: RestoreInto): void {
  const at = table.at(key)
  for (const name of figureNames) {
    const value = figures[name]
    if (value !== undefined) table.data[at + place[name]] = table.get(at, name) + value
  }
  for (const [name, by] of Object.entries(counts ?? {})) {
    const id = into.counts.idOf(name)
    if (id !== undefined) table.count(at, id, by)
  }
}
