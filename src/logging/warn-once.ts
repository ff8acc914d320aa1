import type { Logger } from './logger.js'

const maxSaid = 100

/**
 * Writes each warning once. It is made before all other parts of an instance, so that each of them can warn while it is
 * made.
 */
export class WarnOnce {
  readonly #logger: Pick<Logger, 'warn'>
  readonly #said = new Set<string>()

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger
  }

  /**
   * Writes a warning that says what is wrong and how to fix it. A function of its own, so that parts take it alone.
   *
   * @param about identifies the warning; never text from a caller. After 100 different ones it writes no more
   */
  readonly warn = (about: string, message: string): void => {
    if (this.#said.has(about) || this.#said.size >= maxSaid) return
    this.#said.add(about)
    this.#logger.warn(message)
  }
}
