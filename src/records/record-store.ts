import type { ReadAccess } from './read-access.js'
import type { StoredRecord } from './record.js'
import type { LiveStore, TotalsStore } from './shared-store.js'

/** A kind of time. `held`: other requests held this one up; not measured yet, so it matches no record. */
export type DominantTime = 'cpu' | 'held' | 'outgoing' | 'queries' | 'pool' | 'other'

/** Selects records. An absent member matches every record. */
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
  /** Started at or after `from`, and before `to` (ms since the epoch). */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly minMs?: number | undefined
  readonly minCpuMs?: number | undefined
  readonly errorCode?: string | undefined
  /** A part of its id, request id, path, route, name, account or user, in any case. */
  readonly text?: string | undefined
  /** The process: its host, its pid, or both with a colon or space between. */
  readonly process?: string | undefined
  /** True for records of measured requests and jobs only, false for the others. The inspector asks a store for measured ones. */
  readonly measured?: boolean | undefined
  /** Fields that the service added, by name: each must have this value, as text. */
  readonly fields?: Readonly<Record<string, string>> | undefined
  /** The opaque `next` of the previous page. A store throws a RangeError for any other text. */
  readonly before?: string | undefined
  /** 1 to 200; other numbers count as the nearest. Default 50. */
  readonly limit?: number | undefined
}

/** One page, newest first: by `startedAt`, then by `id`. Records that come and go do not move others between pages. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Pass it as `before` to get the next page. Absent on the last page. */
  readonly next?: string | undefined
}

/** The size of a store, and how many records it removed. */
export interface StoreHealth {
  readonly records: number
  readonly bytes: number
  readonly maxBytes: number
  /** Records removed early because the store was full. */
  readonly evicted: number
  /** Records removed at the end of their time. Absent if the store cannot tell. */
  readonly expired?: number | undefined
  /** The start of the oldest record (ISO 8601). */
  readonly oldest?: string | undefined
  /** Records of this process that the store never got, because too many waited while it failed. */
  readonly givenUp?: number | undefined
  /** Entries that cannot be read, such as those of another version of Spoor. They are skipped. */
  readonly unreadable?: number | undefined
}

/**
 * Stores records for a while. Requests never wait for the store: promises of `put` and `update` are not awaited, and
 * failures are counted. The store itself applies `access`, so that no record of another account leaves it: by `account`,
 * and records with `accountSwitched` for readers of everything only.
 */
export interface RecordStore {
  put(record: StoredRecord): void | Promise<void>
  /** Adds what became known after the end. Ignores a removed record, and does not keep a record longer. */
  update(id: string, later: Pick<StoredRecord, 'late' | 'error'>): void | Promise<void>
  /** Returns a record by its own id. */
  get(access: ReadAccess, id: string): StoredRecord | undefined | Promise<StoredRecord | undefined>
  list(access: ReadAccess, filter: RecordFilter): Page<StoredRecord> | Promise<Page<StoredRecord>>
  health(): StoreHealth | Promise<StoreHealth>
  close(): void | Promise<void>
  /** Open requests of all processes. A store that has it serves all instances of a service. */
  readonly live?: LiveStore | undefined
  /** Totals of all processes. */
  readonly totals?: TotalsStore | undefined
  /**
   * Resolves with true for the first process that asks for `name` within a time, and with false for the others: an alert of several
   * processes is sent once.
   */
  claim?(name: string, forMs: number): boolean | Promise<boolean>
  /** Resolves with the value that the first process gave for `name`, so that all processes have the same. */
  agree?(name: string, value: string): string | Promise<string>
}
