import { mayRead, mayReadAccount, type ReadAccess, seesAll } from '../records/read-access.js'
import { memberRows, type StoredRecord } from '../records/record.js'
import type { Page, RecordFilter, RecordStore } from '../records/record-store.js'
import { roundedMs } from '../safe-values/rounded-ms.js'
import type { Books } from '../usage/ledger.js'
import { type HealthParts, healthOf } from './health.js'
import type { Health, ListedRecord, LiveRequest, ReadBooks, Reading, ReadRecord } from './reading.js'
import { RequestLines } from './request-lines.js'
import { mayAskFor, shownRecord } from './shown-error.js'
import { withinStoreTimeLimit } from './store-time-limit.js'
import { summary } from './summary.js'

/** What is read from. */
export interface ReadingParts {
  readonly store: RecordStore
  /** The file of the logger `requests`; undefined where there is none. */
  readonly requestsFile: string | undefined
  /** Open requests that `mayRead` lets through, in any order. It decides before anything is done to a request. */
  live(mayRead: (request: LiveRequest) => boolean): Iterable<LiveRequest>
  /** Undefined where nothing is measured. */
  books(): MeasuredBooks | undefined
  readonly health: HealthParts
  /** How long the store has to answer. Default 2 s. */
  readonly withinMs?: number | undefined
}

/** The books since the hooks were first on. */
export interface MeasuredBooks {
  /** ISO 8601. */
  readonly since: string
  readonly measuredShare: number
  readonly books: Books
}

const maxOthers = 200

/** Makes the only door to what is kept and open: a scope in, results out. */
export function createReading(parts: ReadingParts): Reading {
  return new PartsReading(parts)
}

class PartsReading implements Reading {
  readonly #parts: ReadingParts
  readonly #withinMs: number
  readonly #lines: RequestLines | undefined

  constructor(parts: ReadingParts) {
    const { requestsFile, withinMs = 2_000 } = parts
    this.#parts = parts
    this.#withinMs = withinMs
    this.#lines = requestsFile === undefined ? undefined : new RequestLines({ file: requestsFile })
  }

  async record(scope: ReadAccess, id: string): Promise<ReadRecord | undefined> {
    // Refuses a scope that is none before anything is asked.
    mayReadAccount(scope, undefined)
    const kept = await this.#kept(scope, id)
    if (kept.length > 0) return readRecord(scope, kept, id, 'memory')
    return readRecord(scope, (await this.#lines?.find(scope, id)) ?? [], id, 'log')
  }

  async list(scope: ReadAccess, filter: RecordFilter): Promise<Page<ListedRecord>> {
    mayReadAccount(scope, undefined)
    const { errorCode } = filter
    if (errorCode !== undefined && !mayAskFor(scope, errorCode)) return { items: [] }
    const { items, next } = await this.#ask((store) => store.list(scope, filter))
    const listed = within(scope, items).map((record) => listedRecord(shownRecord(scope, record)))
    return next === undefined ? { items: listed } : { items: listed, next }
  }

  live(scope: ReadAccess): readonly LiveRequest[] {
    // Refuses a scope that is none before anything is asked.
    mayReadAccount(scope, undefined)
    const mayRead = ({ account }: LiveRequest): boolean => mayReadAccount(scope, account)
    return [...this.#parts.live(mayRead)].filter(mayRead).sort((a, b) => b.openMs - a.openMs)
  }

  books(scope: ReadAccess): ReadBooks | undefined {
    const measured = seesAll(scope) ? this.#parts.books() : undefined
    return measured && readBooks(measured)
  }

  async health(scope: ReadAccess): Promise<Health | undefined> {
    if (!seesAll(scope)) return undefined
    return healthOf(this.#parts.health, this.#parts.store, this.#withinMs)
  }

  /** The record of that id first, and all of its request id. */
  async #kept(scope: ReadAccess, id: string): Promise<StoredRecord[]> {
    return this.#ask(async (store) => {
      const own = await store.get(scope, id)
      const requestId = own?.requestId ?? id
      const { items } = await store.list(scope, { requestId, limit: maxOthers })
      return within(scope, own === undefined ? items : [own, ...items.filter((one) => one.id !== own.id)])
    })
  }

  #ask<T>(ask: (store: RecordStore) => T | Promise<T>): Promise<T> {
    return withinStoreTimeLimit(this.#parts.store, this.#withinMs, ask)
  }
}

/** The scope once more: a store may be somebody else's. */
function within(scope: ReadAccess, records: readonly StoredRecord[]): StoredRecord[] {
  return records.filter((record) => mayRead(scope, record))
}

/** Of several the one with that very id, else the first. */
function readRecord(
  scope: ReadAccess,
  found: readonly StoredRecord[],
  id: string,
  source: ReadRecord['source'],
): ReadRecord | undefined {
  const first = found.find((one) => one.id === id) ?? found[0]
  if (first === undefined) return undefined
  const others = found.filter((one) => one !== first).map((one) => one.id)
  const record = shownRecord(scope, first)
  return { ...record, source, ...(others.length > 0 ? { others } : {}), summary: summary(record) }
}

function listedRecord(record: StoredRecord): ListedRecord {
  const listed: Record<string, unknown> = {}
  for (const [name, { inLists }] of memberRows) if (inLists && name in record) listed[name] = record[name]
  return listed as unknown as ListedRecord
}

function readBooks({ since, measuredShare, books }: MeasuredBooks): ReadBooks {
  const { requests, jobs, runs, unattributed, watching, threadCpuMs, unexplained } = books
  return {
    since,
    measuredShare,
    requestsMs: roundedMs(requests),
    jobsMs: roundedMs(jobs),
    runsMs: roundedMs(runs),
    unattributedMs: roundedMs(unattributed),
    watchingMs: roundedMs(watching),
    threadCpuMs: threadCpuMs === undefined ? undefined : roundedMs(threadCpuMs),
    unexplainedMs: unexplained === undefined ? undefined : roundedMs(unexplained),
  }
}
