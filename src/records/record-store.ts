import type { ReadAccess } from './read-access.js'
import type { StoredRecord } from './record.js'

/** Where the time of a request went. `held`: others held the request up; not measured yet, so that no record has it. */
export type DominantTime = 'cpu' | 'held' | 'outgoing' | 'other'

/** Which records a reader asks for; an absent member lets all pass. */
export interface RecordFilter {
  readonly account?: string | undefined
  readonly user?: string | undefined
  /** The route's pattern, exactly. */
  readonly route?: string | undefined
  /** `404`, or a class: `5xx`. */
  readonly status?: string | undefined
  readonly kind?: 'request' | 'job' | undefined
  readonly parentId?: string | undefined
  readonly requestId?: string | undefined
  /** The kind of time that took most of the duration. */
  readonly dominant?: DominantTime | undefined
  /** @deprecated Renamed to `dominant`; removed in 0.3. */
  readonly mostly?: DominantTime | undefined
  /** Started at or after, and before (ms since the epoch). */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly minMs?: number | undefined
  readonly minCpuMs?: number | undefined
  readonly errorCode?: string | undefined
  /** The opaque `next` of a page before. One that is none is refused with a RangeError. */
  readonly before?: string | undefined
  /** 1 to 200, what is beyond is taken for the nearest; default 50. */
  readonly limit?: number | undefined
}

/** One page, newest first: by `startedAt`, within a millisecond by `id`. Stable: what comes and goes moves nothing else. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Given as `before` it asks for the page behind; absent on the last. */
  readonly next?: string | undefined
}

/** How full a store is, and what it had to give up. */
export interface StoreHealth {
  readonly records: number
  readonly bytes: number
  readonly maxBytes: number
  /** Given up before their time because the store was full. */
  readonly evicted: number
  /** Given up at the end of their time. Absent where the store cannot tell. */
  readonly expired?: number | undefined
  /** The start of the oldest record (ISO 8601). */
  readonly oldest?: string | undefined
}

/**
 * Keeps records for a while. Requests never wait for it: what `put` and `update` return is not awaited, what they throw
 * or reject with is counted. `access` is applied by the store itself, so that nothing foreign ever leaves it: by
 * `account`; what has `accountSwitched` is for who sees everything only.
 */
export interface RecordStore {
  put(record: StoredRecord): void | Promise<void>
  /** Adds what became known after the end. Does nothing for a record that is gone, and keeps none longer. */
  update(id: string, later: Pick<StoredRecord, 'late' | 'error'>): void | Promise<void>
  /** By the record's own id. */
  get(access: ReadAccess, id: string): StoredRecord | undefined | Promise<StoredRecord | undefined>
  list(access: ReadAccess, filter: RecordFilter): Page<StoredRecord> | Promise<Page<StoredRecord>>
  health(): StoreHealth | Promise<StoreHealth>
  close(): void | Promise<void>
}
