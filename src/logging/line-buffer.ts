import { atExit, isExiting } from '../process-hooks.js'
import type { Delivery } from './handlers/delivery.js'

const mostBytes = 64 * 1024
// Of UTF-8, a JavaScript character takes three bytes at most. Counting is put off until so many characters have come
// that they could pass the bound, and given up for the last few: a batch of 58 KB is as good as one of 64.
const mostBytesPerCharacter = 3
const fewCharacters = 2_000

/**
 * Gathers the lines of one turn of the event loop and delivers them in one piece: at the next `setImmediate`, before
 * they would pass 64 KB, at once if a line is urgent, and at exit. A promise loop that never yields reaches no
 * `setImmediate`, so 64 KB is the true bound of what a kill can lose.
 */
export class LineBuffer {
  readonly #delivery: Delivery
  readonly #refuge: LineBuffer | undefined
  #everyLine: boolean
  /** What has been counted. */
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #lines = ''
  /** How many characters `#lines` may have before its bytes must be counted. */
  #uncounted = mostBytes / mostBytesPerCharacter
  /** Those that do not go to the console anyway, once they are not all of them. */
  #unseen = ''
  #unseenCount = 0
  #count = 0
  #isClosed = false
  #scheduled: NodeJS.Immediate | undefined
  #forgetExit: (() => void) | undefined

  /**
   * @param everyLine write each line at once (`flush: 'line'`)
   * @param refuge the console, which gets the lines once this is closed
   */
  constructor(delivery: Delivery, everyLine: boolean, refuge?: LineBuffer) {
    this.#delivery = delivery
    this.#everyLine = everyLine
    this.#refuge = refuge
    // From the start: a listener that is added while the others are called is not called any more.
    this.#forgetExit = atExit(() => this.write())
  }

  /**
   * @param urgent write at once
   * @param seen the line goes to the console too
   */
  add(line: string, urgent: boolean, seen: boolean): void {
    if (this.#isClosed) {
      if (!seen) this.#refuge?.addNow(`${line}\n`, 1)
      return
    }
    if (seen && this.#unseenCount === this.#count) this.#unseen = this.#text()
    if (!seen) {
      if (this.#unseenCount < this.#count) this.#unseen += `${line}\n`
      this.#unseenCount++
    }
    this.#lines += `${line}\n`
    this.#count++
    if (urgent || this.#everyLine || isExiting()) this.write()
    else if (this.#lines.length >= this.#uncounted && this.#isFull()) this.write()
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
    const [count, unseenCount] = [this.#count, this.#unseenCount]
    const unseen = unseenCount === count ? undefined : this.#unseen
    this.#pieces = []
    this.#pieceBytes = 0
    this.#lines = this.#unseen = ''
    this.#uncounted = mostBytes / mostBytesPerCharacter
    this.#count = this.#unseenCount = 0
    this.#delivery.deliver(lines, count, unseen, unseenCount)
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

  #isFull(): boolean {
    const piece = Buffer.from(this.#lines)
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
    this.#lines = ''
    this.#uncounted = (mostBytes - this.#pieceBytes) / mostBytesPerCharacter
    return this.#uncounted < fewCharacters
  }

  #bytes(): Buffer {
    const last = Buffer.from(this.#lines)
    return this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
  }

  #text(): string {
    return this.#pieces.length === 0 ? this.#lines : this.#bytes().toString()
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      this.write()
    })
  }
}
