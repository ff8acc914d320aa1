import { LRUCache } from 'lru-cache'
import { checkOptions, object, optional, wholeNumber } from '../options.js'
import { cursorAt, newestFirst, type Position, positionOf } from './cursor.js'
import { pageSize, passing } from './filter.js'
import type { KeptRecord } from './record.js'
import { recordBytes } from './record-bytes.js'
import type { Page, RecordFilter, RecordStore, StoreHealth } from './record-store.js'
import { mayRead, type Scope } from './scope.js'

/** What `memoryRecords` may be told. */
export interface MemoryRecordsOptions {
  /** How much is kept, counted as JSON; on the heap it is 1.2 to 1.9 times that. Default 64 MB (67,108,864), at least 32 KB. */
  maxBytes?: number | undefined
  /** For how long a record is kept, from its end. Default an hour. */
  keepForMs?: number | undefined
}

interface Entry {
  readonly record: KeptRecord
  /** On the store's clock. */
  readonly until: number
}

const options = object({
  maxBytes: optional(wholeNumber(32_768, 'bytes')),
  keepForMs: optional(wholeNumber(1, 'milliseconds')),
})

/**
 * Keeps records in this process: the last hour, or as many as fit. The first to go is the one that ended first. No timer:
 * what is past its time is not given any more, and let go of at the next `put` or reading.
 *
 * @example
 * createSpoor({ service: 'publisher', logs, records: memoryRecords({ maxBytes: 16 * 2 ** 20 }) })
 *
 * @throws OptionsError with every mistake
 */
export function memoryRecords(given: MemoryRecordsOptions = {}): RecordStore {
  return new MemoryRecords(checkOptions('memoryRecords', given, options), () => performance.now())
}

export class MemoryRecords implements RecordStore {
  readonly #maxBytes: number
  readonly #keepForMs: number
  readonly #now: () => number
  // A Map forgets its first entry slowly: it steps over all that were deleted before (V8). Nothing is ever `get`, so that
  // the least recently used is the one that came first.
  readonly #entries: LRUCache<string, Entry>
  /** No record is past its time before; undefined where there was none. To ask for the oldest takes longer than the rest of `put`. */
  #dueAt: number | undefined
  #evicted = 0
  #expired = 0
  #closed = false

  /** @param now milliseconds on a clock that never goes back */
  constructor({ maxBytes = 64 * 2 ** 20, keepForMs = 3_600_000 }: MemoryRecordsOptions, now: () => number) {
    this.#maxBytes = maxBytes
    this.#keepForMs = keepForMs
    this.#now = now
    this.#entries = new LRUCache({ maxSize: maxBytes, dispose: (entry, _id, reason) => this.#count(entry, reason) })
  }

  put(record: KeptRecord): void {
    if (this.#closed) return
    const now = this.#now()
    if (this.#dueAt !== undefined && now >= this.#dueAt) this.#letGo()
    this.#set({ record, until: now + this.#keepForMs })
    this.#dueAt ??= now + this.#keepForMs
  }

  update(id: string, { late }: Pick<KeptRecord, 'late'>): void {
    const entry = this.#entry(id)
    if (entry !== undefined) this.#set({ ...entry, record: { ...entry.record, late } })
  }

  get(scope: Scope, id: string): KeptRecord | undefined {
    const record = this.#entry(id)?.record
    // Asked of the unknown as well: a scope that is none is refused either way.
    return mayRead(scope, record ?? {}) ? record : undefined
  }

  list(scope: Scope, filter: RecordFilter): Page<KeptRecord> {
    this.#letGo()
    const limit = pageSize(filter.limit)
    // One more tells whether there is another page.
    const first = new First(limit + 1, filter.before === undefined ? undefined : positionOf(filter.before))
    const passes = passing(filter)
    // Also where there is nothing to ask about.
    mayRead(scope, {})
    const now = this.#now()
    this.#entries.forEach(({ record, until }) => {
      if (until > now && first.takes(record) && mayRead(scope, record) && passes(record)) first.add(record)
    })
    const items = first.items.slice(0, limit)
    const last = items[limit - 1]
    return first.items.length > limit && last !== undefined ? { items, next: cursorAt(last) } : { items }
  }

  health(): StoreHealth {
    this.#letGo()
    let oldest: string | undefined
    this.#entries.forEach(({ record: { startedAt } }) => {
      if (oldest === undefined || startedAt < oldest) oldest = startedAt
    })
    const { size: records, calculatedSize: bytes } = this.#entries
    return { records, bytes, maxBytes: this.#maxBytes, evicted: this.#evicted, expired: this.#expired, oldest }
  }

  /** Forgets everything; what is put later is not kept. May be called twice. */
  close(): void {
    this.#closed = true
    this.#entries.clear()
  }

  #entry(id: string): Entry | undefined {
    const entry = this.#entries.peek(id)
    return entry !== undefined && entry.until > this.#now() ? entry : undefined
  }

  #set(entry: Entry): void {
    const { record } = entry
    const size = recordBytes(record)
    if (size > this.#maxBytes) this.#evicted++
    else this.#entries.set(record.id, entry, { size })
  }

  /** Lets go of what is past its time: the first ones. Those that were updated stand somewhat later. */
  #letGo(): void {
    const now = this.#now()
    for (;;) {
      const oldest = this.#entries.rvalues().next().value
      this.#dueAt = oldest?.until
      if (!oldest || oldest.until > now) return
      this.#entries.pop()
    }
  }

  #count({ until }: Entry, reason: string): void {
    if (reason !== 'evict') return
    if (until > this.#now()) this.#evicted++
    else this.#expired++
  }
}

/** The first so many records of a list, in its order, of all that are shown to it in almost that order. */
class First {
  readonly items: KeptRecord[] = []
  readonly #most: number
  readonly #behind: Position | undefined

  constructor(most: number, behind: Position | undefined) {
    this.#most = most
    this.#behind = behind
  }

  /** True if `record` would be among them: asked before what costs more. */
  takes(record: KeptRecord): boolean {
    if (this.#behind !== undefined && newestFirst(this.#behind, record) >= 0) return false
    const last = this.items[this.#most - 1]
    return last === undefined || newestFirst(record, last) < 0
  }

  add(record: KeptRecord): void {
    let at = this.items.length
    for (; at > 0 && newestFirst(record, this.items[at - 1] as KeptRecord) < 0; at--);
    this.items.splice(at, 0, record)
    if (this.items.length > this.#most) this.items.pop()
  }
}
