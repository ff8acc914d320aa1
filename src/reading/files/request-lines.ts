import { type ParsedLine, parseLine } from '../../logging/parser.js'
import { newestFirst } from '../../records/cursor.js'
import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import { idTime } from '../find/id-time.js'
import { lineLate, lineLateError, lineRecord } from '../line-record.js'
import { lineTime } from '../line-time.js'
import { ownerText } from '../owner-text.js'
import { Searches } from '../searches.js'
import { openLogFiles } from './log-files.js'
import { readBackwards } from './read-backwards.js'

/** Where request lines are, and how far a search goes. */
export interface RequestLinesOptions {
  /** The file of the logger `requests`. */
  readonly file: string
  /** How much one search reads, newest first. Default 128 MB. */
  readonly maxBytes?: number | undefined
  /** The queue of searches that this one shares with others. */
  readonly searches?: Searches | undefined
}

const everyId = /^[\w.:@/+=~-]{1,200}$/
// Several processes write one file, and the id may come from a machine with another clock.
const clockDifferenceMs = 60_000

/**
 * Finds finished requests and jobs in the file of the logger `requests` and its backups. One search runs at a time, and
 * readers take turns.
 */
export class RequestLines {
  readonly #file: string
  readonly #maxBytes: number
  readonly #searches: Searches

  constructor({ file, maxBytes = 128 * 2 ** 20, searches = new Searches() }: RequestLinesOptions) {
    this.#searches = searches
    this.#file = file
    this.#maxBytes = maxBytes
  }

  /**
   * Finds the records with this id or request id that `access` allows, newest first, with their late figures. Lines of
   * other accounts are skipped before they are parsed, so a search for a foreign id takes as long as for an unknown id.
   *
   * @throws ReadingError if too many searches wait already: 16 of readers of one account, 8 of one account, and 8 of
   * readers of everything
   */
  async find(access: ReadAccess, id: string): Promise<StoredRecord[]> {
    // No request has such an id, and JSON would write it differently.
    if (!everyId.test(id)) return []
    return this.#searches.run(access, () => this.#search(access, id))
  }

  async #search(access: ReadAccess, id: string): Promise<StoredRecord[]> {
    const result = new SearchResult(access, id)
    const since = earliestLine(id)
    let left = this.#maxBytes
    for await (const { handle, bytes, modifiedMs } of openLogFiles(this.#file)) {
      if (modifiedMs < since) break
      for await (const lines of readBackwards(handle, bytes)) {
        result.look(lines)
        left -= lines.length
        if (left <= 0 || isBefore(lines, since)) return result.records()
      }
    }
    return result.records()
  }
}

/** The earliest time of a line about `id`: a request cannot end before its id was made. */
function earliestLine(id: string): number {
  return (idTime(id) ?? Number.NEGATIVE_INFINITY) - clockDifferenceMs
}

function isBefore(lines: Buffer, since: number): boolean {
  const time = lineTime(lines.toString('latin1', 0, 60))
  return time !== undefined && time < since
}

const totalsKind = Buffer.from('"kind":"totals"')

/**
 * True for a line of totals. It belongs to nobody, and names many accounts: the time for parsing it must not say whether an id of
 * the search is one of these names.
 */
function isTotals(lines: Buffer, start: number, end: number): boolean {
  return lines.subarray(start, end).includes(totalsKind)
}

/** Collects the results of a search. */
class SearchResult {
  readonly #access: ReadAccess
  readonly #id: string
  readonly #needle: Buffer
  /** A text that every line of the reader's account contains; undefined for readers of everything. */
  readonly #owner: Buffer | undefined
  readonly #records = new Map<string, StoredRecord>()
  readonly #late = new Map<string, NonNullable<StoredRecord['late']>>()
  readonly #lateErrors = new Map<string, NonNullable<StoredRecord['error']>>()

  constructor(access: ReadAccess, id: string) {
    this.#access = access
    this.#id = id
    this.#needle = Buffer.from(`"${id}"`)
    this.#owner = seesAll(access) ? undefined : Buffer.from(ownerText(access.account))
  }

  /** Takes the matching lines. */
  look(lines: Buffer): void {
    let ownerAt = -1
    for (let at = lines.indexOf(this.#needle); at >= 0; ) {
      const newline = lines.indexOf(10, at)
      const end = newline === -1 ? lines.length : newline
      const start = lines.lastIndexOf(10, at) + 1
      // Parsing is slow: the time of a search must not reveal that a line of another account exists.
      if (ownerAt < start) ownerAt = this.#nextOwner(lines, start)
      if (ownerAt < end && !isTotals(lines, start, end)) this.#take(parseLine(lines.toString('utf8', start, end)))
      at = lines.indexOf(this.#needle, end)
    }
  }

  /** Where the reader's account next appears at or after `start`. For readers of everything every line matches. */
  #nextOwner(lines: Buffer, start: number): number {
    const at = this.#owner === undefined ? start : lines.indexOf(this.#owner, start)
    return at === -1 ? lines.length : at
  }

  records(): StoredRecord[] {
    return [...this.#records.values()]
      .map((record) => {
        const late = this.#late.get(record.id)
        const error = record.error ?? this.#lateErrors.get(record.id)
        if (late === undefined && error === record.error) return record
        return { ...record, ...(late && { late }), ...(error !== undefined && { error }) }
      })
      .sort(newestFirst)
  }

  #take(line: ParsedLine | undefined): void {
    if (line === undefined || line.logger !== 'requests' || !mayReadAccount(this.#access, line.account)) return
    const { id, kind } = line.fields
    if (typeof id !== 'string' || (id !== this.#id && line.requestId !== this.#id)) return
    if (kind === 'late') {
      const late = lineLate(line)
      const error = lineLateError(line)
      if (error != null && !this.#lateErrors.has(id)) this.#lateErrors.set(id, error)
      // The latest of several counts, in any order of lines.
      if (late !== undefined && late.untilMs >= (this.#late.get(id)?.untilMs ?? 0)) this.#late.set(id, late)
      return
    }
    const record = lineRecord(line)
    if (record !== undefined && mayRead(this.#access, record)) this.#records.set(id, record)
  }
}
