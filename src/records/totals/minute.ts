import { roundedMs } from '../../safe-values/rounded-ms.js'
import { type AccountNames, other } from './account-names.js'
import type { ClosedTable } from './closed-table.js'
import type { CountNames } from './count-names.js'
import type { RouteNames } from './route-names.js'
import { figuresAt, type RowFigures } from './row.js'
import { accountOf, byWeight, heaviest, heaviestPairs, routeOf } from './row-keys.js'
import { type Bucket, threadPlace } from './series.js'
import { Table, unbounded } from './table.js'

/** The rows of each kind in a line. */
const shownRows = 50

/** One row in a line of totals: an account or a route. */
export type MinuteItem = RowFigures & {
  readonly account?: string
  readonly method?: string | undefined
  readonly route?: string
  readonly routes?: readonly object[]
}

/** The thread in one minute, in ms. */
export interface MinuteThread {
  readonly cpuMs: number
  readonly unattributedMs: number
  readonly overheadMs: number
  readonly windows: number
}

/** The totals of one minute: the 50 heaviest accounts and routes, and the sum of the others. Times are those of the clock. */
export interface Minute {
  readonly from: number
  readonly to: number
  readonly thread: MinuteThread | undefined
  readonly accounts: readonly MinuteItem[]
  readonly routes: readonly MinuteItem[]
}

/** The names of keys. */
export interface MinuteParts {
  readonly accounts: AccountNames
  readonly routes: RouteNames
  readonly counts: CountNames
  readonly isExact: boolean
}

/** Makes the minute of a bucket; undefined if nothing was counted in it. */
export function minuteOf(
  { start, end, tables, thread }: Pick<Bucket, 'start' | 'end' | 'tables' | 'thread'>,
  pairs: ClosedTable | undefined,
  parts: MinuteParts,
): Minute | undefined {
  const [accounts, routes, ofAccounts] = [tables[0], tables[1], pairs].map((closed) => {
    const table = new Table(unbounded)
    closed?.addTo(table)
    return table
  }) as [Table, Table, Table]
  if (accounts.size === 0) return undefined
  const windows = thread[threadPlace.windows] as number
  const cpu = { isKnown: parts.isExact || windows > 0, isExact: parts.isExact }
  const itemsOf = (table: Table, named: (key: number) => object): MinuteItem[] =>
    shown(table).map((key) => ({
      ...named(key),
      ...rounded(figuresAt(table, table.at(key), cpu, parts.counts)),
    }))
  const shownAccounts = shown(accounts)
  const isShown = new Set(shownAccounts)
  const routesBy = new Map<number, object[]>()
  for (const pair of heaviestPairs(ofAccounts)) {
    if (!isShown.has(accountOf(pair))) continue
    const list = routesBy.get(accountOf(pair)) ?? []
    routesBy.set(accountOf(pair), list)
    const figures = rounded(figuresAt(ofAccounts, ofAccounts.at(pair), cpu, parts.counts))
    list.push({ ...parts.routes.nameOf(routeOf(pair)), ...withoutZeros(figures) })
  }
  return {
    from: start,
    to: end,
    thread: cpu.isKnown ? threadOf(thread) : undefined,
    accounts: shownAccounts.map((key) => ({
      account: parts.accounts.nameOf(key),
      ...rounded(figuresAt(accounts, accounts.at(key), cpu, parts.counts)),
      ...(key !== other && routesBy.has(key) ? { routes: routesBy.get(key) as object[] } : {}),
    })),
    routes: itemsOf(routes, (key) => parts.routes.nameOf(key)),
  }
}

/** The keys of the rows that a line shows. The sum of the others is added to the row of the rest. */
function shown(table: Table): number[] {
  const kept = byWeight(
    table,
    heaviest(table, shownRows).filter((key) => key !== other),
  )
  const isShown = new Set(kept)
  for (const key of [...table.keys]) {
    if (key !== other && !isShown.has(key)) table.addRow(other, table, table.at(key))
  }
  return table.known(other) === undefined ? kept : [...kept, other]
}

function threadOf(thread: Float64Array): MinuteThread {
  const get = (at: number): number => roundedMs(thread[at] as number)
  return {
    cpuMs: get(threadPlace.cpuMs),
    unattributedMs: get(threadPlace.unattributedMs),
    overheadMs: get(threadPlace.overheadMs),
    windows: get(threadPlace.windows),
  }
}

function rounded(figures: RowFigures): RowFigures {
  const { cpuMs, heldOthers, queryMs, poolMs, holdMs, duration } = figures
  return {
    ...figures,
    ...(cpuMs === undefined ? {} : { cpuMs: roundedMs(cpuMs) }),
    heldOthers: { requests: heldOthers.requests, ms: roundedMs(heldOthers.ms) },
    queryMs: roundedMs(queryMs),
    poolMs: roundedMs(poolMs),
    holdMs: roundedMs(holdMs),
    duration: { mean: roundedMs(duration.mean) },
  }
}

// An account has up to five routes: their zeros would take more room than everything else.
function withoutZeros({ heldOthers, ...figures }: RowFigures): object {
  return {
    ...Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== 0 && value !== undefined)),
    ...(heldOthers.requests === 0 && heldOthers.ms === 0 ? {} : { heldOthers }),
  }
}
