import { runDetached } from '../context/storage.js'
import { atExit, isExiting } from '../process/exit.js'
import type { RetryQueue } from './handlers/retry-queue.js'

const maxBytes = 64 * 1024
// In UTF-8 a JavaScript character takes three bytes at most.
const maxBytesPerCharacter = 3
// Bytes are counted by encoding a piece at a time into a buffer that stays: 10 ns a line, where Buffer.byteLength of
// each line takes 80 to 110. A turn with less than one piece, as most are, counts nothing.
const pieceCharacters = 8 * 1024
const smallestPiece = 2_000

/**
 * Gathers the lines of one turn of the event loop and delivers them in one piece: at the next `setImmediate`, before
 * they would pass 64 KB, at once if a line is urgent, and at exit. A promise loop that never yields reaches no
 * `setImmediate`, so 64 KB is the true bound of what a kill can lose.
 */
export class LineBuffer {
  readonly #delivery: RetryQueue
  readonly #fallback: LineBuffer | undefined
  #everyLine: boolean
  /** The beginning of what is gathered, in UTF-8. */
  #encoded: Buffer | undefined
  #encodedBytes = 0
  /** What follows them. */
  #lines = ''
  /** How many characters `#lines` may have before they are encoded. */
  #piece = pieceCharacters
  /** Those that do not go to the console anyway, once they are not all of them. */
  #notOnConsole = ''
  #notOnConsoleCount = 0
  #count = 0
  #isClosed = false
  #scheduled: NodeJS.Immediate | undefined
  #forgetExit: (() => void) | undefined

  /**
   * @param everyLine write each line at once (`flush: 'line'`)
   * @param fallback the console, which gets the lines once this is closed
   */
  constructor(delivery: RetryQueue, everyLine: boolean, fallback?: LineBuffer) {
    this.#delivery = delivery
    this.#everyLine = everyLine
    this.#fallback = fallback
    // From the start: a listener that is added while the others are called is not called any more.
    this.#forgetExit = atExit(() => this.write())
  }

  /**
   * @param urgent write at once
   * @param seen the line goes to the console too
   */
  add(line: string, urgent: boolean, seen: boolean): void {
    if (this.#isClosed) {
      if (!seen) this.#fallback?.addNow(`${line}\n`, 1)
      return
    }
    this.#note(line, seen)
    this.#lines += `${line}\n`
    this.#count++
    if (urgent || this.#everyLine || isExiting()) this.write()
    else if (this.#lines.length >= this.#piece && this.#isFull()) this.write()
    else this.#schedule()
  }

  /** Adds whole lines and writes them at once, behind those gathered before. */
  addNow(lines: string, count: number): void {
    if (count === 0) return
    this.#lines += lines
    this.#count += count
    this.write()
  }

  /** Delivers what is gathered. Never throws. */
  write(): void {
    if (this.#count === 0) return
    const lines = this.#bytes()
    const [count, notOnConsoleCount] = [this.#count, this.#notOnConsoleCount]
    const notOnConsole = notOnConsoleCount === count ? undefined : this.#notOnConsole
    this.#lines = this.#notOnConsole = ''
    this.#encodedBytes = 0
    this.#piece = pieceCharacters
    this.#count = this.#notOnConsoleCount = 0
    this.#delivery.deliver(lines, count, notOnConsole, notOnConsoleCount)
  }

  async flush(): Promise<void> {
    this.write()
    await this.#delivery.flush()
  }

  /** Writes what is left and closes the delivery. Later lines go to the console, unless they go there anyway. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.rest()
    this.#isClosed = true
    await this.#delivery.close()
  }

  /** Writes what is left, and every later line at once, so that no callback is left behind. */
  rest(): void {
    this.write()
    this.#everyLine = true
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
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

  /** Encodes what has come. @returns whether the next lines could take it all past 64 KB */
  #isFull(): boolean {
    const room = maxBytes - this.#encodedBytes
    if (this.#lines.length * maxBytesPerCharacter > room && Buffer.byteLength(this.#lines) > room) return true
    this.#encoded ??= Buffer.allocUnsafeSlow(maxBytes)
    this.#encodedBytes += this.#encoded.write(this.#lines, this.#encodedBytes)
    this.#lines = ''
    this.#piece = Math.min(pieceCharacters, (maxBytes - this.#encodedBytes) / maxBytesPerCharacter)
    return this.#piece < smallestPiece
  }

  #bytes(): Buffer {
    const last = Buffer.from(this.#lines)
    if (this.#encoded === undefined || this.#encodedBytes === 0) return last
    // A copy: the receiver may keep it.
    return Buffer.concat([this.#encoded.subarray(0, this.#encodedBytes), last])
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      // Called in the context of the first line's request; the lines are those of many.
      runDetached(() => this.write())
    })
  }
}
