import { withinTime } from '../../process/promises.js'
import { reasonOf } from '../../safe-values/safe-error.js'
import { cursorAt, newestFirst, type Position, positionOf } from '../cursor.js'
import { matches, pageSize } from '../filter.js'
import { memoryStore } from '../memory-store.js'
import { mayRead, type ReadAccess } from '../read-access.js'
import type { StoredRecord } from '../record.js'
import type { Page, RecordFilter, RecordStore, StoreHealth } from '../record-store.js'
import type { LiveStore, TotalsStore } from '../shared-store.js'
import { isPut, type Later, type Operation, packed, type Row, recordOf } from './operations.js'
import { ownerKey, readerOf } from './owner.js'
import type { Argument, Send } from './redis-commands.js'
import { RedisLive, type Run } from './redis-live.js'
import {
  agreeScript,
  claimScript,
  getScript,
  pageScript,
  type RedisScript,
  runScript,
  sizeScript,
  writeScript,
} from './redis-script.js'
import { RedisTotals } from './redis-totals.js'
import { Unreadable } from './unreadable.js'
import { WaitingRecords } from './waiting-records.js'
import { WaitingWrites, type WritingOptions, withWaiting, writing } from './waiting-writes.js'

/** How a store uses Redis. */
export interface RedisStoreOptions {
  readonly send: Send
  /** The beginning of all keys, with a hash tag. */
  readonly base: string
  readonly keepForMs: number
  readonly maxBytes: number
  /** How long Redis has for one answer. */
  readonly answerWithinMs: number
  readonly writing?: WritingOptions | undefined
}

/** Records that a walk through an index reads at once: their texts stay below a few hundred KB, and the server is busy for about 1 ms. */
const perStep = 200
/** A walk may take as long as this many answers. Readers do not wait longer. */
const answersInWalk = 2
/** What processes agreed on is kept for so long after the last question. */
const agreedForMs = 30 * 24 * 60 * 60_000
/** How long a process that ends waits for its last records to be written. */
const leaveWithinMs = 2_000
const closeWithinMs = 5_000

/** Stores records in Redis: `redisRecords` says how. */
export class RedisRecords implements RecordStore {
  readonly #options: RedisStoreOptions
  readonly live: LiveStore
  readonly totals: TotalsStore
  readonly #waiting: WaitingWrites<Buffer>
  readonly #unreadable = new Unreadable()
  /** Answers readers from the first one that asks while Redis is away until something is written. */
  #away: WaitingRecords | undefined
  /** A command that Redis has not answered in time. Nothing more is sent before its end. */
  #late: Promise<unknown> | undefined
  #closed = false

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#waiting = new WaitingWrites((operations) => this.#write(operations), options.writing)
    const run: Run = (script, args) => this.#run(script, args)
    this.live = new RedisLive(run, this.#unreadable, {
      failure: () => this.#failureToWrite(),
      flush: () => withinTime(this.#waiting.flush(), leaveWithinMs, () => notAnswered(leaveWithinMs)),
    })
    this.totals = new RedisTotals(run, this.#unreadable)
  }

  async claim(name: string, forMs: number): Promise<boolean> {
    // A text if the service has its client of ioredis make texts of numbers (`stringNumbers`).
    return Number(await this.#run(claimScript, [name, String(forMs)])) === 1
  }

  async agree(name: string, value: string): Promise<string> {
    return String(await this.#run(agreeScript, [name, value, String(agreedForMs)]))
  }

  /** Rejects when records are given up, so that they are counted. */
  put(record: StoredRecord): void | Promise<void> {
    if (this.#closed) return
    this.#away?.put(record)
    return this.#add({ record })
  }

  update(id: string, later: Later): void | Promise<void> {
    if (this.#closed) return
    this.#away?.update(id, later)
    return this.#add({ id, later })
  }

  async get(access: ReadAccess, id: string): Promise<StoredRecord | undefined> {
    // An invalid `access` throws before anything is asked.
    const owner = readerOf(access)
    if (owner === undefined || this.#closed) return undefined
    const ask = async (): Promise<StoredRecord | undefined> => {
      const record = await this.#get(owner, id)
      return record !== undefined && mayRead(access, record) ? record : undefined
    }
    // What does not wait may be in Redis: only Redis can tell that there is no such record.
    return this.#read(ask, async (memory) => (await memory.get(access, id)) ?? ask())
  }

  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<StoredRecord>> {
    const owner = readerOf(access)
    if (filter.before !== undefined) positionOf(filter.before)
    if (owner === undefined || this.#closed) return { items: [] }
    const ask = (): Promise<Page<StoredRecord>> => this.#list(access, owner, filter)
    return this.#read(ask, async (memory) => {
      const waiting = await memory.list(access, filter)
      return ask().then(
        (stored) => pageOfBoth(waiting, stored, pageSize(filter.limit)),
        () => waiting,
      )
    })
  }

  /** Rejects while Redis does not answer, or refuses records, so that the inspector shows it. */
  async health(): Promise<StoreHealth> {
    const { keepForMs, maxBytes } = this.#options
    const [records, bytes, evicted, expired, oldest] = await this.#size(String(keepForMs))
    return {
      records: Number(records),
      bytes: Number(bytes),
      maxBytes,
      evicted: Number(evicted),
      expired: Number(expired),
      oldest: oldest === '' ? undefined : new Date(Number(oldest)).toISOString(),
      givenUp: this.#waiting.dropped,
      unreadable: this.#unreadable.count,
    }
  }

  /** Writes what waits, for 5 s at most: a slow Redis would take half a minute for 32 MB, and a service that ends is killed earlier. */
  async close(): Promise<void> {
    this.#closed = true
    await withinTime(this.#waiting.close(), closeWithinMs, () => notAnswered(closeWithinMs)).catch(() => {})
  }

  #add(operation: Operation): void | Promise<void> {
    const before = this.#waiting.dropped
    this.#waiting.add(packed(operation))
    const givenUp = this.#waiting.dropped - before
    if (givenUp > 0) return Promise.reject(new Error(`${givenUp} records were given up: ${this.#waiting.reason}`))
  }

  async #list(access: ReadAccess, owner: string, filter: RecordFilter): Promise<Page<StoredRecord>> {
    const limit = pageSize(filter.limit)
    const { requestId, account } = filter
    const place = filter.before === undefined ? undefined : positionOf(filter.before)
    const isMatch = matches(filter)
    const isWanted = (record: StoredRecord): boolean =>
      mayRead(access, record) && isMatch(record) && (place === undefined || newestFirst(place, record) < 0)
    // The index of a request id lacks the record whose own id it is.
    const own = requestId === undefined ? undefined : await this.#get(owner, requestId)
    const index = requestId === undefined ? indexOf(access.account ?? account) : `:request:${requestId}`
    // One more tells whether there is another page.
    const found = await this.#walk(index, owner, rangeOf(filter, place), isWanted, limit + 1)
    const all = own !== undefined && isWanted(own) ? [...found, own].sort(newestFirst) : found
    const items = all.slice(0, limit)
    const last = items.at(-1)
    return all.length > limit && last !== undefined ? { items, next: cursorAt(last) } : { items }
  }

  /**
   * The newest records of an index that are wanted. Rejects when it takes too long: readers have given up by then, and those who ask again
   * must not find the walks of their earlier questions under way.
   */
  async #walk(
    index: string,
    owner: string,
    { low, ...from }: Range,
    isWanted: (record: StoredRecord) => boolean,
    most: number,
  ): Promise<StoredRecord[]> {
    const items: StoredRecord[] = []
    const withinMs = answersInWalk * this.#options.answerWithinMs
    const end = performance.now() + withinMs
    let { high, behind } = from
    while (performance.now() < end) {
      const args = [index, owner, high, low, behind, String(perStep)]
      const [rows, start, id] = (await this.#run(pageScript, args)) as [Row[], string, string]
      for (const row of rows) {
        const record = this.#recordOf(row)
        if (record !== undefined && isWanted(record) && items.push(record) === most) return items
      }
      if (id === '') return items
      high = start
      behind = id
    }
    throw new Error(`the records could not be searched within ${withinMs} ms; narrow the filter by time or account`)
  }

  async #size(keepForMs: string): Promise<string[]> {
    await this.#waiting.flush()
    const failure = this.#failureToWrite()
    if (failure !== undefined) throw failure
    try {
      return (await this.#run(sizeScript, [keepForMs])) as string[]
    } catch (error) {
      throw this.#waitingFor(reasonOf(error))
    }
  }

  #failureToWrite(): Error | undefined {
    return this.#waiting.isFailing ? this.#waitingFor(this.#waiting.reason) : undefined
  }

  #waitingFor(reason: string): Error {
    const { operations, dropped } = this.#waiting
    // Late figures of a record wait by themselves.
    return new Error(withWaiting(reason, operations.filter(isPut).length, dropped))
  }

  async #get(owner: string, id: string): Promise<StoredRecord | undefined> {
    const row = await this.#run(getScript, [id, owner])
    return row === null || row === undefined ? undefined : this.#recordOf(row as Row)
  }

  #recordOf(row: Row): StoredRecord | undefined {
    return this.#unreadable.orNote(row[0], () => recordOf(row))
  }

  async #write(operations: readonly Buffer[]): Promise<void> {
    const { keepForMs, maxBytes } = this.#options
    await this.#run(writeScript, [String(keepForMs), String(maxBytes), Buffer.concat(operations)])
    this.#away = undefined
  }

  /**
   * Asks Redis, behind what waits to be written. While Redis refuses records, those that wait answer first; if only late figures wait,
   * Redis has the records.
   */
  async #read<T>(ask: () => Promise<T>, fromMemory: (memory: RecordStore) => T | Promise<T>): Promise<T> {
    await this.#waiting.flush()
    const { isFailing, operations } = this.#waiting
    if (!isFailing || !operations.some(isPut)) return ask()
    this.#away ??= new WaitingRecords(this.#memory(), operations)
    return fromMemory(await this.#away.read())
  }

  /** Has room for all that may wait. It estimates sizes, so it gets twice as much. */
  #memory(): RecordStore {
    const { keepForMs, writing: { maxBytes } = writing } = this.#options
    return memoryStore({ maxBytes: 2 * maxBytes, keepForMs }, () => performance.now())
  }

  async #run(script: RedisScript, args: readonly Argument[]): Promise<unknown> {
    const { send, base, answerWithinMs } = this.#options
    if (this.#late !== undefined) throw notAnswered(answerWithinMs)
    const answer = runScript(send, script, base, args)
    try {
      return await withinTime(answer, answerWithinMs, () => notAnswered(answerWithinMs))
    } catch (error) {
      this.#awaitLate(answer)
      throw error
    }
  }

  /** A client keeps commands that it could not send, so they would pile up in it while Redis is away. */
  #awaitLate(answer: Promise<unknown>): void {
    const ended = answer.then(
      () => {},
      () => {},
    )
    this.#late = ended
    void ended.then(() => {
      if (this.#late === ended) this.#late = undefined
    })
  }
}

/** One page of the records that wait and of those that Redis has: a Redis that is full or a replica can be read. */
function pageOfBoth(waiting: Page<StoredRecord>, stored: Page<StoredRecord>, limit: number): Page<StoredRecord> {
  const ids = new Set(waiting.items.map(({ id }) => id))
  // A record whose write was not confirmed is in both.
  const all = [...waiting.items, ...stored.items.filter(({ id }) => !ids.has(id))].sort(newestFirst)
  const items = all.slice(0, limit)
  const last = items.at(-1)
  const hasMore = all.length > limit || waiting.next !== undefined || stored.next !== undefined
  return hasMore && last !== undefined ? { items, next: cursorAt(last) } : { items }
}

/** The smallest index that has the records of an account, or all. */
function indexOf(account: string | undefined): string {
  return account === undefined ? ':all' : `:of:${ownerKey(account)}`
}

/** Starts in ms, as texts that Redis takes; `behind`: the id at `high` behind which a page begins. */
interface Range {
  readonly high: string
  readonly low: string
  readonly behind: string
}

/** The starts of a filter. The filter itself tests them again. */
function rangeOf({ from, to }: RecordFilter, place: Position | undefined): Range {
  const low = from === undefined || Number.isNaN(from) ? '-inf' : boundOf(from)
  if (place !== undefined) return { high: String(Date.parse(place.startedAt)), low, behind: place.id }
  return { high: to === undefined || Number.isNaN(to) ? '+inf' : boundOf(to), low, behind: '' }
}

function boundOf(ms: number): string {
  return Number.isFinite(ms) ? String(Math.ceil(ms)) : ms > 0 ? '+inf' : '-inf'
}

function notAnswered(ms: number): Error {
  return new Error(`Redis did not answer within ${ms} ms`)
}
