import { classMember, ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { newWork } from '../work/work.js'
import { cursorAt, positionOf } from './cursor.js'
import { type Edit, edited } from './edited.js'
import { matches, pageSize } from './filter.js'
import { mayRead, type ReadAccess } from './read-access.js'
import { listsBytes, type RecentLists, workWith } from './recent-lists.js'
import type { RequestRecord, StoredRecord } from './record.js'
import type { Page, RecordFilter } from './record-store.js'
import type { OutgoingSum } from './request-line.js'
import { Slices } from './slices.js'
import { storedRecord } from './stored-record.js'
import { TopN } from './top-n.js'
import { knownWaits } from './waits.js'

/** How many requests are kept, and for how long. */
export interface RecentBounds {
  /** Default 5,000. */
  readonly maxCount?: number | undefined
  /** The estimated size of all of them. Default 8 MB. */
  readonly maxBytes?: number | undefined
  /** Default one hour. */
  readonly keepForMs?: number | undefined
}

/** How the texts of requests are made safe, as in lines. */
export interface RecentTexts {
  readonly safe: (value: unknown) => SafeValue | undefined
  /** Applies `beforeLine`. */
  readonly edit?: Edit | undefined
}

/** The state of the list. */
export interface RecentState {
  readonly count: number
  /** The earliest end that is known without gaps (ms since the epoch); undefined if nothing was removed. */
  readonly since: number | undefined
}

/** A request as it ended; its stored form is made when a reader first asks. */
interface Kept {
  readonly record: RequestRecord
  readonly outgoing: OutgoingSum | undefined
  readonly lists: RecentLists | undefined
  readonly bytes: number
  readonly until: number
  /** `null`: `beforeLine` drops its line. */
  shown: StoredRecord | null | undefined
}

const emptyWork = newWork()

/**
 * The last requests and jobs that were not measured: what their request lines have, and the times of few calls and queries. A bounded list in this process. It applies the
 * reader's access itself. To keep a request costs about a microsecond: texts are made safe when a reader first asks for them.
 */
export class RecentRequests {
  readonly #maxCount: number
  readonly #maxBytes: number
  readonly #keepForMs: number
  readonly #texts: RecentTexts
  readonly #now: () => number
  readonly #slices = new Slices()
  /** In the order of their ends. The first `#removed` slots are empty. */
  #kept: (Kept | undefined)[] = []
  #removed = 0
  #bytes = 0
  #since: number | undefined
  #isClosed = false

  /** @param now milliseconds on a clock that never goes back */
  constructor(bounds: RecentBounds, texts: RecentTexts, now: () => number = () => performance.now()) {
    const { maxCount = 5_000, maxBytes = 8 * 2 ** 20, keepForMs = 3_600_000 } = ownMembers(bounds) as RecentBounds
    this.#maxCount = maxCount
    this.#maxBytes = maxBytes
    this.#keepForMs = keepForMs
    this.#texts = texts
    this.#now = now
  }

  /** @param outgoing the sum of its calls. @param lists its calls, queries and jobs, if they are few */
  add(record: RequestRecord, outgoing: OutgoingSum | undefined, lists?: RecentLists): void {
    if (this.#isClosed) return
    const now = this.#now()
    const bytes = bytesOf(record, outgoing) + (lists === undefined ? 0 : listsBytes(lists))
    letGoOfParents(record)
    const kept: Kept = {
      record: record.error === undefined ? record : { ...record, error: shortError(record.error) },
      outgoing,
      lists,
      bytes,
      until: now + this.#keepForMs,
      shown: undefined,
    }
    // `beforeLine` is code of the service: it runs where the request ended, not where somebody reads.
    if (this.#texts.edit !== undefined) this.#shown(kept)
    this.#kept.push(kept)
    this.#bytes += bytes
    while (this.size > this.#maxCount || this.#bytes > this.#maxBytes || (this.#oldest?.until ?? now) < now) {
      this.#removeOldest()
    }
  }

  /** Adds an error that was thrown after the request's line. @param status that of its failure: it decides who may read it */
  addError(id: string, status: number, error: unknown): void {
    const at = this.#kept.findLastIndex((one) => one?.record.id === id)
    const kept = this.#kept[at]
    if (kept === undefined || kept.record.error !== undefined) return
    const record = { ...kept.record, error: { ...shortError(error), status } }
    this.#kept[at] = { ...kept, record, shown: undefined }
    if (this.#texts.edit !== undefined) this.#shown(this.#kept[at])
  }

  get size(): number {
    return this.#kept.length - this.#removed
  }

  get state(): RecentState {
    return { count: this.size, since: this.#since }
  }

  /** The requests with this id or request id, the last that ended first. */
  find(access: ReadAccess, id: string): StoredRecord[] {
    const found: StoredRecord[] = []
    // An invalid `access` throws even if nothing is kept.
    mayRead(access, {})
    const now = this.#now()
    for (let at = this.#kept.length - 1; at >= this.#removed; at--) {
      const kept = this.#kept[at] as Kept
      const { record, until } = kept
      if ((record.id !== id && record.requestId !== id) || until <= now || !mayRead(access, record)) continue
      const shown = this.#shown(kept)
      if (shown !== null) found.push(shown)
    }
    return found
  }

  /**
   * A page of them, as a store gives it.
   *
   * @throws RangeError for an invalid `before`
   */
  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<StoredRecord>> {
    const limit = pageSize(filter.limit)
    // One more tells whether there is another page.
    const top = new TopN(limit + 1, filter.before === undefined ? undefined : positionOf(filter.before))
    const isMatch = matches(filter)
    mayRead(access, {})
    const now = this.#now()
    const all = this.#kept.slice(this.#removed) as Kept[]
    await this.#slices.each(
      () => all.pop(),
      (kept) => {
        const { record, until } = kept
        if (until <= now || !top.takes(record) || !mayRead(access, record)) return true
        const shown = this.#shown(kept)
        if (shown !== null && isMatch(shown)) top.add(shown)
        return true
      },
    )
    const items = top.items.slice(0, limit)
    const last = items.at(-1)
    return top.items.length > limit && last !== undefined ? { items, next: cursorAt(last) } : { items }
  }

  /** Forgets everything, and keeps nothing from now on. */
  clear(): void {
    this.#isClosed = true
    this.#kept = []
    this.#removed = 0
    this.#bytes = 0
  }

  #shown(kept: Kept): StoredRecord | null {
    // Not `??=`: `null` is an answer.
    if (kept.shown === undefined) kept.shown = shownOf(kept, this.#texts) ?? null
    return kept.shown
  }

  get #oldest(): Kept | undefined {
    return this.#kept[this.#removed]
  }

  #removeOldest(): void {
    const oldest = this.#oldest
    if (oldest === undefined) return
    this.#bytes -= oldest.bytes
    this.#since = Date.parse(oldest.record.startedAt) + oldest.record.durationMs
    this.#kept[this.#removed++] = undefined
    // Rarely, and never the whole list for one request.
    if (this.#removed < 1_024 || this.#removed < this.#kept.length / 2) return
    this.#kept = this.#kept.slice(this.#removed)
    this.#removed = 0
  }
}

/** The stored form: texts as lines show them, calls as sums, waits that add up. Undefined if `beforeLine` drops the line. */
function shownOf({ record, outgoing, lists }: Kept, { safe, edit }: RecentTexts): StoredRecord | undefined {
  const work = lists === undefined ? emptyWork : workWith(lists)
  // Without `edit` there is always a record.
  const stored = storedRecord(record, work, lists?.startTick ?? 0, safe) as StoredRecord
  const calls = outgoing && { calls: outgoing.calls, byHost: outgoing.byHost }
  const shown: StoredRecord = {
    ...stored,
    waits: record.waits ?? knownWaits(record.durationMs, outgoing?.ms, record.queries?.ms, record.queries?.poolMs),
    io: calls === undefined ? stored.io : { ...stored.io, outgoing: calls },
  }
  return edit === undefined ? shown : edited(shown, { ...shown, outgoing: calls, calls: shown.outgoing }, edit)
}

/** V8 cuts a text out of a larger one by a reference: the path of a request would keep its whole URL, of up to 16 KB. */
function letGoOfParents(record: { -readonly [Name in 'path' | 'user']?: RequestRecord[Name] }): void {
  if (record.path !== undefined) record.path = copyOf(record.path)
  if (record.user !== undefined) record.user = copyOf(record.user)
}

/** The joined text is made whole, and cut again out of itself. */
function copyOf(text: string): string {
  return ` ${text}`.slice(1)
}

const maxCodeLength = 200

/** Of an error only its code: the line has the rest. It may hold a response, a socket and their buffers. */
function shortError(error: unknown): { readonly code?: string | number } {
  try {
    const code = typeof error === 'object' && error !== null ? classMember(error, 'code') : undefined
    if (typeof code === 'number') return { code }
    return typeof code === 'string' ? { code: code.slice(0, maxCodeLength) } : {}
  } catch {
    return {}
  }
}

// What each request takes on the heap (Node 24), and the texts that belong to it alone.
const baseBytes = 900
const hostBytes = 120
const queriesBytes = 400
const repeatedBytes = 150

function bytesOf({ path = '', route = '', user = '', fields, counts, queries }: RequestRecord, outgoing?: OutgoingSum) {
  let bytes = baseBytes + path.length + route.length + user.length
  if (outgoing !== undefined) bytes += hostBytes * (1 + Object.keys(outgoing.byHost).length)
  if (queries !== undefined) bytes += queriesBytes + repeatedBytes * (queries.repeated?.length ?? 0)
  if (fields !== undefined) bytes += 2 * JSON.stringify(fields).length
  if (counts !== undefined) bytes += 64 * Object.keys(counts).length
  return bytes
}
