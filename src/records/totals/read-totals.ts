import { type AccountNames, other } from './account-names.js'
import type { CountNames } from './count-names.js'
import { type FigureName, figureNames, place, width } from './figures.js'
import { ReadRow, type RowName } from './read-row.js'
import type { RouteNames } from './route-names.js'
import { type CpuKnown, figuresAt, type RowFigures } from './row.js'
import { accountOf, heaviest, heaviestPairs, routeOf, routesOfAccount } from './row-keys.js'
import { type Bucket, startOf, threadPlace, threadWidth } from './series.js'
import type { Sketch } from './sketches.js'
import { Table, unbounded } from './table.js'
import type { TotalsDuration, TotalsQuery, TotalsReading, TotalsRow } from './totals-types.js'

const minuteMs = 60_000
const quarterMs = 15 * minuteMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const mostRows = { account: 1_000, route: 500 }

/** What a reading is made of. Times are by the clock of the totals. */
export interface ReadParts {
  readonly now: number
  /** The time of the first figure that may be known. */
  readonly since: number
  readonly isExact: boolean
  readonly accounts: AccountNames
  readonly routes: RouteNames
  readonly counts: CountNames
  readonly main: (spanMs: number) => readonly Bucket[]
  readonly pairs: (spanMs: number) => readonly Bucket[]
  readonly durations: (by: 'account' | 'route', spanMs: number) => ReadonlyMap<number, Sketch>
  readonly toWall: (time: number) => number
}

/** Which table of which buckets a row is from. */
interface Source {
  readonly buckets: readonly Bucket[]
  /** The number of the table in each bucket. */
  readonly at: number
  readonly table: Table
  /** The values per minute of all rows, by the name of the figure. */
  readonly cells: Map<string, ReadonlyMap<number, number[]>>
}

/** Makes the reading of a span. */
export function readTotals({ by, spanMs: wanted, account }: TotalsQuery, parts: ReadParts): TotalsReading {
  const spanMs = Math.min(Math.max(wanted, 1), dayMs)
  const buckets = parts.main(spanMs)
  const from = Math.max(parts.since, Math.min(parts.now - spanMs, buckets[0]?.start ?? parts.now))
  const thread = threadOf(buckets)
  const windows = thread[threadPlace.windows] as number
  const cpu = { isKnown: parts.isExact || windows > 0, isExact: parts.isExact }
  const span = new Span(spanMs, cpu, parts)
  const source = span.source(buckets, by === 'account' ? 0 : 1)
  // First: the rows sum up the lightest ones, in the same table.
  const all = span.sum(source, thread)
  const rows =
    account === undefined
      ? span.rows(source, by)
      : by === 'account'
        ? span.ownRow(source, account)
        : span.ownRoutes(span.source(buckets, 0), account)
  return {
    from: parts.toWall(from),
    to: parts.toWall(parts.now),
    exact: parts.isExact && windows === 0,
    ...(windows > 0 ? { windows } : {}),
    wallMs: parts.now - from,
    all,
    ...(cpu.isKnown
      ? { unattributedMs: thread[threadPlace.unattributedMs], overheadMs: thread[threadPlace.overheadMs] }
      : {}),
    rows,
  }
}

/** What a row has besides its figures. */
interface RowParts {
  readonly name: RowName
  /** The keys that the row sums up, if they are several. */
  readonly members?: readonly number[] | undefined
  readonly sketch?: Sketch | undefined
  readonly routes?: (() => TotalsRow[]) | undefined
}

/** The rows of one span. */
class Span {
  readonly spanMs: number
  readonly #cpu: CpuKnown
  readonly #parts: ReadParts
  #pairs: { readonly source: Source; readonly byAccount: ReadonlyMap<number, readonly number[]> } | undefined

  constructor(spanMs: number, cpu: CpuKnown, parts: ReadParts) {
    this.spanMs = spanMs
    this.#cpu = cpu
    this.#parts = parts
  }

  source(buckets: readonly Bucket[], at: number): Source {
    const table = new Table(unbounded)
    for (const bucket of buckets) bucket.tables[at]?.addTo(table)
    return { buckets, at, table, cells: new Map() }
  }

  rows(source: Source, by: 'account' | 'route'): TotalsRow[] {
    const { table } = source
    const kept = table.size <= mostRows[by] ? table.keys : heaviest(table, mostRows[by])
    const lumped = new Set(table.size <= mostRows[by] ? [] : kept)
    const rest = lumped.size === 0 ? [] : table.keys.filter((key) => key !== other && !lumped.has(key))
    for (const key of rest) table.addRow(other, table, table.at(key))
    const keys = rest.length > 0 && !lumped.has(other) ? [...kept, other] : kept
    const sketches = this.#parts.durations(by, this.spanMs)
    return keys.map((key) => {
      const isAccount = by === 'account'
      return this.#row(source, key, {
        name: isAccount ? { account: this.#parts.accounts.nameOf(key) } : this.#parts.routes.nameOf(key),
        members: key === other ? [key, ...rest] : undefined,
        sketch: sketches.get(key),
        routes: isAccount && key !== other ? () => this.#routesOf(key) : undefined,
      })
    })
  }

  ownRow(source: Source, account: string): TotalsRow[] {
    const key = this.#parts.accounts.known(account)
    if (key === undefined || source.table.known(key) === undefined) return []
    const sketch = this.#parts.durations('account', this.spanMs).get(key)
    return [this.#row(source, key, { name: { account }, sketch, routes: () => this.#routesOf(key) })]
  }

  /** The five heaviest routes of an account, and the rest of its work as `(other)`. */
  ownRoutes(accounts: Source, account: string): TotalsRow[] {
    const key = this.#parts.accounts.known(account)
    const own = key === undefined ? undefined : accounts.table.known(key)
    if (key === undefined || own === undefined) return []
    const { table } = this.#pairsNow.source
    const rest = new Table(unbounded)
    rest.addRow(other, accounts.table, own)
    for (const pair of this.#pairsNow.byAccount.get(key) ?? []) subtract(rest, table, table.at(pair))
    const isRest = rest.get(0, 'requests') + rest.get(0, 'jobs') > 0
    const left = (): TotalsRow => ({
      route: '(other)',
      ...figuresAt(rest, 0, this.#cpu, this.#parts.counts),
      perMinute: () => [],
    })
    return [...this.#routesOf(key), ...(isRest ? [left()] : [])]
  }

  /** The sum over all rows. */
  sum(source: Source, thread: Float64Array): TotalsRow {
    const { table } = source
    const sum = new Table(unbounded)
    for (const key of table.keys) sum.addRow(other, table, table.at(key))
    if (sum.size === 0) sum.at(other)
    const figures = figuresAt(sum, 0, this.#cpu, this.#parts.counts)
    const ofThread = thread[threadPlace.cpuMs] as number
    const ofRows =
      (figures.cpuMs ?? 0) + (thread[threadPlace.unattributedMs] as number) + (thread[threadPlace.overheadMs] as number)
    const windows = thread[threadPlace.windows] as number
    return {
      ...figures,
      // Without a clock of the thread, the sum of what is known.
      ...(figures.cpuMs === undefined ? {} : { cpuMs: ofThread > 0 ? ofThread : ofRows }),
      windows: windows > 0 ? windows : undefined,
      perMinute: (by) => this.#perMinute(source, by, undefined),
    }
  }

  #row(source: Source, key: number, more: RowParts): TotalsRow {
    const { name, members, sketch, routes } = more
    const figures = figuresAt(source.table, source.table.at(key), this.#cpu, this.#parts.counts)
    const perMinute = (by: string): number[] => this.#perMinute(source, by, members ?? [key])
    return new ReadRow(name, figures, withPercentiles(figures, sketch), { perMinute, routes })
  }

  get #pairsNow() {
    if (this.#pairs === undefined) {
      const source = this.source(this.#parts.pairs(this.spanMs), 0)
      const byAccount = new Map<number, number[]>()
      for (const pair of heaviestPairs(source.table)) {
        const account = accountOf(pair)
        const list = byAccount.get(account)
        if (list === undefined) byAccount.set(account, [pair])
        else list.push(pair)
      }
      this.#pairs = { source, byAccount }
    }
    return this.#pairs
  }

  #routesOf(account: number): TotalsRow[] {
    const { source, byAccount } = this.#pairsNow
    const pairs = (byAccount.get(account) ?? []).slice(0, routesOfAccount)
    return pairs.map((pair) => this.#row(source, pair, { name: this.#parts.routes.nameOf(routeOf(pair)) }))
  }

  /**
   * The values of a figure for each minute; of a span of more than an hour, the mean per minute of each quarter of an hour.
   *
   * @param keys the rows to add up; undefined for all
   */
  #perMinute(source: Source, by: string, keys: readonly number[] | undefined): number[] {
    const cellsBy = this.#cellsBy(source, by)
    const sum = new Array<number>(this.#cells).fill(0)
    for (const key of keys ?? cellsBy.keys()) {
      for (const [at, value] of cellsBy.get(key)?.entries() ?? []) sum[at] = (sum[at] as number) + value
    }
    return sum.map((value) => (value * minuteMs) / this.#cellMs)
  }

  get #cellMs(): number {
    return this.spanMs > hourMs ? quarterMs : minuteMs
  }

  get #cells(): number {
    return Math.ceil(this.spanMs / this.#cellMs)
  }

  /** The values of all rows, made once: one row takes as long as all. */
  #cellsBy(source: Source, by: string): ReadonlyMap<number, number[]> {
    const known = source.cells.get(by)
    if (known !== undefined) return known
    const made = new Map<number, number[]>()
    source.cells.set(by, made)
    const count = by.startsWith('counts.') ? this.#parts.counts.known(by.slice('counts.'.length)) : undefined
    const figure = figuresBy.get(by)
    const cellMs = this.#cellMs
    const first = startOf(this.#parts.now, cellMs) - (this.#cells - 1) * cellMs
    for (const { start, end, tables } of source.buckets) {
      const [from, to] = [(start - first) / cellMs, (end - first) / cellMs]
      tables[source.at]?.each(figure === undefined ? undefined : place[figure], count, (key, value) => {
        const cells = made.get(key) ?? new Array<number>(this.#cells).fill(0)
        made.set(key, cells)
        spread(cells, value, from, to)
      })
    }
    return made
  }
}

const figuresBy: ReadonlyMap<string, FigureName> = new Map([
  ...figureNames.map((name) => [name, name] as const),
  ['cpu', 'cpuMs'],
  ['heldUp', 'heldMs'],
  ['pool', 'poolMs'],
])

/** Adds a value to the cells that lie between two places. */
function spread(cells: number[], value: number, from: number, to: number): void {
  for (let cell = Math.max(0, Math.floor(from)); cell < Math.min(cells.length, to); cell++) {
    const part = Math.min(to, cell + 1) - Math.max(from, cell)
    cells[cell] = (cells[cell] as number) + value * (part / (to - from))
  }
}

function threadOf(buckets: readonly Bucket[]): Float64Array {
  const sum = new Float64Array(threadWidth)
  for (const { thread } of buckets) {
    for (let at = 0; at < threadWidth; at++) sum[at] = (sum[at] as number) + (thread[at] as number)
  }
  return sum
}

function withPercentiles({ requests, jobs, duration }: RowFigures, sketch: Sketch | undefined): TotalsDuration {
  // A row that became heavy only now has a sketch of a small part.
  if (sketch === undefined || sketch.count < (requests + jobs) / 2) return duration
  const at = (quantile: number): number => sketch.getValueAtQuantile(quantile)
  return { ...duration, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function subtract(rest: Table, from: Table, at: number): void {
  for (let figure = 0; figure < width; figure++) {
    rest.data[figure] = Math.max(0, (rest.data[figure] as number) - (from.data[at + figure] as number))
  }
}
