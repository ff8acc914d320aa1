import type { ParsedLine } from '../../logging/parser.js'
import { type ReadAccess, seesAll } from '../../records/read-access.js'
import { disorderMs, maxLineBytes } from '../line-bounds.js'
import { isLate, lineTime } from '../line-time.js'
import { type LineFilter, lineTest } from '../lines/line-filter.js'
import type { LinePage, LinesAsked } from '../lines/line-page.js'
import { PlaceSeal } from '../lines/place-seal.js'
import { seenBy, shownParsed } from '../lines/seen-line.js'
import type { ListedFile, LogGroup } from './log-groups.js'
import { type OpenFile, openListed, type ReadingMode } from './open-file.js'
import { firstTime, placeOfTime } from './time-in-file.js'

export interface LinesFrom {
  readonly groups: readonly LogGroup[]
  readonly access: ReadAccess
  readonly mode: ReadingMode
  /** How much one page reads. Default 64 MB. */
  readonly maxBytes?: number | undefined
  /** Seals where a page stopped reading, for readers of one account. Default: a seal of this call alone. */
  readonly seal?: PlaceSeal | undefined
}

const chunkBytes = 2 ** 18
const newline = 10
// One block of a seal, in base64url.
const maxSealedLength = 400

/** A line, with the place that tells it from others of the same time. */
interface Placed {
  readonly line: ParsedLine
  readonly file: ListedFile
  readonly at: number
}

/**
 * Reads log lines, newest first, from all files at once.
 *
 * @throws RangeError for a `before` that is not the `next` of a page
 */
export async function logLines(
  asked: LinesAsked,
  { groups, access, mode, maxBytes = 2 ** 26, seal = new PlaceSeal() }: LinesFrom,
): Promise<LinePage> {
  const { limit = 100, before, from = Number.NEGATIVE_INFINITY } = asked
  const stops = stopsFor(access, seal)
  const cursor = before === undefined ? undefined : (stops.read(before) ?? cursorOf(before))
  const until = Math.min(
    asked.to ?? Number.POSITIVE_INFINITY,
    cursor === undefined ? Number.POSITIVE_INFINITY : cursor.time,
  )
  const newest = cursor?.time ?? Number.POSITIVE_INFINITY
  const test = lineTest(asked)
  const seen = seenBy(access)
  const readers = groups.map((group) => new Backwards(group, mode, until + disorderMs))
  const matched: Placed[] = []
  let left = maxBytes
  try {
    for (;;) {
      const frontier = Math.max(...readers.map((reader) => reader.frontier), Number.NEGATIVE_INFINITY)
      const isPast = frontier + disorderMs < from
      const page = (searchedTo?: number): LinePage => pageOf(behind(cursor, matched), limit, stops.write, searchedTo)
      if (frontier === Number.NEGATIVE_INFINITY || isPast) return page()
      if (behind(cursor, matched).filter(({ line }) => line.time > frontier + disorderMs).length > limit) return page()
      if (left <= 0) return page(frontier)
      const next = readers.find((reader) => reader.frontier === frontier) as Backwards
      left -= await next.read((text, file, at) => {
        const line = mayMatch(text, asked) ? seen(text) : undefined
        if (line !== undefined && test(line) && line.time <= newest) matched.push({ line, file, at })
      })
    }
  } finally {
    for (const reader of readers) reader.close()
  }
}

/** A cheap look before parsing. */
function mayMatch(text: string, { requestId }: LineFilter): boolean {
  return requestId === undefined || text.includes(requestId)
}

/**
 * @param stopAt writes the cursor of a page that ends because enough was read
 * @param searchedTo the time down to which everything was read, if the page ends because of that
 */
function pageOf(
  matched: readonly Placed[],
  limit: number,
  stopAt: (cursor: Cursor) => string,
  searchedTo: number | undefined,
): LinePage {
  const sorted = [...matched].sort(newestFirst)
  const complete = searchedTo === undefined ? sorted : sorted.filter(({ line }) => line.time > searchedTo + disorderMs)
  const page = complete.slice(0, limit)
  const items = page.map(({ line, file }) => shownParsed(line, file.name))
  const last = page.at(-1)
  if (sorted.length > page.length && page.length === limit && last !== undefined)
    return { items, next: cursorAt({ time: last.line.time, left: countAt(sorted.slice(page.length), last.line.time) }) }
  // The next page goes on where this one stopped reading.
  if (searchedTo !== undefined) return { items, next: stopAt({ time: searchedTo + disorderMs + 1, left: 0 }) }
  return { items }
}

/**
 * Where a page ends. It has no place in a file: that would tell a reader of one account how much others write. Lines of the same
 * time that are written later come before those that are left, so none is given twice.
 */
interface Cursor {
  readonly time: number
  /** How many lines of that time are left. */
  readonly left: number
}

function newestFirst(one: Placed, other: Placed): number {
  if (one.line.time !== other.line.time) return other.line.time - one.line.time
  if (one.file.identity !== other.file.identity) return one.file.identity > other.file.identity ? -1 : 1
  return other.at - one.at
}

function countAt(placed: readonly Placed[], time: number): number {
  return placed.filter(({ line }) => line.time === time).length
}

/** What lies behind a cursor. */
function behind(cursor: Cursor | undefined, matched: readonly Placed[]): readonly Placed[] {
  if (cursor === undefined) return matched
  const { time, left } = cursor
  const same = matched.filter(({ line }) => line.time === time).sort(newestFirst)
  return [...same.slice(Math.max(0, same.length - left)), ...matched.filter(({ line }) => line.time < time)]
}

function cursorAt({ time, left }: Cursor): string {
  return Buffer.from(`${time} ${left}`).toString('base64url')
}

function cursorOf(text: string): Cursor {
  const plain = text.length > 200 ? '' : Buffer.from(text, 'base64url').toString('latin1')
  const [, time, left] = /^(-?\d{1,16}) (\d{1,9})$/.exec(plain) ?? []
  if (time === undefined || left === undefined) throw new RangeError('before: expected the `next` of a page')
  return { time: Number(time), left: Number(left) }
}

/** Writes and reads the cursors of pages that end because enough was read. */
interface Stops {
  readonly write: (cursor: Cursor) => string
  /** Undefined for any other text. */
  readonly read: (text: string) => Cursor | undefined
}

/**
 * Where reading stopped is a time of everybody's lines: it tells how much others write. So it is sealed for readers of one account.
 */
function stopsFor(access: ReadAccess, seal: PlaceSeal): Stops {
  if (seesAll(access)) return { write: cursorAt, read: () => undefined }
  const reader = JSON.stringify(['page', access.account])
  return {
    write: (cursor) => seal.seal(reader, cursorAt(cursor)),
    read: (text) => {
      const plain = text.length > maxSealedLength ? undefined : seal.open(reader, text)
      return plain === undefined ? undefined : cursorOf(plain.trimEnd())
    },
  }
}

/** Reads the lines of one log file and its backups backwards, in pieces. */
class Backwards {
  /** The time down to which lines were read, roughly; -∞ at the end. */
  frontier = Number.POSITIVE_INFINITY
  readonly #files: ListedFile[]
  readonly #mode: ReadingMode
  readonly #until: number
  #open: OpenFile | undefined
  #end = 0
  #rest: Buffer = Buffer.alloc(0)

  constructor({ files }: LogGroup, mode: ReadingMode, until: number) {
    this.#files = [...files]
    this.#mode = mode
    this.#until = until
  }

  /** Reads one piece. @returns how many bytes were read */
  async read(found: (text: string, file: ListedFile, at: number) => void): Promise<number> {
    if (this.#open === undefined && !(await this.#next())) {
      this.frontier = Number.NEGATIVE_INFINITY
      return 0
    }
    const file = this.#open as OpenFile
    const start = Math.max(0, this.#end - chunkBytes)
    const chunk = Buffer.allocUnsafe(this.#end - start)
    const bytesRead = await file.read(chunk, 0, chunk.length, start)
    // The file was truncated: the part behind is gone.
    const data = bytesRead < chunk.length ? chunk.subarray(0, bytesRead) : Buffer.concat([chunk, this.#rest])
    // What stands before the first newline began further up.
    const first = start === 0 ? 0 : data.indexOf(newline) + 1
    const oldest = linesOf(data, first, start, (text, at) => found(text, file.listed, at))
    this.#rest = start === 0 || first > maxLineBytes ? Buffer.alloc(0) : Buffer.from(data.subarray(0, first))
    this.#end = start
    if (oldest !== undefined) this.frontier = Math.min(this.frontier, oldest)
    if (start === 0) {
      file.close()
      this.#open = undefined
      if (this.#files.length === 0) this.frontier = Number.NEGATIVE_INFINITY
    }
    return chunk.length
  }

  close(): void {
    this.#open?.close()
    this.#open = undefined
  }

  async #next(): Promise<boolean> {
    for (let listed = this.#files.shift(); listed !== undefined; listed = this.#files.shift()) {
      const file = openListed(listed, this.#mode)
      if (file === undefined) continue
      const end = this.#until === Number.POSITIVE_INFINITY ? listed.bytes : await placeAfter(file, this.#until)
      if (end === 0) {
        file.close()
        continue
      }
      this.#open = file
      this.#end = end
      this.#rest = Buffer.alloc(0)
      return true
    }
    return false
  }
}

/** The end of the part with lines older than `time`; 0 if there are none. Younger lines there are left out by the filter. */
async function placeAfter(file: OpenFile, time: number): Promise<number> {
  const place = await placeOfTime(file, time)
  const hasOlder = place > 0 || ((await firstTime(file)) ?? 0) < time
  return hasOlder ? Math.min(file.listed.bytes, place + chunkBytes) : 0
}

/** Calls `found` for each whole line from `first` on. @returns the time of the oldest line that has one */
function linesOf(
  data: Buffer,
  first: number,
  origin: number,
  found: (text: string, at: number) => void,
): number | undefined {
  let oldest: number | undefined
  for (let at = first; at < data.length; ) {
    const end = data.indexOf(newline, at)
    // A last line without a newline is not written yet.
    if (end < 0) break
    if (end > at && end - at <= maxLineBytes) {
      const text = data.toString('utf8', at, end)
      oldest ??= isLate(text) ? undefined : lineTime(text)
      found(text, origin + at)
    }
    at = end + 1
  }
  return oldest
}
