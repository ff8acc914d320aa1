import { typeName } from '../../safe-values/type-name.js'
import type { Level } from '../levels.js'
import type { Logger } from '../logger.js'
import { asOwnOutput, countCapture, isOwnOutput } from './own-output.js'

/** The logger that captured lines go to. */
export interface Taker {
  readonly logger: Logger
  /** The level of lines whose source has no levels. */
  readonly level: Level
}

/**
 * The captures of one source: the console, a copy of the package `debug`, or Node's warnings. The newest capture takes the
 * lines. When it is undone, the capture before it takes the lines.
 */
export class Captures {
  readonly #start: (captures: Captures) => () => void
  readonly #takers: { readonly taker: Taker }[] = []
  #stop: (() => void) | undefined

  /** @param start replaces the functions by which the source writes, and returns a function that restores them */
  constructor(start: (captures: Captures) => () => void) {
    this.#start = start
  }

  /** @returns a function that undoes this capture; further calls of it do nothing */
  add(logger: Logger, level: Level = 'info'): () => void {
    const own = { taker: { logger, level } }
    const countEnd = countCapture()
    if (this.#takers.push(own) === 1) this.#stop = this.#start(this)
    return () => {
      const at = this.#takers.indexOf(own)
      if (at < 0) return
      this.#takers.splice(at, 1)
      countEnd()
      if (this.#takers.length === 0) this.#stop?.()
    }
  }

  /** Where a line goes; undefined if it must not be captured. */
  get taker(): Taker | undefined {
    return isOwnOutput() ? undefined : this.#takers.at(-1)?.taker
  }
}

/** The captures of each source, made when the source is first captured. */
export class CapturesBySource<Source extends object> {
  readonly #start: (source: Source, captures: Captures) => () => void
  readonly #known = new WeakMap<Source, Captures>()

  constructor(start: (source: Source, captures: Captures) => () => void) {
    this.#start = start
  }

  of(source: Source): Captures {
    const known = this.#known.get(source) ?? new Captures((captures) => this.#start(source, captures))
    this.#known.set(source, known)
    return known
  }
}

/** Writes a captured line. @returns false if the logger threw; only a logger that the service made may throw */
export function written(logger: Logger, level: Level, fields: object, message: string | undefined): boolean {
  try {
    asOwnOutput(() => logger[level](fields, message))
    return true
  } catch {
    return false
  }
}

/** @throws TypeError if `logger` is not a logger; `call` names the function */
export function checkLogger(call: string, logger: unknown): void {
  const { info, isLevelEnabled } = (logger ?? {}) as Partial<Logger>
  if (typeof info === 'function' && typeof isLevelEnabled === 'function') return
  throw new TypeError(`${call}: logger: expected a logger, got ${typeName(logger)}; pass logs.get(name) or logs.root`)
}
