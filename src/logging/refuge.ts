import type { ConsoleHandler } from './handlers/console.js'
import type { Refuge } from './line-buffer.js'

/** Gives lines that a file refused to the console, so that none is lost silently. */
export class ConsoleRefuge implements Refuge {
  readonly #console: ConsoleHandler

  constructor(console: ConsoleHandler) {
    this.#console = console
  }

  take(unseen: string, count: number): void {
    if (unseen !== '') this.#console.write(Buffer.from(unseen), count)
  }
}
