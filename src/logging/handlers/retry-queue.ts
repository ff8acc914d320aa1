import { atExit, isExiting } from '../../process/exit.js'
import { asOwnOutput } from '../capture/own-output.js'
import { type Handler, WriteError } from './handler.js'

/** How long a queue retries, and how much it keeps meanwhile. */
export interface RetryPolicy {
  /** Bytes it keeps of the lines that its handler did not take; further lines are dropped and counted. */
  readonly maxKeptBytes: number
  /** The pause before the first retry. Each later pause is twice as long, up to `maxRetryMs`. */
  readonly firstRetryMs: number
  readonly maxRetryMs: number
  /** How long `flush` and the exit of the process wait for a busy handler. */
  readonly waitMs: number
}

/** What a queue reports. */
export interface RetryEvents {
  /**
   * The handler did not take these lines now.
   *
   * @param notOnConsole those of them that are not also sent to the console
   */
  refused(notOnConsole: string, notOnConsoleCount: number): void
  /** The handler failed. Called at every failed attempt. */
  failed(queue: RetryQueue, error: unknown): void
  /**
   * The handler works again after it failed, and no line is kept any more.
   *
   * @param recovered kept lines that were written at last
   * @param lost lines that were dropped meanwhile
   */
  recovered?(queue: RetryQueue, recovered: number, lost: number): void
  /** Returns the line that the handler writes in place of dropped ones. */
  notice(lines: number, from: number, to: number): string
  /** The process ends, and this many (more) lines will not be written, nor a notice of them. */
  unwritten?(lines: number): void
}

const maxBatchBytes = 64 * 1024
const nothing = Buffer.alloc(0)

/** Waiting lines; without `bytes`, lines that were dropped at this place. */
interface Batch {
  bytes: Buffer | undefined
  count: number
  readonly from: number
  to: number
}

/**
 * Takes lines to one handler. Lines that the handler does not write are kept, in order, and retried. Beyond the bound,
 * lines are dropped and counted; a notice says so in their place once the handler works again. Files, the console and
 * handlers of the service all have such a queue.
 */
export class RetryQueue {
  /** Identifies the handler in warnings: `publish_sync.log`, `console`. */
  readonly name: string
  readonly #handler: Handler
  readonly #policy: RetryPolicy
  readonly #events: RetryEvents
  readonly #queue: Batch[] = []
  #keptBytes = 0
  #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #forgetExit: (() => void) | undefined
  #exitDeadline: number | undefined
  #reportedUnwritten = 0
  /** From the first failure until all kept lines are written. */
  #fault: { recovered: number; readonly lostBefore: number } | undefined
  /** The handler said that it cannot write any more. */
  isGone = false
  /** The error of the last attempt; undefined if that succeeded or the handler was busy. */
  error: unknown
  /** Lines dropped since the start. */
  lostLines = 0

  constructor(name: string, handler: Handler, policy: RetryPolicy, events: RetryEvents) {
    this.name = name
    this.#handler = handler
    this.#policy = policy
    this.#events = events
    this.#retryMs = policy.firstRetryMs
  }

  get overLimit(): number | undefined {
    return this.#handler.overLimit
  }

  get retained(): Handler['retained'] {
    return this.#handler.retained
  }

  get waiting(): Handler['waiting'] {
    return this.#handler.waiting
  }

  /** Lines that wait to be written. */
  get keptLines(): number {
    return this.#queue.reduce((sum, batch) => (batch.bytes === undefined ? sum : sum + batch.count), 0)
  }

  /** @param notOnConsole those of the lines that are not also sent to the console; undefined: all of them */
  deliver(bytes: Buffer, count: number, notOnConsole: string | undefined, notOnConsoleCount: number): void {
    const now = Date.now()
    const batch = { bytes, count, from: now, to: now }
    const isFirst = this.#queue.length === 0
    if (isFirst && this.#write(batch)) {
      if (this.#fault !== undefined) this.#endFault()
      return
    }
    this.#keep(batch)
    if (isFirst) this.#reportFailure()
    this.#events.refused(notOnConsole ?? bytes.toString(), notOnConsoleCount)
    if (this.isGone) this.#retry()
    else if (isExiting()) this.#retryBeforeExit()
  }

  /** Retries at once, and waits for a busy handler as long as it continues to take lines. */
  async flush(): Promise<void> {
    this.#retry()
    let left = this.#keptBytes
    // Not by the date: setting the clock back would prolong the wait.
    let until = performance.now() + this.#policy.waitMs
    while (left > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, this.#policy.firstRetryMs))
      this.#retry()
      if (this.#keptBytes < left) until = performance.now() + this.#policy.waitMs
      left = this.#keptBytes
    }
    await settled(() => asOwnOutput(() => this.#handler.flush()))
  }

  /** Retries once more and closes the handler. Lines that are still kept then are dropped. */
  async close(): Promise<void> {
    await this.flush()
    this.#dropAll()
    this.#rest()
    await settled(() => asOwnOutput(() => this.#handler.close()))
  }

  /** @returns whether the whole batch was written; if not, the batch holds the rest */
  #write(batch: Batch): boolean {
    const bytes = batch.bytes ?? Buffer.from(this.#events.notice(batch.count, batch.from, batch.to))
    const failure = this.#attempt(bytes, batch.count)
    this.isGone = failure?.state === 'gone'
    this.error = failure?.state === 'busy' ? undefined : failure?.cause
    if (failure === undefined) return true
    const { written, again } = failure
    if (written === bytes.length && again === undefined) return true
    if (batch.bytes !== undefined && written > 0) {
      batch.bytes = Buffer.concat([again ?? nothing, bytes.subarray(written)])
      const taken = linesIn(bytes.subarray(0, written)) - linesIn(again ?? nothing)
      // An entry of the console may have several rows, but counts as one line.
      batch.count = Math.max(1, batch.count - taken)
      this.#retryMs = this.#policy.firstRetryMs
    }
    return false
  }

  /** @returns undefined if the handler took all lines */
  #attempt(bytes: Buffer, count: number): WriteError | undefined {
    try {
      const returned: unknown = asOwnOutput(() => this.#handler.write(bytes, count))
      // An async function compiles as `write`; its rejection would end the process. Its lines are not retried.
      if (returned instanceof Promise) returned.catch(() => this.#events.refused(bytes.toString(), count))
      return undefined
    } catch (error) {
      return error instanceof WriteError ? error : new WriteError(error, 0)
    }
  }

  #reportFailure(): void {
    if (this.error === undefined) return
    this.#fault ??= { recovered: 0, lostBefore: this.lostLines }
    this.#events.failed(this, this.error)
  }

  #endFault(): void {
    if (this.#fault === undefined || this.error !== undefined) return
    const { recovered, lostBefore } = this.#fault
    this.#fault = undefined
    this.#events.recovered?.(this, recovered, this.lostLines - lostBefore)
  }

  // The first batch is always kept: the handler may have written a part of its first line.
  #keep(batch: Batch): void {
    const length = batch.bytes?.length ?? 0
    if (this.#queue.length > 0 && this.#keptBytes + length > this.#maxKeptBytes()) this.#drop(batch)
    else {
      this.#queue.push(batch)
      this.#keptBytes += length
    }
    this.#schedule()
    this.#forgetExit ??= atExit(() => this.#retryBeforeExit())
  }

  // After dropped lines, half of the room must be free first: one gap is easier to read than many.
  #maxKeptBytes(): number {
    const { maxKeptBytes } = this.#policy
    return this.#queue.at(-1)?.bytes === undefined ? maxKeptBytes / 2 : maxKeptBytes
  }

  #drop(batch: Batch): void {
    this.lostLines += batch.count
    const last = this.#queue.at(-1)
    if (last === undefined || last.bytes !== undefined) this.#queue.push({ ...batch, bytes: undefined })
    else {
      last.count += batch.count
      last.to = batch.to
    }
  }

  #dropAll(): void {
    for (const batch of this.#queue.splice(0)) {
      if (batch.bytes === undefined) this.lostLines -= batch.count
      this.#drop(batch)
    }
    this.#keptBytes = 0
  }

  #retry(): void {
    for (let first = this.#gathered(); first !== undefined; first = this.#gathered()) {
      const before = first.bytes?.length ?? 0
      const linesBefore = first.count
      const done = this.#write(first)
      if (this.#fault !== undefined && before > 0) this.#fault.recovered += linesBefore - (done ? 0 : first.count)
      if (this.isGone) {
        this.#dropAll()
        break
      }
      this.#keptBytes -= before - (done ? 0 : (first.bytes?.length ?? 0))
      if (!done) {
        this.#reportFailure()
        this.#schedule()
        return
      }
      this.#queue.shift()
    }
    this.#rest()
    this.#endFault()
  }

  /** The first batch, with the following ones joined to it: 16 MB of short lines take 256 writes instead of 160,000. */
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
      this.#retryMs = Math.min(this.#retryMs * 2, this.#policy.maxRetryMs)
      this.#retry()
    }, this.#retryMs).unref()
  }

  // At exit no callback runs any more, so it waits here; all lines logged during the exit share one deadline.
  #retryBeforeExit(): void {
    this.#exitDeadline ??= performance.now() + this.#policy.waitMs
    const pause = new Int32Array(new SharedArrayBuffer(4))
    this.#retry()
    while (this.#keptBytes > 0 && performance.now() < this.#exitDeadline) {
      Atomics.wait(pause, 0, 0, 5)
      this.#retry()
    }
    if (this.#keptBytes > 0) this.#reportUnwritten()
  }

  // Later exit listeners may log more lines; each line is reported once.
  #reportUnwritten(): void {
    const unwritten = this.#queue.reduce((sum, batch) => sum + batch.count, 0)
    if (unwritten > this.#reportedUnwritten) this.#events.unwritten?.(unwritten - this.#reportedUnwritten)
    this.#reportedUnwritten = Math.max(unwritten, this.#reportedUnwritten)
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#retryMs = this.#policy.firstRetryMs
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }
}

// A handler that fails to flush or close must not keep the others from it.
async function settled(fn: () => Promise<void>): Promise<void> {
  try {
    await fn()
  } catch {}
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
