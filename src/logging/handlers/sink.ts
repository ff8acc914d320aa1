import { type Handler, WriteError } from './handler.js'

/** What became of lines that were given to a sink. */
export interface Written {
  /** How many bytes of whole lines it took, from the start. Fewer than all without an error: it is busy. */
  readonly bytes: number
  /** What kept it from taking the rest. */
  readonly error?: unknown
  /** The rest is lost: what is wrong will not pass (the reader of a pipe went away). */
  readonly gone?: true
}

/** The end of a delivery: the console, or a handler. It never throws. */
export interface Sink {
  /** Who it is, in warnings: `publish_sync.log`, `console`. */
  readonly name: string
  /** Takes as many whole lines as it can. What it did not take is offered again, from the first line on. */
  write(lines: Buffer, count: number): Written
  flush(): Promise<void>
  close(): Promise<void>
}

/** A handler as a sink. */
export class HandlerSink implements Sink {
  readonly name: string
  readonly #handler: Handler

  constructor(name: string, handler: Handler) {
    this.name = name
    this.#handler = handler
  }

  write(lines: Buffer, count: number): Written {
    try {
      this.#handler.write(lines, count)
      return { bytes: lines.length }
    } catch (error) {
      return error instanceof WriteError ? { bytes: error.written, error: error.cause } : { bytes: 0, error }
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
