import type { Logger } from './logger.js'

const maxSaid = 100

/**
 * Writes each warning once. An instance creates it before all other parts, so that those can warn while they are created.
 */
export class WarnOnce {
  readonly #logger: Pick<Logger, 'warn'>
  readonly #said = new Set<string>()

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger
  }

  /**
   * Writes a warning, unless one with the same `about` was written before. A bound function, so that parts can take it alone.
   *
   * @param about identifies the warning; never text from a caller. After 100 different ones, further warnings are dropped
   * @param message says what is wrong and how to fix it
   * @param error its stack says where
   */
  readonly warn = (about: string, message: string, error?: Error): void => {
    if (this.#said.has(about) || this.#said.size >= maxSaid) return
    this.#said.add(about)
    if (error === undefined) this.#logger.warn(message)
    else this.#logger.warn({ error }, message)
  }
}
