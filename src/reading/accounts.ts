import { isProcess } from '../records/process-name.js'
import { type ReadAccess, seesAll } from '../records/read-access.js'
import type { TotalsQuery, TotalsReading, TotalsRow } from '../records/totals/totals-types.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import { type RankedBy, spanMs, type UsageAnswer, type UsageItem, type UsageQuery, type UsageSums } from './usage.js'
import { figureOf } from './usage-figures.js'
import { namesOf, usagePieces } from './usage-pieces.js'
import { usageSummary } from './usage-summary.js'

/** The totals of an instance, and how to show them. */
export interface UsageSource {
  read(query: TotalsQuery): TotalsReading
  /** Makes a name safe, as in records. */
  safe(name: string): string
  /** The process, as records name it: `host:pid`. */
  readonly instance: string
}

/** Only so many items have routes and figures by minute: those of 1,000 accounts take ten times as long to make and to read. */
const maxDetailed = 100
// Rows without one owner are for readers of everything.
const shared: ReadonlySet<string> = new Set(['(other)', '(anonymous)', '(no route)'])

/** True for the name of a row that sums up work of many accounts, or of no account or route. */
export function isSharedName(name: string): boolean {
  return shared.has(name)
}

/**
 * Returns which accounts or routes used the server. A reader of one account gets this account's work, without shares, and
 * without the times of others that waited for it.
 */
export function usageOf(
  source: UsageSource,
  access: ReadAccess,
  of: 'account' | 'route',
  query: UsageQuery,
): UsageAnswer {
  const { span = '1h', by = 'cpu' } = query
  const isAll = seesAll(access)
  const scope = isProcess(source.instance, query.process) ? scopeOf(access, of, query) : undefined
  const reading = scope === undefined ? nothing : source.read({ by: of, spanMs: spanMs[span], ...scope })
  const rows = isAll ? reading.rows : reading.rows.filter((row) => isOwn(row, of, access.account))
  const shown: Shown = { of, by, isAll, safe: remembered(source.safe) }
  const items = sorted(rows, shown).map((row, place) => itemOf(row, shown, place < maxDetailed))
  const { exact, windows } = reading
  const total = isAll ? totalOf(source, reading, shown, spanMs[span], scope?.account) : undefined
  const account = isAll && query.account !== undefined ? source.safe(query.account) : undefined
  const summary = usageSummary({ of, by, span, items, total, account, exact, windows })
  return { summary, pieces: usagePieces(summary, namesOf(items)), span, exact, windows, items }
}

/** The account whose work is read, if not all work is. Undefined if there is nothing to read. */
function scopeOf(
  access: ReadAccess,
  of: 'account' | 'route',
  query: UsageQuery,
): Pick<TotalsQuery, 'account'> | undefined {
  if (seesAll(access)) return of === 'route' ? { account: query.account } : {}
  const { account } = access
  if (account === undefined || isSharedName(account)) return undefined
  return query.account === undefined || query.account === account ? { account } : undefined
}

function isOwn(row: TotalsRow, of: 'account' | 'route', account: string | undefined): boolean {
  // Rows of routes were read for the account.
  return of === 'route' ? row.route !== '(other)' : row.account === account
}

const nothing: Pick<TotalsReading, 'exact' | 'windows' | 'rows' | 'all'> = {
  exact: false,
  windows: undefined,
  rows: [],
  all: {
    requests: 0,
    jobs: 0,
    errors: 0,
    exact: false,
    heldOthers: { requests: 0, ms: 0 },
    queries: 0,
    queryMs: 0,
    poolMs: 0,
    holdMs: 0,
    bytes: 0,
    duration: { mean: 0 },
    perMinute: () => [],
  },
}

interface Shown {
  readonly of: 'account' | 'route'
  readonly by: RankedBy
  /** True for a reader of everything. */
  readonly isAll: boolean
  safe(name: string): string
}

/** The largest figure first, `(other)` last. Names make the order of equal figures the same in each answer. */
function sorted(rows: readonly TotalsRow[], { of, by }: Shown): TotalsRow[] {
  const { value } = figureOf(by, of)
  const nameOf = (row: TotalsRow): string =>
    of === 'account' ? (row.account ?? '') : `${row.route} ${row.method ?? ''}`
  const isRest = (row: TotalsRow): number => (row[of] === '(other)' ? 1 : 0)
  return [...rows].sort(
    (one, two) => isRest(one) - isRest(two) || value(two) - value(one) || (nameOf(one) < nameOf(two) ? -1 : 1),
  )
}

/** The whole of which shares are told: all work, or all work for the account of the question. */
function totalOf(
  source: UsageSource,
  { all, rows }: Pick<TotalsReading, 'all' | 'rows'>,
  { of, by }: Shown,
  spanMs: number,
  account: string | undefined,
): number {
  const { value } = figureOf(by, of)
  if (account === undefined) return value(all)
  const [whole] = source.read({ by: 'account', spanMs, account }).rows
  return whole === undefined ? rows.reduce((sum, row) => sum + value(row), 0) : value(whole)
}

function itemOf(row: TotalsRow, shown: Shown, isDetailed: boolean): UsageItem {
  const name = shown.of === 'account' ? { account: row.account } : routeOf(row, shown)
  // The times of each minute would tell the times that others waited.
  const isTold = isDetailed && (shown.isAll || shown.by !== 'heldUp')
  return {
    ...name,
    ...sumsOf(row, shown),
    perMinute: isTold ? row.perMinute(figureOf(shown.by, shown.of).name).map(roundedMs) : undefined,
    routes: isDetailed
      ? row.routes?.map((route) => ({ ...routeOf(route, shown), ...sumsOf(route, shown) }))
      : undefined,
  }
}

function routeOf({ method, route }: TotalsRow, { safe }: Shown): Pick<UsageItem, 'method' | 'route'> {
  return { method, route: route === undefined ? undefined : safe(route) }
}

function sumsOf(row: TotalsRow, { isAll }: Shown): UsageSums {
  const { requests, jobs, errors, cpuMs, exact, windows, heldOthers, queries, bytes, counts, duration } = row
  return {
    requests,
    jobs,
    errors,
    cpuMs: cpuMs === undefined ? undefined : roundedMs(cpuMs),
    exact,
    windows,
    heldOthers: isAll ? { requests: Math.round(heldOthers.requests), ms: roundedMs(heldOthers.ms) } : undefined,
    queries,
    queryMs: roundedMs(row.queryMs),
    poolMs: roundedMs(row.poolMs),
    holdMs: roundedMs(row.holdMs),
    bytes,
    counts,
    duration: {
      mean: roundedMs(duration.mean),
      p50: rounded(duration.p50),
      p95: rounded(duration.p95),
      p99: rounded(duration.p99),
    },
  }
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : roundedMs(ms)
}

/** The same function, called once for each name: the same routes are in many rows. */
function remembered(safe: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const found = known.get(name) ?? safe(name)
    known.set(name, found)
    return found
  }
}
