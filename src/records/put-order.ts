import type { StoredRecord } from './record.js'

/** A record in the store. */
export interface StoredEntry {
  readonly record: StoredRecord
  /** Figures that came after the record, and stand above those in it. */
  readonly late: StoredRecord['late']
  readonly bytes: number
  /** When the record expires, on the store's clock. Entries expire in the order they were put. */
  readonly until: number
  /** The latest start among this record and those put before it: a list of the newest ends by it. */
  readonly latestStart: string
}

type Next = () => StoredEntry | undefined

class Entry implements StoredEntry {
  record: StoredRecord
  late: StoredRecord['late'] = undefined
  bytes: number
  readonly until: number
  readonly latestStart: string
  /** Its place in the order of all that were ever put. */
  readonly place: number
  /** The neighbours of the same request id, where that is not the record's own id. */
  older: Entry | undefined = undefined
  newer: Entry | undefined = undefined

  constructor(record: StoredRecord, bytes: number, until: number, latestStart: string, place: number) {
    this.record = record
    this.bytes = bytes
    this.until = until
    this.latestStart = latestStart
    this.place = place
  }
}

/**
 * Records in the order they were put, by id and by request id. The first put is the first removed. Walks may pause: they
 * do not visit what is added meanwhile, and pass over what is removed meanwhile.
 */
export class PutOrder {
  readonly #byId = new Map<string, Entry>()
  /** The newest of each request id, where that differs from the record's id: most records need no place here. */
  readonly #byRequestId = new Map<string, Entry>()
  // Not the order of the Map: it finds its first entry slowly, stepping over all that were deleted before (V8).
  #queue: (Entry | undefined)[] = []
  /** The place of the first slot of `#queue`, and of the oldest entry. */
  #firstPlace = 0
  #oldestPlace = 0
  #latestStart = ''
  #bytes = 0

  get size(): number {
    return this.#byId.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get oldest(): StoredEntry | undefined {
    return this.#at(this.#oldestPlace)
  }

  get(id: string): StoredEntry | undefined {
    return this.#byId.get(id)
  }

  /** Adds a record. One with the same id is removed. */
  add(record: StoredRecord, bytes: number, until: number): void {
    const { id, requestId, startedAt } = record
    const replaced = this.#byId.get(id)
    if (replaced !== undefined) this.#remove(replaced)
    if (startedAt > this.#latestStart) this.#latestStart = startedAt
    const place = this.#firstPlace + this.#queue.length
    const entry = new Entry(record, bytes, until, this.#latestStart, place)
    this.#byId.set(id, entry)
    if (requestId !== id) this.#link(requestId, entry)
    this.#queue.push(entry)
    this.#bytes += bytes
  }

  /** Completes an entry: by late figures, and by a record of the same ids. */
  complete(old: StoredEntry, record: StoredRecord, late: StoredRecord['late'], bytes: number): void {
    const entry = this.#byId.get(old.record.id)
    if (entry === undefined) return
    this.#bytes += bytes - entry.bytes
    entry.record = record
    entry.late = late
    entry.bytes = bytes
  }

  removeOldest(): void {
    const entry = this.#at(this.#oldestPlace)
    if (entry !== undefined) this.#remove(entry)
  }

  /** Walks from the last put to the first. */
  newestFirst(): Next {
    let place = this.#firstPlace + this.#queue.length
    return () => {
      while (--place >= this.#oldestPlace) {
        const entry = this.#at(place)
        if (entry !== undefined) return entry
      }
      return undefined
    }
  }

  /** Walks from the first put to the last. */
  oldestFirst(): Next {
    let place = this.#oldestPlace
    const end = this.#firstPlace + this.#queue.length
    return () => {
      for (place = Math.max(place, this.#oldestPlace); place < end; ) {
        const entry = this.#at(place++)
        if (entry !== undefined) return entry
      }
      return undefined
    }
  }

  /** Walks the records of a request id: the one whose own id it is, then the others, the last put first. */
  ofRequest(requestId: string): Next {
    const own = this.#byId.get(requestId)
    let next = this.#byRequestId.get(requestId)
    let isOwnNext = own?.record.requestId === requestId
    return () => {
      if (isOwnNext) {
        isOwnNext = false
        return own
      }
      const entry = next
      next = entry?.older
      return entry
    }
  }

  clear(): void {
    this.#byId.clear()
    this.#byRequestId.clear()
    this.#firstPlace += this.#queue.length
    this.#queue = []
    this.#oldestPlace = this.#firstPlace
    this.#latestStart = ''
    this.#bytes = 0
  }

  #at(place: number): Entry | undefined {
    return this.#queue[place - this.#firstPlace]
  }

  #link(requestId: string, entry: Entry): void {
    const older = this.#byRequestId.get(requestId)
    this.#byRequestId.set(requestId, entry)
    if (older === undefined) return
    entry.older = older
    older.newer = entry
  }

  #remove(entry: Entry): void {
    const { id, requestId } = entry.record
    this.#byId.delete(id)
    if (requestId !== id) this.#unlink(requestId, entry)
    this.#bytes -= entry.bytes
    this.#queue[entry.place - this.#firstPlace] = undefined
    if (entry.place === this.#oldestPlace) this.#moveOldest()
  }

  /** Its own `older` stays: a walk may stand at it. */
  #unlink(requestId: string, { older, newer }: Entry): void {
    if (older !== undefined) older.newer = newer
    if (newer !== undefined) newer.older = older
    else if (older !== undefined) this.#byRequestId.set(requestId, older)
    else this.#byRequestId.delete(requestId)
  }

  #moveOldest(): void {
    const end = this.#firstPlace + this.#queue.length
    while (this.#oldestPlace < end && this.#at(this.#oldestPlace) === undefined) this.#oldestPlace++
    const empty = this.#oldestPlace - this.#firstPlace
    if (empty < 1_024 || empty < this.#queue.length / 2) return
    this.#queue = this.#queue.slice(empty)
    this.#firstPlace = this.#oldestPlace
  }
}
