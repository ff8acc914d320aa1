import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { Page, RecordFilter, RecordStore } from '../records/record-store.js'
import { memberRows } from '../records/record-table.js'
import { type UsageSource, usageOf } from './accounts.js'
import { accountingOf, accountingSince, type MeasuredBooks } from './cpu-accounting.js'
import { type HealthParts, healthOf } from './health.js'
import type { CpuAccounting, Health, ListedRecord, LiveRequest, Reading, ReadRecord } from './reading.js'
import { RequestLines } from './request-lines.js'
import type { Searches } from './searches.js'
import { mayAskFor, shownRecord } from './shown-error.js'
import { withinStoreTimeLimit } from './store-time-limit.js'
import { summary } from './summary.js'
import { spanMs, type UsageAnswer, type UsageQuery, type UsageSpan } from './usage.js'

/** The sources of a reading. */
export interface ReadingParts {
  readonly store: RecordStore
  /** The file of the logger `requests`, if it writes to one. */
  readonly requestsFile: string | undefined
  /** Open requests that `mayRead` accepts, in any order. `mayRead` is called before any other work on a request. */
  live(mayRead: (request: LiveRequest) => boolean): Iterable<LiveRequest>
  /** Undefined if nothing is measured. */
  books(): MeasuredBooks | undefined
  /** The totals of accounts and routes. */
  readonly usage: UsageSource
  readonly health: HealthParts
  /** The queue of searches that this reading shares with others. */
  readonly searches?: Searches | undefined
  /** How long the store has to answer. Default 2 s. */
  readonly withinMs?: number | undefined
}

const maxOthers = 200

/** Creates the only way to read records and open requests. */
export function createReading(parts: ReadingParts): Reading {
  return new PartsReading(parts)
}

class PartsReading implements Reading {
  readonly #parts: ReadingParts
  readonly #withinMs: number
  readonly #lines: RequestLines | undefined

  constructor(parts: ReadingParts) {
    const { requestsFile, searches, withinMs = 2_000 } = parts
    this.#parts = parts
    this.#withinMs = withinMs
    this.#lines = requestsFile === undefined ? undefined : new RequestLines({ file: requestsFile, searches })
  }

  async record(access: ReadAccess, id: string): Promise<ReadRecord | undefined> {
    // An invalid `access` throws before any source is asked.
    mayReadAccount(access, undefined)
    const kept = await this.#kept(access, id)
    if (kept.length > 0) return readRecord(access, kept, id, 'memory')
    return readRecord(access, (await this.#lines?.find(access, id)) ?? [], id, 'log')
  }

  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<ListedRecord>> {
    mayReadAccount(access, undefined)
    const { errorCode } = filter
    if (errorCode !== undefined && !mayAskFor(access, errorCode)) return { items: [] }
    const { items, next } = await this.#ask((store) => store.list(access, filter))
    const listed = within(access, items).map((record) => listedRecord(shownRecord(access, record)))
    return next === undefined ? { items: listed } : { items: listed, next }
  }

  live(access: ReadAccess): readonly LiveRequest[] {
    // An invalid `access` throws before any source is asked.
    mayReadAccount(access, undefined)
    const mayRead = ({ account }: LiveRequest): boolean => mayReadAccount(access, account)
    return [...this.#parts.live(mayRead)].filter(mayRead).sort((a, b) => b.openMs - a.openMs)
  }

  accounting(access: ReadAccess, span?: UsageSpan): CpuAccounting | undefined {
    if (!seesAll(access)) return undefined
    if (span !== undefined) return accountingOf(this.#parts.usage.read({ by: 'route', spanMs: spanMs[span] }), span)
    const measured = this.#parts.books()
    return measured && accountingSince(measured)
  }

  usage(access: ReadAccess, of: 'account' | 'route', query: UsageQuery): UsageAnswer {
    return usageOf(this.#parts.usage, access, of, query)
  }

  async health(access: ReadAccess): Promise<Health | undefined> {
    if (!seesAll(access)) return undefined
    return healthOf(this.#parts.health, this.#parts.store, this.#withinMs)
  }

  /** The record with this id first, then all with its request id. */
  async #kept(access: ReadAccess, id: string): Promise<StoredRecord[]> {
    return this.#ask(async (store) => {
      const own = await store.get(access, id)
      const requestId = own?.requestId ?? id
      const { items } = await store.list(access, { requestId, limit: maxOthers })
      return within(access, own === undefined ? items : [own, ...items.filter((one) => one.id !== own.id)])
    })
  }

  #ask<T>(ask: (store: RecordStore) => T | Promise<T>): Promise<T> {
    return withinStoreTimeLimit(this.#parts.store, this.#withinMs, ask)
  }
}

/** Applies the access again: the store may be third-party code. */
function within(access: ReadAccess, records: readonly StoredRecord[]): StoredRecord[] {
  return records.filter((record) => mayRead(access, record))
}

/** The record with this id, else the first. */
function readRecord(
  access: ReadAccess,
  found: readonly StoredRecord[],
  id: string,
  source: ReadRecord['source'],
): ReadRecord | undefined {
  const first = found.find((one) => one.id === id) ?? found[0]
  if (first === undefined) return undefined
  const others = found.filter((one) => one !== first).map((one) => one.id)
  const record = shownRecord(access, first)
  return { ...record, source, ...(others.length > 0 ? { others } : {}), summary: summary(record) }
}

function listedRecord(record: StoredRecord): ListedRecord {
  const listed: Record<string, unknown> = {}
  for (const [name, { inLists }] of memberRows) if (inLists && name in record) listed[name] = record[name]
  return listed as unknown as ListedRecord
}
