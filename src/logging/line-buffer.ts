import { runDetached } from '../context/storage.js'
import { atExit, isExiting } from '../process/exit.js'
import type { Formatter } from './entry.js'
import type { RetryQueue } from './handlers/retry-queue.js'
import type { Flush } from './logger-options.js'

const maxBytes = 64 * 1024
// A JavaScript character takes at most three bytes of UTF-8.
const maxBytesPerCharacter = 3
// Bytes are counted by encoding one piece at a time into a reused buffer: 10 ns a line; Buffer.byteLength of each line
// takes 80 to 110 ns. Most turns have less than one piece and count nothing.
const pieceCharacters = 8 * 1024
const minPieceCharacters = 2_000

// Between two writes while the loop is busy: each takes a stat, a write and a stat of the file.
const pauseMs = 1

/** A handler of a logger: the format of its lines, and the buffer in front of it. */
export interface BufferedHandler {
  readonly format: Formatter
  readonly lines: Pick<LineBuffer, 'add'>
  readonly isConsole: boolean
  /** The service's own: what it sees must not depend on how a line was made. */
  readonly isCustom: boolean
}

/**
 * Gathers lines and hands them to the handler's queue together: at the next `setImmediate`, before they would exceed
 * 64 KB, at once if a line is urgent, and at exit. With `soon`, at most once per millisecond: lines that follow a write
 * at once wait for a timer. A promise loop that never yields reaches neither, so a kill can lose up to 64 KB.
 */
export class LineBuffer {
  readonly #queue: RetryQueue
  readonly #fallback: LineBuffer | undefined
  #flush: Flush
  /** The first gathered lines, in UTF-8. */
  #encoded: Buffer | undefined
  #encodedBytes = 0
  /** The lines that follow them. */
  #lines = ''
  /** How many characters `#lines` may have before they are encoded. */
  #piece = pieceCharacters
  /** Lines not also sent to the console; kept only when some lines are. */
  #notOnConsole = ''
  #notOnConsoleCount = 0
  #count = 0
  /** Takes lines instead of the queue: after `close`, or while a replaced `process.stdout.write` runs, which may log itself. */
  #detour: ((lines: string, seen: boolean) => void) | undefined
  #isClosed = false
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  /** When lines were last written by `#immediate` or `#timer` (`performance.now()`). */
  #writtenAt = Number.NEGATIVE_INFINITY
  #forgetExit: (() => void) | undefined

  /**
   * @param flush when lines are written
   * @param fallback the console, which gets the lines once this is closed
   */
  constructor(queue: RetryQueue, flush: Flush, fallback?: LineBuffer) {
    this.#queue = queue
    this.#flush = flush
    this.#fallback = fallback
    // Added at the start: a listener added during the exit is not called any more.
    this.#forgetExit = atExit(() => this.write())
  }

  /**
   * @param line empty if the format leaves the entry out
   * @param urgent write at once
   * @param seen the line goes to the console too
   */
  add(line: string, urgent: boolean, seen: boolean): void {
    if (line === '') return
    if (this.#detour !== undefined) {
      this.#detour(`${line}\n`, seen)
      return
    }
    this.#note(line, seen)
    this.#lines += `${line}\n`
    this.#count++
    if (urgent || this.#flush === 'line' || isExiting()) this.write()
    else if (this.#lines.length >= this.#piece && this.#isFull()) this.write()
    else this.#schedule()
  }

  /** Adds whole lines and writes them at once, behind those gathered before. */
  addNow(lines: string, count: number): void {
    if (count === 0) return
    if (this.#detour !== undefined) {
      this.#detour(lines, false)
      return
    }
    this.#lines += lines
    this.#count += count
    this.write()
  }

  /** Sends later lines to `detour`. Undefined ends the detour. */
  divert(detour: ((lines: string, seen: boolean) => void) | undefined): void {
    this.#detour = detour
  }

  /** Hands the gathered lines to the queue. Never throws. */
  write(): void {
    if (this.#count === 0) return
    const lines = this.#bytes()
    const [count, notOnConsoleCount] = [this.#count, this.#notOnConsoleCount]
    const notOnConsole = notOnConsoleCount === count ? undefined : this.#notOnConsole
    this.#lines = this.#notOnConsole = ''
    this.#encodedBytes = 0
    this.#piece = pieceCharacters
    this.#count = this.#notOnConsoleCount = 0
    this.#queue.deliver(lines, count, notOnConsole, notOnConsoleCount)
  }

  async flush(): Promise<void> {
    this.write()
    await this.#queue.flush()
  }

  /** Writes the gathered lines and closes the queue. Later lines go to the console, once. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.rest()
    this.#isClosed = true
    this.divert((line, seen) => {
      if (!seen) this.#fallback?.addNow(line, 1)
    })
    await this.#queue.close()
  }

  /** Writes the gathered lines, and each later line at once, so that no callback stays scheduled. */
  rest(): void {
    this.write()
    this.#flush = 'line'
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = this.#timer = undefined
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }

  #note(line: string, seen: boolean): void {
    if (seen) {
      if (this.#count > 0 && this.#notOnConsoleCount === this.#count) this.#notOnConsole = this.#bytes().toString()
      return
    }
    if (this.#notOnConsoleCount < this.#count) this.#notOnConsole += `${line}\n`
    this.#notOnConsoleCount++
  }

  /** Encodes the lines since the last piece. @returns whether the next lines could exceed 64 KB */
  #isFull(): boolean {
    const room = maxBytes - this.#encodedBytes
    if (this.#lines.length * maxBytesPerCharacter > room && Buffer.byteLength(this.#lines) > room) return true
    this.#encoded ??= Buffer.allocUnsafeSlow(maxBytes)
    this.#encodedBytes += this.#encoded.write(this.#lines, this.#encodedBytes)
    this.#lines = ''
    this.#piece = Math.min(pieceCharacters, (maxBytes - this.#encodedBytes) / maxBytesPerCharacter)
    return this.#piece < minPieceCharacters
  }

  #bytes(): Buffer {
    const last = Buffer.from(this.#lines)
    if (this.#encoded === undefined || this.#encodedBytes === 0) return last
    // A copy: the queue may keep it.
    return Buffer.concat([this.#encoded.subarray(0, this.#encodedBytes), last])
  }

  #schedule(): void {
    if (this.#immediate !== undefined || this.#timer !== undefined) return
    const isBusy = this.#flush === 'soon' && performance.now() - this.#writtenAt < pauseMs
    if (isBusy) this.#timer = setTimeout(this.#due, pauseMs)
    else this.#immediate = setImmediate(this.#due)
  }

  readonly #due = (): void => {
    this.#immediate = this.#timer = undefined
    if (this.#flush === 'soon') this.#writtenAt = performance.now()
    // The callback has the context of the first line's request; the lines belong to many requests.
    runDetached(() => this.write())
  }
}
