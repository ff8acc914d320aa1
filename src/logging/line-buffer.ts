import { atExit, isExiting } from '../process-hooks.js'
import type { Delivery } from './handlers/delivery.js'

const mostBuffered = 64 * 1024

/**
 * Gathers the lines of one turn of the event loop and delivers them in one piece: at the next `setImmediate`, at 64 KB,
 * at once if a line is urgent, and at exit. A promise loop that never yields reaches no `setImmediate`, so 64 KB is the
 * true bound of what a kill can lose.
 */
export class LineBuffer {
  readonly #delivery: Delivery
  readonly #refuge: LineBuffer | undefined
  readonly #everyLine: boolean
  #lines = ''
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
    if (seen && this.#unseenCount === this.#count) this.#unseen = this.#lines
    if (!seen) {
      if (this.#unseenCount < this.#count) this.#unseen += `${line}\n`
      this.#unseenCount++
    }
    this.#lines += `${line}\n`
    this.#count++
    if (urgent || this.#everyLine || this.#lines.length >= mostBuffered || isExiting()) this.write()
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
    const lines = Buffer.from(this.#lines)
    const [count, unseenCount] = [this.#count, this.#unseenCount]
    const unseen = unseenCount === count ? this.#lines : this.#unseen
    this.#lines = this.#unseen = ''
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

  /** Writes what is left and leaves no callback behind, until the next line. */
  rest(): void {
    this.write()
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    this.#forgetExit?.()
    this.#forgetExit = undefined
  }

  #schedule(): void {
    this.#forgetExit ??= atExit(() => this.write())
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      this.write()
    })
  }
}
