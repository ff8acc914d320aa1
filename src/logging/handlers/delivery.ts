import { atExit, isExiting } from '../../process-hooks.js'
import { Gap } from './gap.js'
import type { Sink } from './sink.js'

/** How long a delivery tries, and how much it keeps meanwhile. */
export interface Patience {
  /** What it keeps of the lines its sink did not take; more are given up and counted. */
  readonly mostKeptBytes: number
  /** The first retry; each later one waits twice as long, up to `longestRetryMs`. */
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  /** How long `flush` and the exit of the process wait for a busy sink. */
  readonly waitMs: number
}

/** Who is told what happens to a delivery. */
export interface Witness {
  /** The sink took none of these lines now: `unseen` are those that went to no console yet. */
  refused(unseen: string): void
  /** The sink failed. Called at every failed attempt. */
  failed(delivery: Delivery, error: unknown): void
  /** The line that says, in the sink itself, which lines it misses. */
  notice(lines: number, from: number, to: number): string
}

interface Batch {
  bytes: Buffer
  count: number
  readonly at: number
}

/**
 * What happens to lines on their way into a sink: they are written; or else kept, in order, and tried again; or else,
 * beyond the bound, given up and counted, which a line says in the sink once it works again. Files and the console go
 * through it alike.
 */
export class Delivery {
  readonly #sink: Sink
  readonly #patience: Patience
  readonly #witness: Witness
  readonly #kept: Batch[] = []
  readonly #gap = new Gap()
  #keptBytes = 0
  #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #forgetExit: (() => void) | undefined
  #exitDeadline: number | undefined
  /** What the last attempt failed with, until one succeeds. */
  error: unknown
  /** Lines that were given up since the start. */
  lost = 0

  constructor(sink: Sink, patience: Patience, witness: Witness) {
    this.#sink = sink
    this.#patience = patience
    this.#witness = witness
    this.#retryMs = patience.firstRetryMs
  }

  get name(): string {
    return this.#sink.name
  }

  get keptLines(): number {
    return this.#kept.reduce((sum, batch) => sum + batch.count, 0)
  }

  /** @param unseen those of the lines that do not go to the console anyway */
  deliver(bytes: Buffer, count: number, unseen: string): void {
    const batch = { bytes, count, at: Date.now() }
    if (this.#kept.length === 0 && this.#write(batch)) return
    this.#keep(batch)
    this.#witness.refused(unseen)
    if (isExiting()) this.#retryBeforeExit()
  }

  /** Tries at once; waits for a busy sink as long as it goes on taking lines. */
  async flush(): Promise<void> {
    this.#retry()
    let left = this.#keptBytes
    let until = Date.now() + this.#patience.waitMs
    while (left > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, this.#patience.firstRetryMs))
      this.#retry()
      if (this.#keptBytes < left) until = Date.now() + this.#patience.waitMs
      left = this.#keptBytes
    }
    await this.#sink.flush()
  }

  /** Tries once more and lets go of the sink. What is still kept then is given up. */
  async close(): Promise<void> {
    await this.flush()
    for (const batch of this.#kept.splice(0)) this.#giveUp(batch)
    this.#keptBytes = 0
    this.#rest()
    await this.#sink.close()
  }

  /** @returns whether the batch is dealt with: written, or lost for good */
  #write(batch: Batch): boolean {
    if (this.#gap.lines > 0 && !this.#writeNotice()) return false
    const { bytes, error, gone } = this.#sink.write(batch.bytes, batch.count)
    if (bytes > 0) {
      if (bytes < batch.bytes.length) batch.count -= linesIn(batch.bytes.subarray(0, bytes))
      batch.bytes = batch.bytes.subarray(bytes)
      this.#retryMs = this.#patience.firstRetryMs
    }
    this.error = error
    if (batch.bytes.length === 0) return true
    if (gone) this.#giveUp(batch)
    else if (error !== undefined) this.#witness.failed(this, error)
    return gone === true
  }

  #writeNotice(): boolean {
    const { lines, from, to } = this.#gap
    const notice = Buffer.from(this.#witness.notice(lines, from, to))
    if (this.#sink.write(notice, 1).bytes < notice.length) return false
    this.#gap.close()
    return true
  }

  #keep(batch: Batch): void {
    const isTorn = this.#kept.length === 0
    if (!isTorn && this.#keptBytes + batch.bytes.length > this.#patience.mostKeptBytes) return this.#giveUp(batch)
    this.#kept.push(batch)
    this.#keptBytes += batch.bytes.length
    this.#schedule()
    this.#forgetExit ??= atExit(() => this.#retryBeforeExit())
  }

  #giveUp(batch: Batch): void {
    this.#gap.add(batch.count, batch.at)
    this.lost += batch.count
  }

  #retry(): void {
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const before = first.bytes.length
      const done = this.#write(first)
      this.#keptBytes -= done ? before : before - first.bytes.length
      if (!done) return this.#schedule()
      this.#kept.shift()
    }
    if (this.#gap.lines > 0) this.#writeNotice()
    this.#rest()
  }

  #schedule(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#retryMs = Math.min(this.#retryMs * 2, this.#patience.longestRetryMs)
      this.#retry()
    }, this.#retryMs).unref()
  }

  // No callback runs any more, so that waiting is all that is left; once for all lines of the process' end.
  #retryBeforeExit(): void {
    this.#exitDeadline ??= Date.now() + this.#patience.waitMs
    const pause = new Int32Array(new SharedArrayBuffer(4))
    this.#retry()
    while (this.#keptBytes > 0 && Date.now() < this.#exitDeadline) {
      Atomics.wait(pause, 0, 0, 5)
      this.#retry()
    }
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#retryMs = this.#patience.firstRetryMs
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }
}

export function linesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}
