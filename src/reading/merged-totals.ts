import { routesOfAccount } from '../records/totals/row-keys.js'
import type { TotalsDuration, TotalsQuery, TotalsReading, TotalsRow } from '../records/totals/totals-types.js'

const maxRows = { account: 1_000, route: 500 }
const otherName = '(other)'

/** Adds up the readings of several processes, of the same question. Rows of the same name become one. */
export function mergedTotals({ by }: TotalsQuery, readings: readonly TotalsReading[]): TotalsReading {
  const [first, ...others] = readings.filter(hasWork)
  const shown = readings[0] as TotalsReading
  if (first === undefined) return shown
  if (others.length === 0 && first === shown) return first
  const all = [first, ...others]
  const windows = sumOf(all, 'windows')
  return {
    from: Math.min(...all.map(({ from }) => from)),
    to: shown.to,
    exact: all.every(({ exact }) => exact),
    windows,
    wallMs: Math.max(...all.map(({ wallMs }) => wallMs)),
    all: sumRow(all.map((one) => one.all)),
    unattributedMs: sumOf(all, 'unattributedMs'),
    overheadMs: sumOf(all, 'overheadMs'),
    rows: heaviestRows(mergedRows(all.map(({ rows }) => rows)), by),
  }
}

// A process that did nothing has no CPU to know of.
function hasWork({ rows, all }: TotalsReading): boolean {
  return rows.length > 0 || all.requests + all.jobs > 0 || all.cpuMs !== undefined
}

/** One row for each name. */
function mergedRows(lists: readonly (readonly TotalsRow[])[]): TotalsRow[] {
  const byName = new Map<string, TotalsRow[]>()
  for (const rows of lists) {
    for (const row of rows) {
      const name = JSON.stringify([row.account, row.method, row.route])
      const known = byName.get(name)
      if (known === undefined) byName.set(name, [row])
      else known.push(row)
    }
  }
  return [...byName.values()].map((rows) => (rows.length === 1 ? (rows[0] as TotalsRow) : sumRow(rows)))
}

/** The heaviest rows, and the sum of the others. */
function heaviestRows(rows: readonly TotalsRow[], by: 'account' | 'route'): readonly TotalsRow[] {
  if (rows.length <= maxRows[by]) return rows
  const isOther = (row: TotalsRow): boolean => row[by] === otherName
  const sorted = byWeight(rows.filter((row) => !isOther(row)))
  const rest = [...rows.filter(isOther), ...sorted.slice(maxRows[by])]
  return [...sorted.slice(0, maxRows[by]), { ...sumRow(rest), [by]: otherName, method: undefined }]
}

function byWeight(rows: readonly TotalsRow[]): TotalsRow[] {
  return rows
    .map((row) => ({ row, weight: weightOf(row) }))
    .sort((one, other) => other.weight - one.weight)
    .map(({ row }) => row)
}

/** As in the totals of one process: CPU, time in which others waited, and queries. Where these are unknown, the duration decides. */
function weightOf({ cpuMs = 0, heldOthers, queryMs, duration, requests, jobs }: TotalsRow): number {
  const ended = requests + jobs
  return cpuMs + heldOthers.ms + queryMs + 0.01 * duration.mean * ended + 0.1 * ended
}

type SumName = 'requests' | 'jobs' | 'errors' | 'queries' | 'queryMs' | 'poolMs' | 'holdMs' | 'bytes'

/** The sum of some rows, with the name of the first. Only an account has routes. */
function sumRow(rows: readonly TotalsRow[]): TotalsRow {
  const [{ account, method, route }] = rows as [TotalsRow]
  const total = (name: SumName): number => rows.reduce((sum, row) => sum + row[name], 0)
  const counts = countsOf(rows)
  let routes: TotalsRow[] | undefined
  return {
    account,
    method,
    route,
    requests: total('requests'),
    jobs: total('jobs'),
    errors: total('errors'),
    cpuMs: sumOf(rows, 'cpuMs'),
    exact: rows.every(({ exact }) => exact),
    windows: sumOf(rows, 'windows'),
    heldOthers: {
      requests: rows.reduce((sum, { heldOthers }) => sum + heldOthers.requests, 0),
      ms: rows.reduce((sum, { heldOthers }) => sum + heldOthers.ms, 0),
    },
    queries: total('queries'),
    queryMs: total('queryMs'),
    poolMs: total('poolMs'),
    holdMs: total('holdMs'),
    bytes: total('bytes'),
    counts,
    duration: durationOf(rows),
    perMinute: (by) => sumByPlace(rows.map((row) => row.perMinute(by))),
    // Made when they are read: most readers show the routes of a few accounts.
    get routes() {
      if (rows.every((row) => row.routes === undefined)) return undefined
      routes ??= byWeight(mergedRows(rows.map((row) => row.routes ?? []))).slice(0, routesOfAccount)
      return routes
    },
  }
}

/** The sum of what is known; undefined if nothing is. */
function sumOf<Name extends string>(
  of: readonly { readonly [name in Name]?: number | undefined }[],
  name: Name,
): number | undefined {
  const known = of.flatMap((one) => one[name] ?? [])
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
}

function countsOf(rows: readonly TotalsRow[]): Record<string, number> | undefined {
  const sums = new Map<string, number>()
  for (const { counts = {} } of rows)
    for (const [name, value] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + value)
  return sums.size === 0 ? undefined : Object.fromEntries(sums)
}

/** The mean of all. Percentiles cannot be added up: they are those of the process that made most of the work. */
function durationOf(rows: readonly TotalsRow[]): TotalsDuration {
  const endedIn = ({ requests, jobs }: TotalsRow): number => requests + jobs
  const ended = rows.reduce((sum, row) => sum + endedIn(row), 0)
  const whole = rows.reduce((sum, row) => sum + row.duration.mean * endedIn(row), 0)
  const most = rows.find((row) => row.duration.p50 !== undefined && endedIn(row) >= ended / 2)
  return { ...most?.duration, mean: ended === 0 ? 0 : whole / ended }
}

function sumByPlace(lists: readonly (readonly number[])[]): number[] {
  const length = Math.max(...lists.map((list) => list.length))
  // The last values are of now. The rest of an account has none.
  return Array.from({ length }, (_, place) =>
    lists.reduce((sum, list) => sum + (list[place - length + list.length] ?? 0), 0),
  )
}
