import { type Handler, WriteError } from './handler.js'

/** What became of lines that were given to a sink. */
export interface Written {
  /** How many bytes of whole lines it took, from the start. Fewer than all without an error: it is busy. */
  readonly bytes: number
  /** One of those lines that must be offered again, before the rest. */
  readonly again?: Buffer | undefined
  /** What kept it from taking the rest. */
  readonly error?: unknown
  /** The rest is lost: what is wrong will not pass (the reader of a pipe went away). */
  readonly gone?: true
}

/** The end of a delivery: the console, or a handler. It never throws. */
export interface Sink {
  /** Who it is, in warnings: `publish_sync.log`, `console`. */
  readonly name: string
  /** How often it took its file past the limit; undefined if it has none. */
  readonly overLimit?: number | undefined
  /** Takes as many whole lines as it can. What it did not take is offered again, from the first line on. */
  write(lines: Buffer, count: number): Written
  flush(): Promise<void>
  close(): Promise<void>
}

/** Told of lines that a handler took and then, in a promise it gave, did not. */
export type Late = (lines: Buffer, count: number) => void

/** A handler as a sink. */
export class HandlerSink implements Sink {
  readonly name: string
  readonly #handler: Handler
  readonly #late: Late

  constructor(name: string, handler: Handler, late: Late) {
    this.name = name
    this.#handler = handler
    this.#late = late
  }

  get overLimit(): number | undefined {
    return this.#handler.overLimit
  }

  write(lines: Buffer, count: number): Written {
    try {
      const said: unknown = this.#handler.write(lines, count)
      // An async function compiles as a handler's write, and its rejection would end the process.
      if (said instanceof Promise) said.catch(() => this.#late(lines, count))
      return { bytes: lines.length }
    } catch (error) {
      if (!(error instanceof WriteError)) return { bytes: 0, error }
      return { bytes: error.written, again: error.again, error: error.cause }
    }
  }

  flush(): Promise<void> {
    return attempt(() => this.#handler.flush())
  }

  close(): Promise<void> {
    return attempt(() => this.#handler.close())
  }
}

// A handler that fails to flush or close must not keep the others from it; its lines are out of our hands.
async function attempt(fn: () => Promise<void>): Promise<void> {
  try {
    await fn()
  } catch {}
}
