import { seesAll } from '../../records/read-access.js'
import type { TopAsked, TotalsAsked } from '../line-source.js'
import { type AddedRows, MinutesOfRows } from '../minutes-of-rows.js'
import { type LineTotals, ToldTotals } from '../rows-totals.js'
import { type TopRow, TopRows } from '../top-rows.js'
import { ConditionList, readable } from './conditions.js'
import type { Tables } from './reading-client.js'
import { tableRows, tableTotalsLines } from './table-rows.js'

const minuteMs = 60_000
/** The newest sums, at most: so many minutes, accounts and routes. */
const maxSums = 200_000

/** A row of `spoor_totals`. */
interface SumsRow {
  readonly at: number | string
  readonly pid: number
  readonly service: string
  readonly version: string
  readonly last: string
  readonly kind: string
  readonly hasAccount: boolean
  readonly account: string
  readonly method: string
  readonly route: string
  readonly counts: Readonly<Record<string, number>>
  readonly figures: readonly (number | string)[]
}

const figureColumns = [
  'requests',
  'errors',
  'measured',
  'durationMs',
  'cpuMs',
  'queries',
  'queryMs',
  'poolMs',
  'holdMs',
  'bytes',
  'heldUpMs',
] as const

type SumName = (typeof figureColumns)[number]

/** Totals from the materialised view, and from lines of totals, as from files. */
export async function tableTotals(of: Tables, { access, from, process }: TotalsAsked): Promise<LineTotals> {
  const sums = new MinutesOfRows()
  const told = new ToldTotals(from, process)
  const first = wholeMinute(from)
  for await (const rows of tableRows(of, { access, from, to: first })) {
    for (const row of rows) {
      told.seen(row)
      sums.add(row)
    }
  }
  if (seesAll(access)) for await (const line of tableTotalsLines(of, access, from)) told.line(line)
  for (const row of await sumsSince(of, access, first)) {
    told.seen({ pid: row.pid, service: row.service, version: row.version || undefined, time: row.last })
    sums.addSum(addedRows(row))
  }
  return told.with(sums)
}

/** The sums of request lines by account or route. */
export async function tableTop(of: Tables, { access, from, by }: TopAsked): Promise<readonly TopRow[]> {
  const top = new TopRows(by)
  const first = wholeMinute(from)
  for await (const rows of tableRows(of, { access, from, to: first })) for (const row of rows) top.add(row)
  for (const row of await sumsSince(of, access, first)) {
    const { requests, errors, measured, durationMs, cpuMs, queries, queryMs, poolMs, bytes, heldUpMs } = figuresOf(row)
    const isJob = row.kind === 'job'
    const count = isJob ? { requests: 0, jobs: requests } : { requests, jobs: 0 }
    const times = { ms: durationMs, cpuMs, queryMs, poolMs, heldUpMs }
    top.addSums(
      by === 'account' ? accountOf(row) : routeOf(row),
      { ...count, ...times, errors, measured, queries, bytes },
      row.counts,
    )
  }
  return [...top.rows.values()]
}

/** The first minute that begins at or after a time: lines before it are read one by one. */
function wholeMinute(from: number): number {
  return Math.ceil(from / minuteMs) * minuteMs
}

async function sumsSince(of: Tables, access: TotalsAsked['access'], first: number): Promise<SumsRow[]> {
  // Throws for an invalid access, and is undefined for a reader who sees nothing.
  if (readable(access) === undefined) return []
  const where = new ConditionList()
  if (!seesAll(access)) where.add(`hasAccount AND account = ${where.bind('String', access.account)}`)
  where.add(`minute >= fromUnixTimestamp64Milli(${where.bind('Int64', String(first))})`)
  const keys = 'minute, pid, service, kind, hasAccount, account, method, route'
  const figures = figureColumns.map((name) => `toFloat64(sum(${name}))`).join(', ')
  const columns = [
    'toUnixTimestamp(minute) AS at',
    'pid, service, kind, hasAccount, account, method, route',
    `anyLast(version) AS version`,
    `formatDateTime(max(lastAt), '%Y-%m-%dT%H:%i:%S.', 'UTC') || leftPad(toString(toUnixTimestamp64Milli(max(lastAt)) % 1000), 3, '0') || 'Z' AS last`,
    'sumMap(counts) AS counts',
    `[${figures}] AS figures`,
  ]
  return of.rows(
    `SELECT ${columns.join(', ')} FROM ${of.totals} WHERE ${where.sql} GROUP BY ${keys} ORDER BY minute DESC LIMIT ${maxSums}`,
    where.params,
  )
}

function figuresOf({ figures }: SumsRow): Record<SumName, number> {
  return Object.fromEntries(figureColumns.map((name, at) => [name, Number(figures[at])])) as Record<SumName, number>
}

function addedRows(row: SumsRow): AddedRows {
  const { requests, measured, heldUpMs, ...figures } = figuresOf(row)
  const isJob = row.kind === 'job'
  return {
    pid: row.pid,
    minute: Number(row.at) * 1_000,
    account: row.hasAccount && row.account !== '' ? row.account : undefined,
    method: isJob || row.route === '' || row.method === '' ? undefined : row.method,
    route: isJob ? `job ${row.route}`.trim() : row.route || '(no route)',
    lines: requests,
    measured,
    figures: { ...figures, [isJob ? 'jobs' : 'requests']: requests },
    counts: row.counts,
  }
}

function accountOf({ hasAccount, account }: SumsRow): string {
  return hasAccount ? account : '(anonymous)'
}

function routeOf({ kind, method, route }: SumsRow): string {
  return kind === 'job' ? `job ${route}`.trim() : `${method || '-'} ${route || '(no route)'}`
}
