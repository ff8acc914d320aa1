import { type ParsedLine, parseLine } from '../../logging/parser.js'
import { lateLineMs } from '../../records/late-line-ms.js'
import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import { lineLate, lineLateError, lineRecord } from '../line-record.js'
import { ownerText } from '../owner-text.js'
import type { ListedFile } from './log-groups.js'
import type { ScannedLine } from './scan.js'

/** A line that the search found and the reader may see. */
export interface Hit {
  readonly file: ListedFile
  /** Where it begins in its file. */
  readonly start: number
  /** Undefined for a line of another program, or a damaged one. */
  readonly line: ParsedLine | undefined
  /** The text of a line that Spoor did not write, as it is in the file. */
  readonly text: string | undefined
  readonly isCut: boolean
  /** Of the request line of a request or job: its record. */
  readonly record: StoredRecord | undefined
}

/** A line of totals belongs to nobody, and names many accounts. */
const totalsKind = Buffer.from('"kind":"totals"')

/** All lines found so far. A line counts once, however often it is found. */
export class Hits {
  readonly #access: ReadAccess
  /** A text that every line of the reader's account contains; undefined for readers of everything. */
  readonly #owner: Buffer | undefined
  readonly #seen = new Set<string>()
  readonly all: Hit[] = []

  constructor(access: ReadAccess) {
    this.#access = access
    this.#owner = seesAll(access) ? undefined : Buffer.from(ownerText(access.account))
  }

  add(file: ListedFile, { start, bytes, isCut }: ScannedLine): void {
    const key = `${file.identity}:${start}`
    // Before parsing: neither time nor result may reveal that a line of another account exists.
    if (this.#owner !== undefined && (!bytes.includes(this.#owner) || bytes.includes(totalsKind))) return
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    const text = bytes.toString('utf8')
    const line = isCut ? undefined : parseLine(text)
    if (line === undefined) {
      if (this.#owner === undefined) this.all.push({ file, start, line, text, isCut, record: undefined })
      return
    }
    if (!mayReadAccount(this.#access, line.account)) return
    // Other loggers write what the service gives them, which may look like a request line.
    const record = line.logger === 'requests' ? lineRecord(line) : undefined
    if (record !== undefined && !mayRead(this.#access, record)) return
    this.all.push({ file, start, line, text: undefined, isCut, record })
  }

  /** The records of requests and jobs that bear an id: as request id, as record id, or as the id that the client sent. */
  recordsOf(id: string): StoredRecord[] {
    return this.all
      .map(({ record }) => record)
      .filter((record): record is StoredRecord => record !== undefined && bears(record, id))
  }

  /** When the last line of a request or job was written that leaves no trace behind its request line; -∞ if not known. */
  endOf(id: string): number {
    const ends = this.all.map(({ record, line }) =>
      record !== undefined && bears(record, id)
        ? Math.max(line?.time ?? 0, Date.parse(record.startedAt) + record.durationMs)
        : Number.NEGATIVE_INFINITY,
    )
    return Math.max(Number.NEGATIVE_INFINITY, ...ends) + lateLineMs
  }

  /** True if lines follow far behind the request line (`records/late-lines.ts`). */
  hasLateLines(id: string): boolean {
    return this.all.some(({ line }) => {
      if (line?.logger !== 'requests' || line.fields['kind'] !== 'late' || line.fields['id'] !== id) return false
      const late = line.fields['late']
      return typeof late === 'object' && late !== null && 'lines' in late
    })
  }

  /** The late figures and errors of a record, from lines written after its own. */
  lateOf(id: string): Pick<StoredRecord, 'late' | 'error'> {
    const late: { late?: StoredRecord['late']; error?: StoredRecord['error'] } = {}
    for (const { line } of this.all) {
      if (line?.logger !== 'requests' || line.fields['kind'] !== 'late' || line.fields['id'] !== id) continue
      const [figures, error] = [lineLate(line), lineLateError(line)]
      if (figures !== undefined) late.late = figures
      if (error !== undefined) late.error = error
    }
    return late as Pick<StoredRecord, 'late' | 'error'>
  }
}

function bears({ id, requestId, clientRequestId }: StoredRecord, wanted: string): boolean {
  return requestId === wanted || id === wanted || clientRequestId === wanted
}
