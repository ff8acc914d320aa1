import { cursorAt, positionOf } from './cursor.js'
import { matches, pageSize, startsFrom } from './filter.js'
import type { MemoryRecordsOptions } from './memory-records.js'
import { PutOrder, type StoredEntry } from './put-order.js'
import { mayRead, type ReadAccess } from './read-access.js'
import type { StoredRecord } from './record.js'
import { lateBytes, recordBytes } from './record-bytes.js'
import type { Page, RecordFilter, RecordStore, StoreHealth } from './record-store.js'
import { Slices } from './slices.js'
import { TopN } from './top-n.js'

/** Each `put` adds one record, so removing this many at most keeps up, and no `put` pays for a whole hour at once. */
const maxExpiredAtOnce = 64

/** @param now milliseconds on a clock that never goes back */
export function memoryStore(options: MemoryRecordsOptions, now: () => number): RecordStore {
  return new MemoryRecords(options, now)
}

/** Stores records in this process: `memoryRecords` says how. */
export class MemoryRecords implements RecordStore {
  readonly #maxBytes: number
  readonly #keepForMs: number
  readonly #now: () => number
  readonly #entries = new PutOrder()
  /** Shared by all readers, so that together they take one slice of each turn of the event loop. */
  readonly #slices = new Slices()
  #evicted = 0
  #expired = 0
  #closed = false

  constructor({ maxBytes = 64 * 2 ** 20, keepForMs = 3_600_000 }: MemoryRecordsOptions, now: () => number) {
    this.#maxBytes = maxBytes
    this.#keepForMs = keepForMs
    this.#now = now
  }

  put(record: StoredRecord): void {
    if (this.#closed) return
    const now = this.#now()
    this.#removeExpired(now, maxExpiredAtOnce)
    const bytes = recordBytes(record)
    if (bytes > this.#maxBytes) {
      this.#evicted++
      return
    }
    this.#entries.add(record, bytes, now + this.#keepForMs)
    this.#makeRoom()
  }

  update(id: string, { late, error }: Pick<StoredRecord, 'late' | 'error'>): void {
    const entry = this.#entry(id)
    if (entry === undefined) return
    // Nearly every record gets late figures. They stay beside the record: copies of all records would double the work
    // of the garbage collector.
    const bytes = entry.bytes + (late === undefined || completed(entry).late !== undefined ? 0 : lateBytes)
    const isWhole = error === undefined || entry.record.error !== undefined
    const record = isWhole ? entry.record : { ...entry.record, error }
    const all = isWhole ? bytes : bytes + recordBytes(record) - recordBytes(entry.record)
    if (all > this.#maxBytes) return
    this.#entries.complete(entry, record, late ?? entry.late, all)
    this.#makeRoom()
  }

  get(access: ReadAccess, id: string): StoredRecord | undefined {
    const entry = this.#entry(id)
    // Also for an unknown id, so that an invalid `access` always throws.
    return mayRead(access, entry?.record ?? {}) ? entry && completed(entry) : undefined
  }

  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<StoredRecord>> {
    const limit = pageSize(filter.limit)
    // One more tells whether there is another page.
    const top = new TopN(limit + 1, filter.before === undefined ? undefined : positionOf(filter.before))
    const isMatch = matches(filter)
    const from = startsFrom(filter)
    // An invalid `access` throws even if the store is empty.
    mayRead(access, {})
    const now = this.#now()
    this.#removeExpired(now, maxExpiredAtOnce)
    const { requestId } = filter
    const entries = requestId === undefined ? this.#entries.newestFirst() : this.#entries.ofRequest(requestId)
    await this.#slices.each(entries, ({ record, until, latestStart }) => {
      // No record that was put earlier started later: from here on nothing can enter the page.
      if (latestStart < from || top.isFullBefore(latestStart)) return false
      if (until > now && top.takes(record) && mayRead(access, record) && isMatch(record)) top.add(record)
      return true
    })
    const items = top.items.slice(0, limit).map((record) => this.#completed(record))
    const last = items[limit - 1]
    return top.items.length > limit && last !== undefined ? { items, next: cursorAt(last) } : { items }
  }

  async health(): Promise<StoreHealth> {
    const now = this.#now()
    let oldest: string | undefined
    await this.#slices.each(this.#entries.oldestFirst(), ({ record: { startedAt }, until }) => {
      if (until <= now) this.#removeExpired(now, 1)
      else if (oldest === undefined || startedAt < oldest) oldest = startedAt
      return true
    })
    const { size: records, bytes } = this.#entries
    return { records, bytes, maxBytes: this.#maxBytes, evicted: this.#evicted, expired: this.#expired, oldest }
  }

  /** Removes all records and ignores later ones. May be called twice. */
  close(): void {
    this.#closed = true
    this.#entries.clear()
  }

  #entry(id: string): StoredEntry | undefined {
    const entry = this.#entries.get(id)
    return entry !== undefined && entry.until > this.#now() ? entry : undefined
  }

  /** A listed record with its late figures. It may have been removed meanwhile. */
  #completed(record: StoredRecord): StoredRecord {
    const entry = this.#entries.get(record.id)
    return entry?.record === record ? completed(entry) : record
  }

  #removeExpired(now: number, atMost: number): void {
    for (let removed = 0; removed < atMost; removed++) {
      const { oldest } = this.#entries
      if (oldest === undefined || oldest.until > now) return
      this.#entries.removeOldest()
      this.#expired++
    }
  }

  #makeRoom(): void {
    while (this.#entries.bytes > this.#maxBytes) {
      const { oldest } = this.#entries
      if (oldest === undefined) return
      this.#entries.removeOldest()
      if (oldest.until > this.#now()) this.#evicted++
      else this.#expired++
    }
  }
}

function completed({ record, late }: StoredEntry): StoredRecord {
  return late === undefined ? record : { ...record, late }
}
