import { atExit, isExiting } from '../process-hooks.js'
import type { Handler } from './handlers/handler.js'

const mostBuffered = 64 * 1024

/** Where lines go that a handler refuses. */
export interface Refuge {
  /** @param unseen the refused lines that did not go to the console anyway; @param count all refused lines */
  take(unseen: string, count: number, error: unknown): void
}

/**
 * Gathers the lines of one turn of the event loop and hands them to a handler in one piece: at the next
 * `setImmediate`, at 64 KB, at once if a line is urgent, and at exit. A promise loop that never yields reaches no
 * `setImmediate`, so 64 KB is the true bound of what a kill can lose.
 */
export class LineBuffer {
  readonly #handler: Handler
  readonly #refuge: Refuge
  readonly #everyLine: boolean
  #lines = ''
  #unseen = ''
  #count = 0
  #closed = false
  #scheduled: NodeJS.Immediate | undefined
  #forgetExit: (() => void) | undefined

  /** @param everyLine write each line at once (`flush: 'line'`) */
  constructor(handler: Handler, refuge: Refuge, everyLine: boolean) {
    this.#handler = handler
    this.#refuge = refuge
    this.#everyLine = everyLine
  }

  /**
   * @param urgent write at once
   * @param seen the line goes to the console too
   */
  add(line: string, urgent: boolean, seen: boolean): void {
    this.#lines += `${line}\n`
    if (!seen) this.#unseen += `${line}\n`
    this.#count++
    if (urgent || this.#everyLine || this.#closed || this.#lines.length >= mostBuffered || isExiting()) this.write()
    else this.#schedule()
  }

  /** Hands over what is gathered. Never throws: what the handler refuses goes to the refuge. */
  write(): void {
    if (this.#count === 0) return
    const lines = Buffer.from(this.#lines)
    const unseen = this.#unseen
    const count = this.#count
    this.#lines = ''
    this.#unseen = ''
    this.#count = 0
    try {
      if (this.#closed) throw new Error('the logs are closed')
      this.#handler.write(lines, count)
    } catch (error) {
      this.#refuge.take(unseen, count, error)
    }
  }

  async flush(): Promise<void> {
    this.write()
    await this.#handler.flush()
  }

  /** Writes what is left and lets go of the handler. Later lines go to the refuge. */
  async close(): Promise<void> {
    this.rest()
    this.#closed = true
    await this.#handler.close()
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
