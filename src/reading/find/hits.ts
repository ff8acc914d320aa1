import { type ParsedLine, parseLine } from '../../logging/parser.js'
import { lateLineMs } from '../../records/late-line-ms.js'
import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import { lineLate, lineLateError, lineRecord } from '../line-record.js'
import { ownerText } from '../owner-text.js'

/** Where a line was found: a file, or a table. */
export interface LinePlace {
  /** The name as readers see it. */
  readonly name: string
  /** Tells it from others, also after it was renamed. */
  readonly identity: string
}

/** A line that contains one of the ids. */
export interface FoundLine {
  /** Where it begins in its file; of a table, a number that no other line has. */
  readonly start: number
  readonly bytes: Buffer
  /** True if the line is longer than 1 MB: `bytes` is the part around the id. */
  readonly isCut: boolean
}

/** A line that the search found and the reader may see. */
export interface Hit {
  readonly file: LinePlace
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

/** How much text of lines is kept, in bytes. A line takes more memory than its text. */
const maxBytes = 48 * 2 ** 20
const bytesOfHit = 400

/** All lines found so far. A line counts once, however often it is found. */
export class Hits {
  readonly #access: ReadAccess
  /** A text that every line of the reader's account contains; undefined for readers of everything. */
  readonly #owner: Buffer | undefined
  readonly #seen = new Set<string>()
  readonly #wanted = new Set<string>()
  #bytes = 0
  /** Lines of Spoor by request id, and of other programs. */
  readonly #byRequest = new Map<string, Hit[]>()
  readonly #children = new Map<string, Set<string>>()
  readonly #byBearer = new Map<string, StoredRecord[]>()
  readonly #late = new Map<string, ParsedLine[]>()
  /** The ids of requests, as opposed to jobs and scopes. */
  readonly #requests = new Set<string>()
  /** Lines of other programs, and damaged ones. */
  readonly foreign: Hit[] = []
  /** The request lines of requests and jobs. */
  readonly outcomes: Hit[] = []
  /** How many lines were found and not kept, because there are too many. */
  leftOut = 0

  constructor(access: ReadAccess) {
    this.#access = access
    this.#owner = seesAll(access) ? undefined : Buffer.from(ownerText(access.account))
  }

  /** Names ids that the search is for. Lines that do not bear one of them are not kept. */
  want(ids: Iterable<string>): void {
    for (const id of ids) this.#wanted.add(id)
  }

  add(file: LinePlace, { start, bytes, isCut }: FoundLine): void {
    const key = `${file.identity}:${start}`
    // Before parsing: neither time nor result may reveal that a line of another account exists.
    if (this.#owner !== undefined && (!bytes.includes(this.#owner) || bytes.includes(totalsKind))) return
    if (this.#seen.has(key)) return
    const text = bytes.toString('utf8')
    const line = isCut ? undefined : parseLine(text)
    if (line === undefined) {
      if (this.#owner !== undefined || !this.#hasRoom(key, bytes)) return
      this.foreign.push({ file, start, line, text, isCut, record: undefined })
      return
    }
    if (!mayReadAccount(this.#access, line.account)) return
    // Other loggers write what the service gives them, which may look like a request line.
    const record = line.logger === 'requests' ? lineRecord(line) : undefined
    if (record !== undefined && !mayRead(this.#access, record)) return
    if (this.#isWanted(line, record) && this.#hasRoom(key, bytes))
      this.#keep({ file, start, line, text: undefined, isCut, record }, line)
  }

  #isWanted({ requestId, parentId, traceId, logger, fields }: ParsedLine, record: StoredRecord | undefined): boolean {
    const ofRequests = logger === 'requests' ? fields['id'] : undefined
    return [requestId, parentId, traceId, record?.clientRequestId, record?.clientTraceId, ofRequests].some(
      (id) => typeof id === 'string' && this.#wanted.has(id),
    )
  }

  #hasRoom(key: string, bytes: Buffer): boolean {
    this.#seen.add(key)
    this.#bytes += bytes.length + bytesOfHit
    if (this.#bytes <= maxBytes) return true
    this.leftOut++
    return false
  }

  #keep(hit: Hit, line: ParsedLine): void {
    const { requestId, parentId, logger, fields } = line
    const { record } = hit
    if (requestId !== undefined) listIn(this.#byRequest, requestId).push(hit)
    if (requestId !== undefined && parentId !== undefined)
      this.#children.set(parentId, (this.#children.get(parentId) ?? new Set()).add(requestId))
    if (record !== undefined) {
      this.outcomes.push(hit)
      if (record.kind === 'request') this.#requests.add(record.requestId)
      for (const id of bearersOf(record)) listIn(this.#byBearer, id).push(record)
    }
    const { kind, id } = fields
    if (logger === 'requests' && kind === 'late' && typeof id === 'string') listIn(this.#late, id).push(line)
  }

  /** The lines of a request, job or scope, with its request line. */
  linesOf(requestId: string): readonly Hit[] {
    return this.#byRequest.get(requestId) ?? []
  }

  /** The ids of the jobs and scopes that a request or job started, of which lines were found. */
  childrenOf(requestId: string): readonly string[] {
    return [...(this.#children.get(requestId) ?? [])].filter((id) => id !== requestId && !this.#requests.has(id))
  }

  /** The id of the first request of a trace. */
  requestOfTrace(traceId: string): string | undefined {
    const ofTrace = [...this.#byRequest.values()].flat().filter(({ line }) => line?.traceId === traceId)
    return ofTrace.reduce<Hit | undefined>((a, b) => (a === undefined || timeOf(b) < timeOf(a) ? b : a), undefined)
      ?.line?.requestId
  }

  /** The records of requests and jobs that bear an id: as request id, as record id, or as the id that the client sent. */
  recordsOf(id: string): readonly StoredRecord[] {
    return this.#byBearer.get(id) ?? []
  }

  /** When the last line of a request or job was written that leaves no trace behind its request line; -∞ if not known. */
  endOf(id: string): number {
    const ends = this.recordsOf(id).flatMap((record) => {
      const lines = this.linesOf(record.requestId).filter((hit) => hit.record === record)
      return [Date.parse(record.startedAt) + record.durationMs, ...lines.map(({ line }) => line?.time ?? 0)]
    })
    return ends.reduce((most, end) => Math.max(most, end), Number.NEGATIVE_INFINITY) + lateLineMs
  }

  /** True if lines follow far behind the request line (`records/late-lines.ts`). */
  hasLateLines(id: string): boolean {
    return (this.#late.get(id) ?? []).some(({ fields: { late } }) => {
      return typeof late === 'object' && late !== null && 'lines' in late
    })
  }

  /** The late figures and errors of a record, from lines written after its own. */
  lateOf(id: string): Pick<StoredRecord, 'late' | 'error'> {
    const late: { late?: StoredRecord['late']; error?: StoredRecord['error'] } = {}
    for (const line of this.#late.get(id) ?? []) {
      const [figures, error] = [lineLate(line), lineLateError(line)]
      if (figures !== undefined) late.late = figures
      if (error !== undefined) late.error = error
    }
    return late as Pick<StoredRecord, 'late' | 'error'>
  }
}

function timeOf({ line, record }: Hit): number {
  return record === undefined ? (line?.time ?? 0) : Date.parse(record.startedAt)
}

function bearersOf({ id, requestId, clientRequestId }: StoredRecord): Set<string> {
  return new Set(clientRequestId === undefined ? [id, requestId] : [id, requestId, clientRequestId])
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
