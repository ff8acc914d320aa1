import { type ParsedLine, parseLine } from '../logging/parser.js'
import { newestFirst } from '../records/cursor.js'
import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import { ReaderPlaces } from '../records/reader-places.js'
import type { StoredRecord } from '../records/record.js'
import { escapeJson } from '../safe-values/escape.js'
import { FairQueue } from './fair-queue.js'
import { lineLate, lineLateError, lineRecord } from './line-record.js'
import { lineTime, openLogFiles } from './log-files.js'
import { readBackwards } from './read-backwards.js'
import { ReadingError } from './reading-error.js'

/** Where the lines of finished requests and jobs are, and how far a search goes. */
export interface RequestLinesOptions {
  /** The file of the logger `requests`. */
  readonly file: string
  /** How much one search reads, newest first. Default 128 MB. */
  readonly maxBytes?: number | undefined
}

const everyId = /^[\w.:@/+=~-]{1,200}$/
const timedId = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/
// Several processes write one file, and the clock of whoever made the id may be another.
const clockDifferenceMs = 60_000
const maxWaiting = 16

/**
 * Finds finished requests and jobs in the file of the logger `requests` and its backups. One search runs at a time, and
 * readers take turns.
 */
export class RequestLines {
  readonly #file: string
  readonly #maxBytes: number
  readonly #places = new ReaderPlaces(maxWaiting)
  readonly #queue = new FairQueue()

  constructor({ file, maxBytes = 128 * 2 ** 20 }: RequestLinesOptions) {
    this.#file = file
    this.#maxBytes = maxBytes
  }

  /**
   * The records of which `id` is the own or the request id, newest first, each with what came late: as far as `scope`
   * allows. Lines outside it are passed over before they are parsed, so that a search for what is foreign and one for
   * what is unknown do the same.
   *
   * @throws ReadingError if too many searches wait already: 16 of readers of one account, 8 of one account, and 8 of
   * readers of everything
   */
  async find(scope: ReadAccess, id: string): Promise<StoredRecord[]> {
    // No request bears such an id; and in JSON it would have another look.
    if (!everyId.test(id)) return []
    const free = this.#places.take(scope)
    if (free === undefined) throw new ReadingError('ERR_SPOOR_BUSY', 'too many searches of request lines')
    try {
      return await this.#queue.run(scope, () => this.#search(scope, id))
    } finally {
      free()
    }
  }

  async #search(scope: ReadAccess, id: string): Promise<StoredRecord[]> {
    const found = new Found(scope, id)
    const since = earliestLine(id)
    let left = this.#maxBytes
    for await (const { handle, bytes, modifiedMs } of openLogFiles(this.#file)) {
      if (modifiedMs < since) break
      for await (const lines of readBackwards(handle, bytes)) {
        found.look(lines)
        left -= lines.length
        if (left <= 0 || isBefore(lines, since)) return found.records()
      }
    }
    return found.records()
  }
}

/** A request cannot end before it began: no line of it is older than its id. */
function earliestLine(id: string): number {
  if (!timedId.test(id)) return Number.NEGATIVE_INFINITY
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) - clockDifferenceMs
}

function isBefore(lines: Buffer, since: number): boolean {
  const time = lineTime(lines.toString('latin1', 0, 60))
  return time !== undefined && time < since
}

/** An account as every line of it has it, in each of the formats. Nobody's lines hold the empty account. */
function ownerText(account = ''): string {
  return `"account":${escapeJson(JSON.stringify(account))}`
}

/** What a search has found so far. */
class Found {
  readonly #scope: ReadAccess
  readonly #id: string
  readonly #needle: Buffer
  /** What every line of the reader's account holds; undefined for readers of everything. */
  readonly #owner: Buffer | undefined
  readonly #records = new Map<string, StoredRecord>()
  readonly #late = new Map<string, NonNullable<StoredRecord['late']>>()
  readonly #lateErrors = new Map<string, NonNullable<StoredRecord['error']>>()

  constructor(scope: ReadAccess, id: string) {
    this.#scope = scope
    this.#id = id
    this.#needle = Buffer.from(`"${id}"`)
    this.#owner = seesAll(scope) ? undefined : Buffer.from(ownerText(scope.account))
  }

  /** Looks for its lines among others. */
  look(lines: Buffer): void {
    let ownerAt = -1
    for (let at = lines.indexOf(this.#needle); at >= 0; ) {
      const newline = lines.indexOf(10, at)
      const end = newline === -1 ? lines.length : newline
      const start = lines.lastIndexOf(10, at) + 1
      // Parsing takes longer than everything else: how long it takes must not tell that there is a foreign line.
      if (ownerAt < start) ownerAt = this.#nextOwner(lines, start)
      if (ownerAt < end) this.#take(parseLine(lines.toString('utf8', start, end)))
      at = lines.indexOf(this.#needle, end)
    }
  }

  /** Where the reader's account next stands at or after `start`. Readers of everything own every line. */
  #nextOwner(lines: Buffer, start: number): number {
    const at = this.#owner === undefined ? start : lines.indexOf(this.#owner, start)
    return at === -1 ? lines.length : at
  }

  records(): StoredRecord[] {
    return [...this.#records.values()].map((record) => this.#completed(record)).sort(newestFirst)
  }

  /** With what came late. An error on the record's own line stays: it came first. */
  #completed(record: StoredRecord): StoredRecord {
    const late = this.#late.get(record.id)
    const error = record.error ?? this.#lateErrors.get(record.id)
    if (late === undefined && error === record.error) return record
    return { ...record, ...(late && { late }), ...(error !== undefined && { error }) }
  }

  #take(line: ParsedLine | undefined): void {
    if (line === undefined || line.logger !== 'requests' || !mayReadAccount(this.#scope, line.account)) return
    const { id, kind } = line.fields
    if (typeof id !== 'string' || (id !== this.#id && line.requestId !== this.#id)) return
    if (kind === 'late') {
      const late = lineLate(line)
      // Of several the last counts, wherever it stands.
      if (late !== undefined && late.untilMs >= (this.#late.get(id)?.untilMs ?? 0)) this.#late.set(id, late)
      const error = lineLateError(line)
      if (error !== undefined && error !== null) this.#lateErrors.set(id, error)
      return
    }
    const record = lineRecord(line)
    if (record !== undefined && mayRead(this.#scope, record)) this.#records.set(id, record)
  }
}
