import { lineOfRow } from '../../records/clickhouse/line-row.js'
import { tables } from '../../records/clickhouse/schema.js'
import type { ReadAccess } from '../../records/read-access.js'
import { Hits, type LinePlace } from '../find/hits.js'
import type { Bounds, LineSearch, Searched } from '../find/line-search.js'
import { disorderMs } from '../line-bounds.js'
import { type ConditionList, nanosOf, readable } from './conditions.js'
import type { PlacedRow, Tables } from './reading-client.js'

/** Where the lines of ClickHouse are, as readers see it. */
const tablePlace: LinePlace = { name: tables.logs, identity: tables.logs }

/** The lines of one search, at most. */
const maxRows = 20_000
/** So many ids stand in the URL of one query. */
const maxIds = 100

/** Searches the lines of ids in `otel_logs`. Its indexes say where an id is, so a search needs no end. */
export class TableSearch implements LineSearch {
  readonly hits: Hits
  readonly searched: Searched = { bytes: 0, ofBytes: 0, files: 0, ofFiles: 0, table: tables.logs }
  readonly vanished: readonly string[] = []
  readonly #tables: Tables
  readonly #access: ReadAccess
  readonly #places = new RowPlaces()
  /** From when on all lines of an id were read, by the id. */
  readonly #readFrom = new Map<string, number>()

  constructor(of: Tables, access: ReadAccess) {
    this.#tables = of
    this.#access = access
    this.hits = new Hits(access)
  }

  async within(ids: readonly string[], { from, until }: Bounds, toEnd: boolean): Promise<void> {
    const end = toEnd ? Number.POSITIVE_INFINITY : until() + disorderMs
    await this.#search(ids, from - disorderMs, end, false)
    if (end === Number.POSITIVE_INFINITY) for (const id of ids) this.#readFrom.set(id, from - disorderMs)
  }

  requestLines(id: string, from: number): Promise<void> {
    return this.#search([id], from - disorderMs, Number.POSITIVE_INFINITY, true)
  }

  async everywhere(ids: readonly string[]): Promise<void> {
    const [only = ''] = ids
    const known = ids.length === 1 ? this.#readFrom.get(only) : undefined
    if (known === Number.NEGATIVE_INFINITY) return
    await this.#search(ids, Number.NEGATIVE_INFINITY, known ?? Number.POSITIVE_INFINITY, false)
    for (const id of ids) this.#readFrom.set(id, Number.NEGATIVE_INFINITY)
  }

  async #search(ids: readonly string[], from: number, to: number, ofRequests: boolean): Promise<void> {
    this.hits.want(ids)
    for (let at = 0; at < ids.length; at += maxIds) {
      for (const addIds of idConditions(ids.slice(at, at + maxIds))) {
        const where = readable(this.#access)
        if (where === undefined) return
        addIds(where).between(nanosOf(from), nanosOf(to))
        if (ofRequests) where.add(`ScopeName = 'requests'`)
        await this.#read(where)
      }
    }
  }

  async #read(where: ConditionList): Promise<void> {
    const rows = await this.#tables.lines(where, `ORDER BY Timestamp LIMIT ${maxRows + 1}`)
    this.#take(rows.slice(0, maxRows))
    if (rows.length > maxRows) this.hits.leftOut += (await this.#tables.count(where)) - maxRows
  }

  #take(rows: readonly PlacedRow[]): void {
    const placeOf = this.#places.next()
    for (const row of rows) {
      const text = lineOfRow(row)
      this.hits.add(tablePlace, { start: placeOf(text), bytes: Buffer.from(text), isCut: false })
    }
  }
}

/** Traces have such ids. */
const traceId = /^[\da-f]{32}$/

/**
 * Conditions for the lines that have one of the ids: in any attribute, or as their trace. No row meets both. Each is for a query of its
 * own: servers before 2026 use no index for an OR of two columns, and read all rows.
 */
function idConditions(ids: readonly string[]): ((where: ConditionList) => ConditionList)[] {
  const traces = ids.filter((id) => traceId.test(id))
  const inAttributes = (where: ConditionList): ConditionList =>
    where.add(`hasAny(mapValues(LogAttributes), ${where.bind('Array(String)', ids)})`)
  if (traces.length === 0) return [inAttributes]
  return [
    (where) => where.add(`TraceId IN ${where.bind('Array(String)', traces)}`),
    (where) => inAttributes(where).add(`TraceId NOT IN ${where.bind('Array(String)', traces)}`),
  ]
}

/**
 * Numbers lines by their texts: a row has no number of its own, and several searches find the same row. Equal lines are told apart by
 * their place among the equal lines of one answer.
 */
class RowPlaces {
  readonly #numbers = new Map<string, number>()

  /** Begins an answer. */
  next(): (text: string) => number {
    const seen = new Map<string, number>()
    return (text) => {
      const count = (seen.get(text) ?? 0) + 1
      seen.set(text, count)
      const key = `${count} ${text}`
      const number = this.#numbers.get(key) ?? this.#numbers.size
      this.#numbers.set(key, number)
      return number
    }
  }
}
