import type { FigureName } from '../records/totals/figures.js'
import type { RestoredMinute, RestoredRow } from '../records/totals/restored-minute.js'
import { own } from '../safe-values/own-member.js'
import { hasFailed, type RequestRow } from './request-row.js'

const minuteMs = 60_000
const maxPids = 1_000

export type Sums = Partial<Record<FigureName, number>>

/** The sum of the request lines of one account or route in one minute. */
interface Sum {
  readonly account?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly figures: Sums
  counts: Record<string, number> | undefined
  readonly routes: Map<string, Sum>
}

/** The request lines of one process in one minute. */
interface Minute {
  readonly accounts: Map<string, Sum>
  readonly routes: Map<string, Sum>
  lines: number
  measured: number
}

/** Request lines of one process, minute, account and route that were added up elsewhere. */
export interface AddedRows {
  readonly pid: number
  /** When the minute began, ms since the epoch. */
  readonly minute: number
  readonly account: string | undefined
  readonly method: string | undefined
  /** As totals name it: of a job `job receipt`. */
  readonly route: string
  readonly lines: number
  /** How many of the lines have CPU. */
  readonly measured: number
  readonly figures: Sums
  readonly counts: Readonly<Record<string, number>>
}

/** Request lines, added up by process and minute. */
export class MinutesOfRows {
  readonly #byPid = new Map<number, Map<number, Minute>>()

  add(row: RequestRow): void {
    const time = Date.parse(String(own(row, 'time')))
    if (!Number.isNaN(time)) this.addSum(addedRow(row, time - (time % minuteMs)))
  }

  addSum(added: AddedRows): void {
    const { pid, minute: start } = added
    const minutes = this.#byPid.get(pid) ?? new Map<number, Minute>()
    if (!this.#byPid.has(pid) && this.#byPid.size >= maxPids) return
    this.#byPid.set(pid, minutes)
    const minute = minutes.get(start) ?? { accounts: new Map(), routes: new Map(), lines: 0, measured: 0 }
    minutes.set(start, minute)
    addTo(minute, added)
  }

  /**
   * The minutes of some processes.
   *
   * @param isWanted false for a minute of which a line of totals tells, and for other processes
   */
  minutes(isWanted: (pid: number, from: number, to: number) => boolean): RowsMinute[] {
    return [...this.#byPid].flatMap(([pid, minutes]) =>
      [...minutes].flatMap(([from, minute]) =>
        isWanted(pid, from, from + minuteMs) ? [restored(minute, from, from + minuteMs)] : [],
      ),
    )
  }
}

/** A minute that was added up from request lines. */
export interface RowsMinute extends RestoredMinute {
  /** True if all its requests were measured: it then has their CPU. */
  readonly isMeasured: boolean
}

function addTo(minute: Minute, added: AddedRows): void {
  const { account, method, route, lines, measured } = added
  minute.lines += lines
  minute.measured += measured
  const of = sumOf(minute.accounts, account ?? '', { account: account ?? '(anonymous)' })
  const name = { method, route }
  const key = `${method ?? ''} ${route}`
  for (const sum of [of, sumOf(of.routes, key, name), sumOf(minute.routes, key, name)]) addSums(sum, added)
}

function addSums(sum: Sum, { figures, counts }: AddedRows): void {
  for (const [name, by] of Object.entries(figures) as [FigureName, number][])
    if (by !== 0) sum.figures[name] = (sum.figures[name] ?? 0) + by
  for (const name of Object.keys(counts)) {
    sum.counts ??= Object.create(null) as Record<string, number>
    sum.counts[name] = (sum.counts[name] ?? 0) + (counts[name] as number)
  }
}

function sumOf(sums: Map<string, Sum>, key: string, name: Pick<Sum, 'account' | 'method' | 'route'>): Sum {
  const known = sums.get(key)
  if (known !== undefined) return known
  const sum: Sum = { ...name, figures: {}, counts: undefined, routes: new Map() }
  sums.set(key, sum)
  return sum
}

/** As totals name it: of a job `job receipt`. */
function routeName(row: RequestRow): { readonly method: string | undefined; readonly route: string } {
  if (own(row, 'kind') === 'job') {
    const name = text(row, 'name')
    return { method: undefined, route: name === undefined ? 'job' : `job ${name}` }
  }
  const route = text(row, 'route')
  return route === undefined ? { method: undefined, route: '(no route)' } : { method: text(row, 'method'), route }
}

function addedRow(row: RequestRow, minute: number): AddedRows {
  const figures: Sums = {}
  const [cpu, queries, io] = [objectIn(row, 'cpu'), objectIn(row, 'queries'), objectIn(row, 'io')]
  const client = io && objectIn(io, 'client')
  figures[own(row, 'kind') === 'job' ? 'jobs' : 'requests'] = 1
  if (hasFailed(row)) figures.errors = 1
  figures.durationMs = number(row, 'durationMs')
  if (cpu !== undefined) figures.cpuMs = number(cpu, 'ms')
  if (client !== undefined) figures.bytes = number(client, 'readBytes') + number(client, 'writtenBytes')
  if (queries !== undefined) {
    figures.queries = number(queries, 'calls')
    figures.queryMs = number(queries, 'ms')
    figures.poolMs = number(queries, 'poolMs')
    figures.holdMs = number(queries, 'holdMs')
  }
  const { method, route } = routeName(row)
  const account = text(row, 'account')
  const measured = cpu === undefined && own(row, 'cpu') === undefined ? 0 : 1
  return { pid: number(row, 'pid'), minute, account, method, route, lines: 1, measured, figures, counts: countsOf(row) }
}

function countsOf(row: RequestRow): Record<string, number> {
  const counts = objectIn(row, 'counts') ?? {}
  const sums = Object.create(null) as Record<string, number>
  for (const name of Object.keys(counts)) sums[name] = number(counts, name)
  return sums
}

function restored({ accounts, routes, lines, measured }: Minute, from: number, to: number): RowsMinute {
  const isMeasured = measured === lines
  const rows = (sums: Map<string, Sum>): RestoredRow[] => [...sums.values()].map((sum) => restoredRow(sum, isMeasured))
  const ofAccounts = rows(accounts)
  const cpuMs = ofAccounts.reduce((sum, { figures }) => sum + (figures.cpuMs ?? 0), 0)
  return {
    isMeasured,
    from,
    to,
    accounts: ofAccounts,
    routes: rows(routes),
    thread: isMeasured ? { cpuMs, unattributedMs: 0, overheadMs: 0, windows: 0 } : undefined,
  }
}

/** CPU of some requests only would look like that of all. */
function restoredRow({ account, method, route, figures, counts, routes }: Sum, isMeasured: boolean): RestoredRow {
  const { cpuMs, ...others } = figures
  return {
    account,
    method,
    route,
    figures: isMeasured && cpuMs !== undefined ? { ...others, cpuMs } : others,
    counts,
    routes: routes.size === 0 ? undefined : [...routes.values()].map((one) => restoredRow(one, isMeasured)),
  }
}

function objectIn(of: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> | undefined {
  const value = own(of, name)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}

function number(of: Readonly<Record<string, unknown>>, name: string): number {
  const value = own(of, name)
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}

function text(of: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = own(of, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
