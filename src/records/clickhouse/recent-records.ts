import type { StoredRecord } from '../record.js'
import { recordBytes } from '../record-bytes.js'

/** The last records of this process: late figures come within seconds, and complete the record. */
export class RecentRecords {
  readonly #maxBytes: number
  readonly #records = new Map<string, StoredRecord>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(id: string): StoredRecord | undefined {
    return this.#records.get(id)
  }

  set(record: StoredRecord): void {
    this.#remove(record.id)
    this.#records.set(record.id, record)
    this.#bytes += recordBytes(record)
    for (const id of this.#records.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(id)
    }
  }

  #remove(id: string): void {
    const record = this.#records.get(id)
    if (record === undefined) return
    this.#records.delete(id)
    this.#bytes -= recordBytes(record)
  }
}
