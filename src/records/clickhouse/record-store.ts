import { reasonOf } from '../../safe-values/safe-error.js'
import { cursorAt, positionOf } from '../cursor.js'
import { pageSize } from '../filter.js'
import { memoryStore } from '../memory-store.js'
import { mayRead, type ReadAccess } from '../read-access.js'
import type { StoredRecord } from '../record.js'
import type { Page, RecordFilter, RecordStore, StoreHealth } from '../record-store.js'
import type { Later, Operation } from '../redis/operations.js'
import { WaitingWrites, type WritingOptions, withWaiting } from '../redis/waiting-writes.js'
import type { ClickHouse } from './clickhouse-client.js'
import { prepareSchema } from './prepare-schema.js'
import { RecentRecords } from './recent-records.js'
import { behindSql, type Conditions, filterSql, mayReadSql } from './record-query.js'
import { rowsOfRecords } from './record-row.js'
import { type SchemaOptions, tables } from './schema.js'
import { tableOf } from './sql-text.js'

/** How a store uses ClickHouse. */
export interface ClickHouseRecordsParts {
  readonly clickHouse: ClickHouse
  readonly schema: SchemaOptions
  readonly writing?: WritingOptions | undefined
}

/** A minute of 200 measured requests a second fits. */
const writing: WritingOptions = {
  everyMs: 100,
  most: 2_000,
  maxBytes: 64 * 2 ** 20,
  againMs: { first: 500, most: 10_000 },
}
const recentBytes = 16 * 2 ** 20
/** Of more rows, the count is that of the server's parts, with rows that a later one replaces. */
const maxCounted = 200_000
const hourMs = 3_600_000

interface JsonRow {
  readonly record: string
}

/** Stores records in ClickHouse: `clickhouseRecords` says how. */
export class ClickHouseRecords implements RecordStore {
  readonly #clickHouse: ClickHouse
  readonly #schema: SchemaOptions
  readonly #table: string
  readonly #waiting: WaitingWrites
  readonly #recent = new RecentRecords(recentBytes)
  #prepared: Promise<void> | undefined
  #error: unknown
  #closed = false

  constructor({ clickHouse, schema, writing: own = writing }: ClickHouseRecordsParts) {
    this.#clickHouse = clickHouse
    this.#schema = schema
    this.#table = tableOf(schema.database, tables.records)
    this.#waiting = new WaitingWrites((operations) => this.#write(operations), own)
  }

  put(record: StoredRecord): void {
    if (!this.#closed) this.#waiting.add({ record })
  }

  update(id: string, later: Later): void {
    if (!this.#closed) this.#waiting.add({ id, later })
  }

  async get(access: ReadAccess, id: string): Promise<StoredRecord | undefined> {
    const reader = mayReadSql(access)
    if (reader === undefined || this.#closed || id === '' || id.length > 200) return undefined
    return this.#read(
      async () => {
        // The last row of the id decides who may read it.
        const latest = `SELECT record, account, accountSwitched FROM ${this.#table} WHERE id = {id:String} ORDER BY revision DESC LIMIT 1`
        const [record] = await this.#records(`SELECT record FROM (${latest})`, [{ where: [], params: { id } }, reader])
        return record !== undefined && mayRead(access, record) ? record : undefined
      },
      (memory) => memory.get(access, id),
    )
  }

  async list(access: ReadAccess, filter: RecordFilter): Promise<Page<StoredRecord>> {
    const reader = mayReadSql(access)
    if (filter.before !== undefined) positionOf(filter.before)
    const wanted = filterSql(filter)
    if (reader === undefined || wanted === undefined || this.#closed) return { items: [] }
    return this.#read(
      () => this.#list(access, filter, [reader, wanted, behindSql(filter.before)]),
      (memory) => memory.list(access, filter),
    )
  }

  /** Rejects while ClickHouse does not answer, so that the inspector shows it. */
  async health(): Promise<StoreHealth> {
    await this.#waiting.flush()
    try {
      if (this.#waiting.isFailing) throw this.#error
      await this.#prepare()
      return await this.#size()
    } catch (error) {
      const { operations, dropped } = this.#waiting
      throw new Error(withWaiting(reasonOf(error), operations.length, dropped))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#waiting.close()
  }

  async #list(
    access: ReadAccess,
    filter: RecordFilter,
    conditions: readonly Conditions[],
  ): Promise<Page<StoredRecord>> {
    const limit = pageSize(filter.limit)
    const order = 'ORDER BY startedAt DESC, id DESC'
    const where = conditions.flatMap((one) => one.where)
    // First the places, then the records: their texts are read for one page only. One more tells whether there is another page.
    const places = `SELECT startedAt, id, revision FROM ${this.#table} FINAL ${whereSql(where)} ${order} LIMIT ${limit + 1}`
    const found = await this.#records(
      `SELECT record FROM ${this.#table} WHERE (startedAt, id, revision) IN (${places}) ${order} LIMIT 1 BY id`,
      conditions.map(({ params }) => ({ where: [], params })),
    )
    const items = found.slice(0, limit).filter((record) => mayRead(access, record))
    const last = found[limit - 1]
    return found.length > limit && last !== undefined ? { items, next: cursorAt(last) } : { items }
  }

  async #size(): Promise<StoreHealth> {
    const { database } = this.#schema
    // Every user may read system.tables; most other tables of the system need a grant.
    const [size] = await this.#clickHouse.rows<{ rows: string; bytes: string; free: string }>(
      `SELECT total_rows AS rows, total_bytes AS bytes, filesystemAvailable() AS free FROM system.tables
WHERE database = {database:String} AND name = {table:String}`,
      { database, table: tables.records },
    )
    const [oldest] = await this.#clickHouse.rows<{ at: string }>(
      `SELECT toUnixTimestamp64Milli(min(startedAt)) AS at FROM ${this.#table}`,
    )
    const [rows, bytes] = [Number(size?.rows ?? 0), Number(size?.bytes ?? 0)]
    const records = rows > maxCounted ? rows : await this.#count()
    return {
      records,
      bytes,
      maxBytes: bytes + Number(size?.free ?? 0),
      evicted: 0,
      oldest: records === 0 ? undefined : new Date(Number(oldest?.at)).toISOString(),
    }
  }

  async #count(): Promise<number> {
    const [row] = await this.#clickHouse.rows<{ count: string }>(`SELECT count() AS count FROM ${this.#table} FINAL`)
    return Number(row?.count ?? 0)
  }

  async #records(select: string, conditions: readonly Conditions[]): Promise<StoredRecord[]> {
    await this.#prepare()
    const where = whereSql(conditions.flatMap((one) => one.where))
    const params = Object.assign({}, ...conditions.map((one) => one.params))
    // A record and its later rows have one start, so they are in one partition.
    const settings = { do_not_merge_across_partitions_select_final: 1 }
    const rows = await this.#clickHouse.rows<JsonRow>(`${select} ${where}`, params, settings)
    return rows.map(({ record }) => JSON.parse(record) as StoredRecord)
  }

  async #write(operations: readonly Operation[]): Promise<void> {
    try {
      await this.#prepare()
      const records = await this.#folded(operations)
      if (records.size === 0) return
      const into = `${tableOf(this.#schema.database, tables.recordsIn)} (record, readable, revision)`
      await this.#clickHouse.insert(into, rowsOfRecords(records.values()))
      this.#error = undefined
    } catch (error) {
      this.#error = error
      this.#prepared = undefined
      throw error
    }
  }

  /** The records as they are after some operations. What becomes known of a record makes a new row of the whole record. */
  async #folded(operations: readonly Operation[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const records = new Map<string, StoredRecord>()
    const stored = await this.#stored(operations)
    for (const operation of operations) {
      if ('record' in operation) {
        records.set(operation.record.id, operation.record)
        this.#recent.set(operation.record)
        continue
      }
      const { id, later } = operation
      const record = records.get(id) ?? this.#recent.get(id) ?? stored.get(id)
      if (record === undefined) continue
      const completed = completedBy(record, later)
      records.set(id, completed)
      this.#recent.set(completed)
    }
    return records
  }

  /** Records of operations that this process does not have any more. */
  async #stored(operations: readonly Operation[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const put = new Set(operations.flatMap((one) => ('record' in one ? [one.record.id] : [])))
    const ids = operations.flatMap((one) =>
      'id' in one && !put.has(one.id) && this.#recent.get(one.id) === undefined ? [one.id] : [],
    )
    if (ids.length === 0) return new Map()
    const asked = [...new Set(ids)].slice(0, maxAsked)
    const since = Date.now() - hourMs
    const records = await this.#records(
      `SELECT record FROM ${this.#table} WHERE id IN {ids:Array(String)} AND startedAt > fromUnixTimestamp64Milli({since:Int64}) ORDER BY revision DESC LIMIT 1 BY id`,
      [{ where: [], params: { ids: asked, since } }],
    )
    return new Map(records.map((record) => [record.id, record]))
  }

  #prepare(): Promise<void> {
    this.#prepared ??= prepareSchema(this.#clickHouse, this.#schema).catch((error: unknown) => {
      this.#prepared = undefined
      throw error
    })
    return this.#prepared
  }

  /** Asks ClickHouse, behind what waits to be written. While it fails, what waits answers. */
  async #read<T>(ask: () => Promise<T>, fromMemory: (memory: RecordStore) => T | Promise<T>): Promise<T> {
    await this.#waiting.flush()
    if (!this.#waiting.isFailing) return ask()
    const memory = memoryStore({ maxBytes: Number.MAX_SAFE_INTEGER, keepForMs: hourMs }, () => performance.now())
    for (const operation of this.#waiting.operations) {
      if ('record' in operation) memory.put(operation.record)
      else memory.update(operation.id, operation.later)
    }
    return fromMemory(memory)
  }
}

/** As many ids as fit into the address of a request. */
const maxAsked = 200

/** What came later stands above what the record had, but its first error stays. */
function completedBy(record: StoredRecord, { late, error }: Later): StoredRecord {
  return {
    ...record,
    ...(late === undefined ? {} : { late }),
    ...(error === undefined || record.error !== undefined ? {} : { error }),
  }
}

function whereSql(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
}
