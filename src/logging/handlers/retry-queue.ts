import { atExit, isExiting } from '../../process/exit.js'
import type { Sink } from './sink.js'

/** How long a delivery tries, and how much it keeps meanwhile. */
export interface RetryPolicy {
  /** What it keeps of the lines its sink did not take; more are given up and counted. */
  readonly maxKeptBytes: number
  /** The first retry; each later one waits twice as long, up to `maxRetryMs`. */
  readonly firstRetryMs: number
  readonly maxRetryMs: number
  /** How long `flush` and the exit of the process wait for a busy sink. */
  readonly waitMs: number
}

/** Who is told what happens to a delivery. */
export interface RetryEvents {
  /** The sink did not take some of these lines now: `notOnConsole` are those of them that do not go to the console anyway. */
  refused(notOnConsole: string, notOnConsoleCount: number): void
  /** The sink failed. Called at every failed attempt. */
  failed(delivery: RetryQueue, error: unknown): void
  /** The line that says, in the sink itself, which lines it misses. */
  notice(lines: number, from: number, to: number): string
  /** The process ends, and so many lines (more) will not be written, nor a notice of them. */
  unwritten?(lines: number): void
}

const maxBatchBytes = 64 * 1024
const nothing = Buffer.alloc(0)

/** Lines that wait for their turn; without `bytes`, lines that were given up there. */
interface Batch {
  bytes: Buffer | undefined
  count: number
  readonly from: number
  to: number
}

/**
 * What happens to lines on their way into a sink: they are written; or else kept, in order, and tried again; or else,
 * beyond the bound, given up and counted, which a line says in their place once the sink works again. Files and the
 * console go through it alike.
 */
export class RetryQueue {
  readonly #sink: Sink
  readonly #patience: RetryPolicy
  readonly #witness: RetryEvents
  readonly #queue: Batch[] = []
  #keptBytes = 0
  #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #forgetExit: (() => void) | undefined
  #exitDeadline: number | undefined
  #toldUnwritten = 0
  #isGone = false
  /** What the last attempt failed with, until one succeeds. */
  error: unknown
  /** Lines that were given up since the start. */
  lostLines = 0

  constructor(sink: Sink, patience: RetryPolicy, witness: RetryEvents) {
    this.#sink = sink
    this.#patience = patience
    this.#witness = witness
    this.#retryMs = patience.firstRetryMs
  }

  get name(): string {
    return this.#sink.name
  }

  get overLimit(): number | undefined {
    return this.#sink.overLimit
  }

  /** Lines that wait for the sink. */
  get keptLines(): number {
    return this.#queue.reduce((sum, batch) => (batch.bytes === undefined ? sum : sum + batch.count), 0)
  }

  /** @param notOnConsole those of the lines that do not go to the console anyway; undefined: all of them */
  deliver(bytes: Buffer, count: number, notOnConsole: string | undefined, notOnConsoleCount: number): void {
    const now = Date.now()
    const batch = { bytes, count, from: now, to: now }
    const isFirst = this.#queue.length === 0
    if (isFirst && this.#write(batch)) return
    this.#keep(batch)
    if (isFirst) this.#tellFailure()
    this.#witness.refused(notOnConsole ?? bytes.toString(), notOnConsoleCount)
    if (this.#isGone) this.#retry()
    else if (isExiting()) this.#retryBeforeExit()
  }

  /** Tries at once; waits for a busy sink as long as it goes on taking lines. */
  async flush(): Promise<void> {
    this.#retry()
    let left = this.#keptBytes
    // Not by the date: a clock that is set back would make it an hour.
    let until = performance.now() + this.#patience.waitMs
    while (left > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, this.#patience.firstRetryMs))
      this.#retry()
      if (this.#keptBytes < left) until = performance.now() + this.#patience.waitMs
      left = this.#keptBytes
    }
    await this.#sink.flush()
  }

  /** Tries once more and lets go of the sink. What is still kept then is given up. */
  async close(): Promise<void> {
    await this.flush()
    this.#giveUpAll()
    this.#rest()
    await this.#sink.close()
  }

  /** @returns whether all of the batch was written; if not, what is left of it stays in it */
  #write(batch: Batch): boolean {
    const bytes = batch.bytes ?? Buffer.from(this.#witness.notice(batch.count, batch.from, batch.to))
    const written = this.#sink.write(bytes, batch.count)
    this.#isGone = written.gone === true
    this.error = written.error
    if (written.bytes === bytes.length && written.again === undefined) return true
    if (batch.bytes !== undefined && written.bytes > 0) {
      batch.bytes = Buffer.concat([written.again ?? nothing, bytes.subarray(written.bytes)])
      batch.count -= linesIn(bytes.subarray(0, written.bytes)) - linesIn(written.again ?? nothing)
      this.#retryMs = this.#patience.firstRetryMs
    }
    return false
  }

  #tellFailure(): void {
    if (this.error !== undefined && !this.#isGone) this.#witness.failed(this, this.error)
  }

  // The first batch is always kept: the sink may have written a part of its first line.
  #keep(batch: Batch): void {
    const length = batch.bytes?.length ?? 0
    if (this.#queue.length > 0 && this.#keptBytes + length > this.#maxKeptBytes()) this.#giveUp(batch)
    else {
      this.#queue.push(batch)
      this.#keptBytes += length
    }
    this.#schedule()
    this.#forgetExit ??= atExit(() => this.#retryBeforeExit())
  }

  // Behind lines that were given up, only once there is much room again: one gap is easier to read than many.
  #maxKeptBytes(): number {
    const { maxKeptBytes } = this.#patience
    return this.#queue.at(-1)?.bytes === undefined ? maxKeptBytes / 2 : maxKeptBytes
  }

  #giveUp(batch: Batch): void {
    this.lostLines += batch.count
    const last = this.#queue.at(-1)
    if (last === undefined || last.bytes !== undefined) this.#queue.push({ ...batch, bytes: undefined })
    else {
      last.count += batch.count
      last.to = batch.to
    }
  }

  #giveUpAll(): void {
    for (const batch of this.#queue.splice(0)) {
      if (batch.bytes === undefined) this.lostLines -= batch.count
      this.#giveUp(batch)
    }
    this.#keptBytes = 0
  }

  #retry(): void {
    for (let first = this.#gathered(); first !== undefined; first = this.#gathered()) {
      const before = first.bytes?.length ?? 0
      const done = this.#write(first)
      if (this.#isGone) {
        this.#giveUpAll()
        break
      }
      this.#keptBytes -= before - (done ? 0 : (first.bytes?.length ?? 0))
      if (!done) {
        this.#tellFailure()
        this.#schedule()
        return
      }
      this.#queue.shift()
    }
    this.#rest()
  }

  /** The first of the queue, and what follows it joined to it: 16 MB of short lines are 160,000 writes, or 256. */
  #gathered(): Batch | undefined {
    let [count, bytes] = [0, 0]
    for (const batch of this.#queue) {
      bytes += batch.bytes?.length ?? Number.POSITIVE_INFINITY
      if (bytes > maxBatchBytes) break
      count++
    }
    if (count > 1) this.#queue.unshift(joined(this.#queue.splice(0, count)))
    return this.#queue[0]
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#retryMs = Math.min(this.#retryMs * 2, this.#patience.maxRetryMs)
      this.#retry()
    }, this.#retryMs).unref()
  }

  // No callback runs any more, so that waiting is all that is left; once for all lines of the process' end.
  #retryBeforeExit(): void {
    this.#exitDeadline ??= performance.now() + this.#patience.waitMs
    const pause = new Int32Array(new SharedArrayBuffer(4))
    this.#retry()
    while (this.#keptBytes > 0 && performance.now() < this.#exitDeadline) {
      Atomics.wait(pause, 0, 0, 5)
      this.#retry()
    }
    if (this.#keptBytes > 0) this.#tellUnwritten()
  }

  // Later exit listeners may log on; what was told is not told again.
  #tellUnwritten(): void {
    const unwritten = this.#queue.reduce((sum, batch) => sum + batch.count, 0)
    if (unwritten > this.#toldUnwritten) this.#witness.unwritten?.(unwritten - this.#toldUnwritten)
    this.#toldUnwritten = Math.max(unwritten, this.#toldUnwritten)
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#retryMs = this.#patience.firstRetryMs
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }
}

function joined(batches: readonly Batch[]): Batch {
  const bytes = Buffer.concat(batches.map((batch) => batch.bytes as Buffer))
  const count = batches.reduce((sum, batch) => sum + batch.count, 0)
  return { bytes, count, from: batches[0]?.from ?? 0, to: batches.at(-1)?.to ?? 0 }
}

/** How many lines end in `bytes`. */
export function linesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}
