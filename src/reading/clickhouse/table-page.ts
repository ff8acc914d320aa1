import { lineOfRow } from '../../records/clickhouse/line-row.js'
import { tables } from '../../records/clickhouse/schema.js'
import type { ReadAccess } from '../../records/read-access.js'
import { lineTest } from '../lines/line-filter.js'
import type { LinePage, LinesAsked } from '../lines/line-page.js'
import { seenBy, shownParsed } from '../lines/seen-line.js'
import type { ShownLine } from '../story/story.js'
import { addFilter, nanosOf, readable } from './conditions.js'
import type { PlacedRow, Tables } from './reading-client.js'

/** The newest lines are searched first, in a span of time that grows until there are enough. */
const firstSpan = 10n * 60n * 1_000_000_000n
const growth = 12n
const nanosOfMs = 1_000_000n
const maxSpan = 20n * 24n * 3_600n * 1_000_000_000n
/** Rows that the filter of the table lets pass, and the test of the line does not, are few. */
const maxTurns = 12

/**
 * Reads log lines, newest first, from `otel_logs`.
 *
 * @throws RangeError for a `before` that is not the `next` of a page
 */
export async function tablePage(of: Tables, access: ReadAccess, asked: LinesAsked): Promise<LinePage> {
  const { limit = 100, before } = asked
  const pages = new Pages(of, access, asked)
  let cursor = before === undefined ? undefined : cursorOf(before)
  const items: ShownLine[] = []
  for (let turn = 0; turn < maxTurns; turn++) {
    const left = limit - items.length
    const { rows, isLast } = await pages.behind(cursor, left)
    const taken = rows.slice(0, left)
    items.push(...pages.shown(taken))
    cursor = cursorBehind(cursor, taken)
    if (isLast && rows.length <= left) return { items }
    if (items.length >= limit) break
  }
  return cursor === undefined ? { items } : { items, next: textOf(cursor) }
}

/**
 * Where a page ends: a time, and how many rows of that time were given. Both are of rows that the reader may see. The time is in ms: the
 * nanoseconds of a line are its place in a batch, and would tell a reader of one account how many lines others wrote.
 */
interface Cursor {
  readonly ms: bigint
  readonly given: number
}

interface Behind {
  readonly rows: readonly PlacedRow[]
  /** True if no older row is left out. */
  readonly isLast: boolean
}

/** The rows that one reader may see and one filter selects. */
class Pages {
  readonly #of: Tables
  readonly #access: ReadAccess
  readonly #asked: LinesAsked
  readonly #seen: ReturnType<typeof seenBy>
  readonly #test: ReturnType<typeof lineTest>

  constructor(of: Tables, access: ReadAccess, asked: LinesAsked) {
    this.#of = of
    this.#access = access
    this.#asked = asked
    this.#seen = seenBy(access)
    this.#test = lineTest(asked)
  }

  /** The rows behind a cursor: more than `size` if there are so many. */
  async behind(cursor: Cursor | undefined, size: number): Promise<Behind> {
    const given = cursor?.given ?? 0
    // The rows of the cursor's own time are read again.
    let to = earlier(nanosOf(this.#asked.to), cursor && (cursor.ms + 1n) * nanosOfMs)
    const end = nanosOf(this.#asked.from) ?? 0n
    const rows: PlacedRow[] = []
    for (let span = firstSpan; ; span *= growth) {
      const from = span > maxSpan ? end : later(end, (to ?? nowNanos()) - span)
      rows.push(...(await this.#between(from, to, size + given + 1 - rows.length)))
      if (rows.length > size + given || from <= end)
        return { rows: behindCursor(rows, cursor), isLast: rows.length <= size + given }
      to = from
    }
  }

  /** Rows as lines, after the same tests as those of files. */
  shown(rows: readonly PlacedRow[]): ShownLine[] {
    return rows.flatMap((row) => {
      const line = this.#seen(lineOfRow(row))
      return line !== undefined && this.#test(line) ? [shownParsed(line, tables.logs)] : []
    })
  }

  async #between(from: bigint, to: bigint | undefined, limit: number): Promise<PlacedRow[]> {
    const where = readable(this.#access)
    if (where === undefined || limit <= 0) return []
    addFilter(where, this.#asked, this.#access).between(from, to)
    // First the time of the last line alone: to read whole lines of the span would take most of the time.
    const oldest = await this.#of.oldestOf(where, limit)
    if (oldest === undefined) return []
    where.between(oldest, undefined)
    // With all rows of the last time, because their order is made here.
    const rows = await this.#of.lines(where, `ORDER BY Timestamp DESC LIMIT ${limit} WITH TIES`)
    return rows
      .map((row) => ({ row, text: lineOfRow(row) }))
      .sort(newestFirst)
      .map(({ row }) => row)
  }
}

/** Rows of one time are in the order of their texts: the table has no other. */
function newestFirst(a: { row: PlacedRow; text: string }, b: { row: PlacedRow; text: string }): number {
  const [one, other] = [BigInt(a.row.nanos), BigInt(b.row.nanos)]
  if (one !== other) return one > other ? -1 : 1
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

function behindCursor(rows: readonly PlacedRow[], cursor: Cursor | undefined): readonly PlacedRow[] {
  if (cursor === undefined) return rows
  const same = rows.filter((row) => msOf(row) === cursor.ms).length
  return rows.slice(Math.min(cursor.given, same))
}

function cursorBehind(cursor: Cursor | undefined, rows: readonly PlacedRow[]): Cursor | undefined {
  const last = rows.at(-1)
  if (last === undefined) return cursor
  const ms = msOf(last)
  const same = rows.filter((row) => msOf(row) === ms).length
  return { ms, given: same + (cursor?.ms === ms ? cursor.given : 0) }
}

function msOf({ nanos }: PlacedRow): bigint {
  return BigInt(nanos) / nanosOfMs
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a < b ? a : b
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function nowNanos(): bigint {
  return BigInt(Date.now()) * nanosOfMs
}

function textOf({ ms, given }: Cursor): string {
  return Buffer.from(`${ms} ${given}`).toString('base64url')
}

function cursorOf(text: string): Cursor {
  const plain = text.length > 200 ? '' : Buffer.from(text, 'base64url').toString('latin1')
  const [, ms, given] = /^(-?\d{1,13}) (\d{1,6})$/.exec(plain) ?? []
  if (ms === undefined || given === undefined) throw new RangeError('before: expected the `next` of a page')
  return { ms: BigInt(ms), given: Number(given) }
}
