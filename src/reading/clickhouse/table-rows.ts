import { wholeLine } from '../../records/clickhouse/line-mapping.js'
import { lineOfRow } from '../../records/clickhouse/line-row.js'
import { type ReadAccess, seesAll } from '../../records/read-access.js'
import { type RequestRow, type RowMembers, type RowsAsked, rowReader } from '../request-row.js'
import { attribute, type ConditionList, nanosOf, readable } from './conditions.js'
import type { PlacedRow, Tables } from './reading-client.js'

/** Rows come in pieces of this size. */
const batchRows = 5_000

/** Which request lines of the table are read. */
export interface TableRowsAsked extends RowsAsked {
  /** Lines written before this time, ms since the epoch. */
  readonly to?: number | undefined
}

/** Reads the lines of finished requests and jobs from `otel_logs`, in pieces, so that memory has a bound. */
export async function* tableRows(
  of: Tables,
  { to, ...asked }: TableRowsAsked,
  kinds: readonly string[] = kindsOf(asked),
): AsyncGenerator<RequestRow[], void, void> {
  const { access, from, newestFirst = false, equal = {} } = asked
  const rowsIn = rowReader(asked)
  let [begin, end] = [nanosOf(from), nanosOf(to)]
  /** Of the time at which the last piece ended, how many rows were read. */
  let given = 0
  for (;;) {
    const where = readable(access)
    if (where === undefined) return
    addMembers(ofRequests(where, kinds), equal).between(begin, end)
    const order = newestFirst ? 'DESC' : 'ASC'
    const rows = await of.lines(where, `ORDER BY Timestamp ${order} LIMIT ${batchRows + given} WITH TIES`)
    // The rows of the last time are all there, and were read before.
    const fresh = rows.slice(given)
    yield rowsIn(fresh.map(lineOfRow))
    const last = rows.at(-1)
    if (last === undefined || rows.length < batchRows + given) return
    given = countAt(rows, last)
    if (newestFirst) end = BigInt(last.nanos) + 1n
    else begin = BigInt(last.nanos)
  }
}

/** The texts of the lines of totals that were written since a time. */
export async function* tableTotalsLines(
  of: Tables,
  access: ReadAccess,
  from: number,
): AsyncGenerator<string, void, void> {
  const lines: string[] = []
  const asked = { access, from, onTotals: (line: string) => void lines.push(line) }
  for await (const _ of tableRows(of, asked, ['totals'])) yield* lines.splice(0)
}

/** Lines of `requests`. One whose members ClickHouse could not tell apart has no kind: it is tested later. */
function ofRequests(where: ConditionList, kinds: readonly string[]): ConditionList {
  const bound = where.bind('Array(String)', [...kinds, ''])
  return where.add(`ScopeName = 'requests' AND ${attribute('kind')} IN ${bound}`)
}

function kindsOf({ access, onTotals }: RowsAsked): readonly string[] {
  return onTotals !== undefined && seesAll(access) ? ['request', 'job', 'totals'] : ['request', 'job']
}

/** Rows with these members. One whose members ClickHouse could not tell apart is tested later. */
function addMembers(where: ConditionList, equal: RowMembers): ConditionList {
  for (const name of memberNames) {
    const value = equal[name]
    if (value === undefined) continue
    where.add(`${attribute(name)} = ${where.bind('String', value)} OR ${attribute(wholeLine)} != ''`)
  }
  return where
}

const memberNames = ['account', 'user', 'route', 'kind', 'parentId', 'requestId'] as const

function countAt(rows: readonly PlacedRow[], { nanos }: PlacedRow): number {
  return rows.filter((row) => row.nanos === nanos).length
}
