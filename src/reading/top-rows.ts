import { own } from '../safe-values/own-member.js'
import { hasFailed, type RequestRow } from './request-row.js'

/** What one account or route used. Times in ms. */
export interface TopRow {
  readonly name: string
  requests: number
  jobs: number
  errors: number
  ms: number
  /** Of the requests that were measured. */
  cpuMs: number
  measured: number
  queries: number
  queryMs: number
  poolMs: number
  bytes: number
  heldUpMs: number
  counts: Record<string, number> | undefined
}

/** Sums up request lines by account or route. */
export class TopRows {
  readonly rows: Map<string, TopRow> = new Map()
  readonly #by: 'account' | 'route'

  constructor(by: 'account' | 'route') {
    this.#by = by
  }

  add(line: RequestRow): void {
    const row = this.#row(this.#by === 'account' ? accountOf(line) : routeOf(line))
    const { durationMs, cpu, queries, io, counts, waits } = line
    if (line['kind'] === 'job') row.jobs++
    else row.requests++
    if (hasFailed(line)) row.errors++
    row.ms += number(durationMs)
    if (isObject(cpu)) {
      row.measured++
      row.cpuMs += number(cpu['ms'])
    }
    if (isObject(queries)) {
      row.queries += number(queries['calls'])
      row.queryMs += number(queries['ms'])
      row.poolMs += number(queries['poolMs'])
    }
    if (isObject(io) && isObject(io['client']))
      row.bytes += number(io['client']['readBytes']) + number(io['client']['writtenBytes'])
    if (isObject(waits)) row.heldUpMs += number(waits['heldUpMs'])
    if (isObject(counts)) addCounts(row, counts)
  }

  /** Adds sums that were made elsewhere. */
  addSums(name: string, sums: Omit<TopRow, 'name' | 'counts'>, counts: Readonly<Record<string, number>>): void {
    const row = this.#row(name)
    for (const figure of Object.keys(sums) as (keyof typeof sums)[]) row[figure] += sums[figure]
    if (Object.keys(counts).length > 0) addCounts(row, counts)
  }

  #row(name: string): TopRow {
    const known = this.rows.get(name)
    if (known !== undefined) return known
    const row: TopRow = {
      name,
      requests: 0,
      jobs: 0,
      errors: 0,
      ms: 0,
      cpuMs: 0,
      measured: 0,
      queries: 0,
      queryMs: 0,
      poolMs: 0,
      bytes: 0,
      heldUpMs: 0,
      counts: undefined,
    }
    this.rows.set(name, row)
    return row
  }
}

function accountOf(line: RequestRow): string {
  const account = own(line, 'account')
  return typeof account === 'string' ? account : '(anonymous)'
}

function routeOf(line: RequestRow): string {
  if (line['kind'] === 'job') return `job ${typeof line['name'] === 'string' ? line['name'] : ''}`.trim()
  const { method, route } = line
  return `${typeof method === 'string' ? method : '-'} ${typeof route === 'string' ? route : '(no route)'}`
}

function addCounts(row: TopRow, counts: Readonly<Record<string, unknown>>): void {
  row.counts ??= Object.create(null) as Record<string, number>
  for (const [name, value] of Object.entries(counts)) row.counts[name] = (row.counts[name] ?? 0) + number(value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
