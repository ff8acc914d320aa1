import { setTimeout as passed } from 'node:timers/promises'
import { runDetached } from '../../context/storage.js'
import { type Handler, WriteError } from '../../logging/handlers/handler.js'
import { atExit } from '../../process/exit.js'
import { withinTime } from '../../process/promises.js'
import { reasonOf } from '../../safe-values/safe-error.js'
import type { ClickHouse } from './clickhouse-client.js'
import { type LineBatch, OpenBatch, rowOf } from './line-batch.js'
import { prepareSchema, SchemaError } from './prepare-schema.js'
import { type SchemaOptions, tables } from './schema.js'
import type { SpillFiles } from './spill-files.js'
import { tableOf } from './sql-text.js'

/** When and how much is sent. */
export interface SendingOptions {
  /** Lines wait this long for others. */
  readonly everyMs: number
  /** The size at which a batch is sent at once. */
  readonly batchBytes: number
  /** The most bytes in memory. Beyond them, the oldest batches go to files. */
  readonly memoryBytes: number
  /** How long to wait after a failure: the first time, and the most. */
  readonly againMs: { readonly first: number; readonly most: number }
  /** How long `flush` waits. */
  readonly flushMs: number
}

const sending: SendingOptions = {
  everyMs: 500,
  batchBytes: 2 ** 20,
  memoryBytes: 16 * 2 ** 20,
  // The server stores what it gathered within 200 ms; only then can it be asked whether it has a batch.
  againMs: { first: 1_000, most: 10_000 },
  flushMs: 5_000,
}

const dayMs = 86_400_000
/** After this, files of processes that ended are looked for again. */
const adoptEveryMs = 60_000
// Nothing was sent, or the server did not let us in: it cannot have stored anything.
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', '516', '192', '193', '194'])

/** What the handler needs. */
export interface LineSenderOptions {
  readonly clickHouse: ClickHouse
  readonly schema: SchemaOptions
  readonly service: string
  readonly spill: SpillFiles | undefined
  readonly warn: (message: string) => void
  /** Called at the end of the process with the number of lines that are lost with it. */
  readonly unsent: (lines: number) => void
  readonly sending?: SendingOptions
}

/**
 * Sends lines to ClickHouse in batches, one at a time, the oldest first. What cannot be sent waits in memory, then in files. When both
 * are full, `write` refuses lines as a full disk does: they go to the console, are tried again, and are counted if they are lost.
 */
export class LineSender implements Handler {
  readonly format = 'json'
  readonly #options: LineSenderOptions
  readonly #sending: SendingOptions
  #open: OpenBatch | undefined
  /** Closed batches, the oldest first. The first may be under way. */
  #waiting: LineBatch[] = []
  #memoryBytes = 0
  #isPrepared = false
  /** True after an insert without an answer. A server that hung may still store it when it goes on. */
  #mayStoreYet = false
  #error: unknown
  #againMs = 0
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0
  #underWay: Promise<void> | undefined
  #adoptedAt = Number.NEGATIVE_INFINITY
  #forgetExit: (() => void) | undefined

  constructor(options: LineSenderOptions) {
    this.#options = options
    this.#sending = options.sending ?? sending
    if (options.spill !== undefined) this.#schedule(this.#sending.everyMs)
  }

  /** What waits, and why; shown by `logs.health()`. */
  get waiting(): NonNullable<Handler['waiting']> {
    const { spill } = this.#options
    const inMemory = this.#waiting.reduce((sum, { count }) => sum + count, this.#open?.count ?? 0)
    return { lines: inMemory + (spill?.lines ?? 0), spilledBytes: spill?.bytes ?? 0, error: this.#error }
  }

  write(lines: Buffer, count: number): void {
    if (this.#memoryBytes + lines.length > this.#sending.memoryBytes) this.#makeRoom(lines.length)
    this.#open ??= new OpenBatch()
    this.#open.add(lines, count)
    this.#memoryBytes += lines.length
    this.#forgetExit ??= atExit(() => this.#exit())
    if (this.#open.bytes >= this.#sending.batchBytes) this.#closeBatch()
    this.#schedule(this.#waiting.length > 0 ? 0 : this.#sending.everyMs)
  }

  async flush(): Promise<void> {
    const { flushMs } = this.#sending
    this.#againMs = 0
    await withinTime(this.#sendAll(), flushMs, () => new Error('ClickHouse did not answer')).catch(() => {})
  }

  /** Sends what waits; what cannot be sent goes to files. */
  async close(): Promise<void> {
    await this.flush()
    this.#spillAll()
    this.#options.spill?.release()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #sendAll(): Promise<void> {
    this.#closeBatch()
    while (this.#hasMore && this.#againMs === 0) {
      this.#underWay ??= this.#send()
      await this.#underWay
      this.#closeBatch()
    }
  }

  get #hasMore(): boolean {
    return this.#waiting.length > 0 || this.#options.spill?.first !== undefined
  }

  #closeBatch(): void {
    if (this.#open === undefined) return
    this.#open.close()
    this.#waiting.push(this.#open)
    this.#open = undefined
  }

  #schedule(ms: number): void {
    if (this.#underWay !== undefined) return
    const delay = Math.max(ms, this.#againMs)
    // Lines of each turn of the event loop come here: a timer that is due at once must not begin anew.
    if (this.#timer !== undefined && delay >= this.#timerMs) return
    clearTimeout(this.#timer)
    this.#timerMs = delay
    runDetached(() => {
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#underWay ??= this.#send()
      }, delay).unref()
    })
  }

  /** Sends until nothing waits or an attempt fails. Never rejects. */
  async #send(): Promise<void> {
    // The caller notes first that it is under way: with nothing to send, it would end before that, and never begin again.
    await Promise.resolve()
    try {
      this.#adopt()
      // While the server is away, batches grow to their full size.
      if (!this.#isFailing || !this.#hasMore) this.#closeBatch()
      while (this.#hasMore) {
        await this.#sendFirst()
        this.#recovered()
      }
    } catch (error) {
      this.#failed(error)
    }
    this.#underWay = undefined
    if (this.#waiting.length === 0 && this.#open === undefined) this.#rest()
    if (this.#hasMore || this.#open !== undefined) this.#schedule(this.#sending.everyMs)
  }

  get #isFailing(): boolean {
    return this.#error !== undefined
  }

  async #sendFirst(): Promise<void> {
    const { clickHouse, schema, spill, service, warn } = this.#options
    if (!this.#isPrepared) await prepareSchema(clickHouse, schema)
    this.#isPrepared = true
    if (this.#mayStoreYet) await passed(this.#sending.againMs.first, undefined, { ref: false })
    this.#mayStoreYet = false
    const spilled = spill?.first
    const batch = spilled === undefined ? this.#waiting[0] : spill?.read(spilled)
    if (batch?.missing)
      warn(`${spilled?.path} was cut: ${batch.missing} of its ${batch.count} lines for ClickHouse are lost`)
    if (batch !== undefined && !(batch.isUnsure && (await this.#isStored(batch)))) {
      try {
        await clickHouse.insert(
          `${tableOf(schema.database, tables.lines)} (service, host, pid, batch, lines)`,
          rowOf(batch, service),
        )
      } catch (error) {
        this.#mayStoreYet = !notSent.has(codeOf(error))
        batch.isUnsure ||= this.#mayStoreYet
        throw error
      }
    }
    if (spilled !== undefined && batch === undefined) spill?.leave(spilled)
    else if (spilled !== undefined) spill?.remove(spilled)
    // It may have gone to a file meanwhile, or at the exit of the process.
    else if (this.#waiting[0] === batch) this.#forgetFirst()?.release?.()
  }

  /** Whether an earlier attempt stored a batch. The times of its rows limit the search to a few days. */
  async #isStored({ id, created }: LineBatch): Promise<boolean> {
    const { clickHouse, schema } = this.#options
    const rows = await clickHouse.rows(
      `SELECT 1 FROM ${tableOf(schema.database, tables.logs)}
WHERE Timestamp BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64})
  AND has(mapValues(ResourceAttributes), {id:String}) LIMIT 1`,
      { id, from: created - dayMs, to: created + dayMs },
    )
    return rows.length > 0
  }

  #failed(error: unknown): void {
    const { first, most } = this.#sending.againMs
    // Another version of Spoor, or an operator, may make the tables fit; and the database may be gone.
    this.#isPrepared = false
    const isNews = this.#error === undefined
    this.#error = error
    this.#againMs =
      error instanceof SchemaError ? most : Math.min(most, this.#againMs === 0 ? first : this.#againMs * 2)
    if (!isNews) return
    const where = this.#options.spill === undefined ? '' : ', then in files'
    this.#options.warn(
      `ClickHouse does not take log lines: ${reasonOf(error)}; they wait in memory${where}, and are tried again`,
    )
  }

  #recovered(): void {
    this.#error = undefined
    this.#againMs = 0
  }

  #adopt(): void {
    const now = performance.now()
    if (now < this.#adoptedAt + adoptEveryMs) return
    this.#adoptedAt = now
    this.#options.spill?.adopt(this.#isFailing)
  }

  #makeRoom(bytes: number): void {
    const { memoryBytes } = this.#sending
    if (this.#open !== undefined && this.#waiting.length === 0) this.#closeBatch()
    while (this.#memoryBytes + bytes > memoryBytes) {
      const first = this.#waiting[0]
      if (first === undefined || !this.#options.spill?.add(first)) throw this.#full()
      this.#forgetFirst()
      if (this.#waiting.length === 0) this.#closeBatch()
    }
  }

  #forgetFirst(): LineBatch | undefined {
    const first = this.#waiting.shift()
    this.#memoryBytes -= first?.bytes ?? 0
    return first
  }

  #full(): WriteError {
    const why = this.#error === undefined ? 'ClickHouse is slower than the lines' : reasonOf(this.#error)
    const { error } = this.#options.spill ?? {}
    const files = error === undefined ? '' : `; spill: ${reasonOf(error)}`
    return new WriteError(`no room to keep lines for ClickHouse: ${why}${files}`, 0)
  }

  /** What has no room in files stays, for a later attempt. */
  #spillAll(): void {
    this.#closeBatch()
    const { spill } = this.#options
    while (this.#waiting[0] !== undefined && spill?.add(this.#waiting[0])) this.#forgetFirst()
    if (this.#waiting.length === 0) this.#rest()
  }

  #exit(): void {
    this.#spillAll()
    const lines = this.#waiting.reduce((sum, { count }) => sum + count, 0)
    if (lines > 0) this.#options.unsent(lines)
  }

  #rest(): void {
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
