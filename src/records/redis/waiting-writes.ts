import { runDetached } from '../../context/storage.js'
import { bytesOf, type Operation } from './operations.js'

/** When and how much is written. */
export interface WritingOptions {
  /** Operations wait this long for others. */
  readonly everyMs: number
  /** The most operations of one write. */
  readonly most: number
  /** The most bytes that wait. Beyond them, the first are dropped. */
  readonly maxBytes: number
  /** How long to wait after a failed write: the first time, and the most. */
  readonly againMs: { readonly first: number; readonly most: number }
}

const writing: WritingOptions = {
  everyMs: 50,
  most: 500,
  maxBytes: 16 * 2 ** 20,
  againMs: { first: 200, most: 5_000 },
}

/**
 * Operations that wait to be written, in their order. One write is under way at a time; while writes fail, operations wait here, up to
 * a number of bytes. Every operation may be written twice.
 */
export class WaitingWrites {
  readonly #write: (operations: readonly Operation[]) => Promise<void>
  readonly #options: WritingOptions
  #waiting: Operation[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | undefined
  #againMs = 0
  #dropped = 0
  #isClosed = false

  /** @param write writes operations; rejects if they may not have been written */
  constructor(write: (operations: readonly Operation[]) => Promise<void>, options: WritingOptions = writing) {
    this.#write = write
    this.#options = options
  }

  /** Operations that are not written yet, the first first. */
  get operations(): readonly Operation[] {
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

  add(operation: Operation): void {
    if (this.#isClosed) return
    this.#waiting.push(operation)
    this.#bytes += bytesOf(operation)
    if (this.#bytes > this.#options.maxBytes) this.#drop()
    this.#schedule(this.#options.everyMs)
  }

  /** Writes what waits now. Does not try again before its time if the last write failed. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.isFailing) {
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
    const some = this.#waiting.slice(0, this.#options.most)
    const { first, most } = this.#options.againMs
    try {
      await this.#write(some)
      this.#againMs = 0
      this.#remove(some)
    } catch {
      this.#againMs = Math.min(most, this.#againMs === 0 ? first : this.#againMs * 2)
    }
    this.#underWay = undefined
    if (this.#waiting.length > 0) this.#schedule(this.isFailing ? this.#againMs : 0)
  }

  /** Removes what was written. Its first may have been dropped meanwhile. */
  #remove(written: readonly Operation[]): void {
    const last = written.at(-1)
    const count = last === undefined ? 0 : this.#waiting.indexOf(last) + 1
    for (const operation of this.#waiting.splice(0, count)) this.#bytes -= bytesOf(operation)
  }

  /** Drops a tenth at once: an array is moved as a whole. */
  #drop(): void {
    let count = 0
    while (this.#bytes > this.#options.maxBytes * 0.9 && count < this.#waiting.length) {
      this.#bytes -= bytesOf(this.#waiting[count++] as Operation)
    }
    this.#waiting.splice(0, count)
    this.#dropped += count
  }
}
