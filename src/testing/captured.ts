import { parseLine } from '../logging/parser.js'
import type { StoredRecord } from '../records/record.js'
import type { CapturedLine, CaptureView, SentHeaders } from './capture-view.js'

const maxLines = 100_000
const maxRecords = 10_000
const maxHeaders = 10_000
const ofRequests = '"logger":"requests"'

/** What a capture has taken so far. */
export class Captured implements CaptureView {
  readonly idHeader: string
  readonly isOpen: (id: string) => boolean
  isClosed = false
  #written: string[] = []
  #parsed: CapturedLine[] = []
  #records: StoredRecord[] = []
  #headers: SentHeaders[] = []
  #isOver = false
  readonly #listeners = new Set<() => void>()

  constructor(idHeader: string, isOpen: (id: string) => boolean) {
    this.idHeader = idHeader
    this.isOpen = isOpen
  }

  readonly take = (line: string): void => {
    if (this.#written.length >= maxLines) this.#isOver = true
    else this.#written.push(line)
    if (line.includes(ofRequests)) this.#changed()
  }

  put(record: StoredRecord): void {
    if (this.#records.length >= maxRecords) this.#isOver = true
    else this.#records.push(record)
    this.#changed()
  }

  update(id: string, later: Pick<StoredRecord, 'late' | 'error'>): void {
    this.#records = this.#records.map((record) => (record.id === id ? { ...record, ...later } : record))
  }

  noteHeaders(sent: SentHeaders): void {
    if (this.#headers.length < maxHeaders) this.#headers.push(sent)
  }

  lines(): CapturedLine[] {
    this.#check()
    for (const line of this.#written.slice(this.#parsed.length)) {
      const parsed = parseLine(line)
      if (parsed === undefined) throw new Error(`captureSpoor: a line cannot be read: ${line.slice(0, 200)}`)
      // Plain objects, which assertions of all frameworks compare.
      this.#parsed.push({ ...parsed, fields: { ...parsed.fields } })
    }
    return [...this.#parsed]
  }

  records(): StoredRecord[] {
    this.#check()
    return [...this.#records]
  }

  headers(): SentHeaders[] {
    return [...this.#headers]
  }

  reset(): void {
    this.#written = []
    this.#parsed = []
    this.#records = []
    this.#headers = []
    this.#isOver = false
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    this.isClosed = true
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  // A test that looks for a line must not miss it silently.
  #check(): void {
    if (!this.#isOver) return
    const bounds = `${maxLines.toLocaleString('en')} lines and ${maxRecords.toLocaleString('en')} records`
    throw new Error(
      `captureSpoor: expected at most ${bounds} in one capture, got more; call reset() between the parts of the test`,
    )
  }
}
