import { runDetached } from '../../context/storage.js'
import { reasonOf } from '../../safe-values/safe-error.js'
import { bytesOf, type Operation } from './operations.js'

/** When and how much is written. */
export interface WritingOptions {
  /** Operations wait this long for others. */
  readonly everyMs: number
  /** The most operations of one write. */
  readonly most: number
  /** About the most bytes of one write. Default: as many as there are. */
  readonly mostBytes?: number | undefined
  /** The most bytes that wait. Beyond them, the first are dropped. */
  readonly maxBytes: number
  /** How long to wait after a failed write: the first time, and the most. */
  readonly againMs: { readonly first: number; readonly most: number }
}

export const writing: WritingOptions = {
  everyMs: 50,
  most: 500,
  mostBytes: 2 ** 20,
  maxBytes: 32 * 2 ** 20,
  againMs: { first: 200, most: 5_000 },
}

/** A reason, with how many records wait and how many were given up because of it. */
export function withWaiting(reason: string, waiting: number, givenUp: number): string {
  const waits = waiting === 1 ? '1 record waits' : `${waiting} records wait`
  return `${reason}; ${waits} in memory, ${givenUp} ${givenUp === 1 ? 'was' : 'were'} given up`
}

/**
 * Operations that wait to be written, in their order. One write is under way at a time; while writes fail, operations wait here, up to
 * a number of bytes. Every operation may be written twice.
 */
export class WaitingWrites<Waiting extends Operation | Buffer = Operation> {
  readonly #write: (operations: readonly Waiting[]) => Promise<void>
  readonly #options: WritingOptions
  #waiting: Waiting[] = []
  #bytes = 0
  /** How many operations were written or dropped. */
  #gone = 0
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | undefined
  #againMs = 0
  #dropped = 0
  #reason = ''
  #isClosed = false

  /** @param write writes operations; rejects if they may not have been written */
  constructor(write: (operations: readonly Waiting[]) => Promise<void>, options: WritingOptions = writing) {
    this.#write = write
    this.#options = options
  }

  /** Operations that are not written yet, the first first. */
  get operations(): readonly Waiting[] {
    return this.#waiting
  }

  /** True since a write failed, until one succeeds. */
  get isFailing(): boolean {
    return this.#againMs > 0
  }

  /** How many operations were given up because too much waited. */
  get dropped(): number {
    return this.#dropped
  }

  /** Why the last write failed. */
  get reason(): string {
    return this.#reason
  }

  add(operation: Waiting): void {
    if (this.#isClosed) return
    this.#waiting.push(operation)
    this.#bytes += bytesOf(operation)
    if (this.#bytes > this.#options.maxBytes) this.#drop()
    this.#schedule(this.#options.everyMs)
  }

  /** Writes what waits now, not what comes meanwhile. Does not try again before its time if the last write failed. */
  async flush(): Promise<void> {
    const last = this.#gone + this.#waiting.length
    while (this.#gone < last && this.#waiting.length > 0 && !this.isFailing) {
      this.#underWay ??= this.#writeSome()
      await this.#underWay
    }
  }

  /** Tries once more to write everything, then ignores operations. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#againMs = 0
    await this.flush()
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#waiting = []
    this.#bytes = 0
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#underWay !== undefined || this.#isClosed) return
    runDetached(() => {
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#underWay ??= this.#writeSome()
      }, ms)
      this.#timer.unref()
    })
  }

  /** Never rejects. */
  async #writeSome(): Promise<void> {
    const some = this.#next()
    const { first, most } = this.#options.againMs
    try {
      await this.#write(some)
      this.#againMs = 0
      this.#remove(some)
    } catch (error) {
      this.#reason = reasonOf(error)
      this.#againMs = Math.min(most, this.#againMs === 0 ? first : this.#againMs * 2)
    }
    this.#underWay = undefined
    if (this.#waiting.length > 0) this.#schedule(this.isFailing ? this.#againMs : 0)
  }

  /** What one write takes: at least one. */
  #next(): Waiting[] {
    const { most, mostBytes = Number.POSITIVE_INFINITY } = this.#options
    const some: Waiting[] = []
    let bytes = 0
    for (const operation of this.#waiting) {
      bytes += bytesOf(operation)
      if (some.length === most || (some.length > 0 && bytes > mostBytes)) break
      some.push(operation)
    }
    return some
  }

  /** Removes what was written. Its first may have been dropped meanwhile. */
  #remove(written: readonly Waiting[]): void {
    const last = written.at(-1)
    const count = last === undefined ? 0 : this.#waiting.indexOf(last) + 1
    for (const operation of this.#waiting.splice(0, count)) this.#bytes -= bytesOf(operation)
    this.#gone += count
  }

  /** Drops a tenth at once: an array is moved as a whole. */
  #drop(): void {
    let count = 0
    while (this.#bytes > this.#options.maxBytes * 0.9 && count < this.#waiting.length) {
      this.#bytes -= bytesOf(this.#waiting[count++] as Waiting)
    }
    this.#waiting.splice(0, count)
    this.#dropped += count
    this.#gone += count
  }
}
