/**
 * Takes whole lines to where they are kept: a file, the console, or a place of your own
 * (`loggers: { a: { handlers: [handler] } }`).
 *
 * @example
 * const socketHandler: Handler = {
 *   write: (lines) => void socket.write(lines),
 *   flush: async () => {},
 *   close: async () => void socket.end(),
 * }
 */
export interface Handler {
  /**
   * Writes whole lines, each ended by a newline, before it returns. Lines it does not write are kept and offered again,
   * in order.
   *
   * @param lines UTF-8
   * @param count the number of lines
   * @throws WriteError if it wrote only some of the lines, is busy, or can never write again; any other error means that it
   * wrote nothing and failed
   */
  write(lines: Buffer, count: number): void
  /** Resolves when the written lines have left the process. */
  flush(): Promise<void>
  /** Closes descriptors and timers. A later write opens them again. */
  close(): Promise<void>
  /** The format of the lines that it takes. Default: the logger's format. */
  readonly format?: 'json' | undefined
  /** Lines that it took and that are still on their way, and why; shown by `logs.health()`. */
  readonly waiting?: { readonly lines: number; readonly spilledBytes: number; readonly error?: unknown } | undefined
  /** How often lines took a file past its size limit; shown by `logs.health()`. */
  readonly overLimit?: number
  /** Backups of a file whose age is limited; shown by `logs.health()`. */
  readonly retained?: { readonly backups: number; readonly oldest?: number; readonly deleted: number } | undefined
  /** The lines that this handler wrote. The inspector reads them if no logger has a file. Only handlers of Spoor have it. */
  readonly kept?: KeptLines | undefined
}

/** Lines that a handler wrote and Spoor can read back. Made by `spoor/clickhouse`. */
export interface KeptLines {
  /** Opens what `reading` reads the lines from. */
  open(): object
}

/**
 * Why a handler did not write all lines. In each case the lines go to the console.
 * `failed`: an error that may pass. A warning reports it, and the lines are retried.
 * `busy`: the lines are retried, without a warning.
 * `gone`: the handler cannot write any more. A warning reports it; the lines are counted as lost and not kept.
 */
export type WriteState = 'failed' | 'busy' | 'gone'

/** Thrown by a handler that did not write all lines. */
export class WriteError extends Error {
  /** How many bytes of the given lines were written, to the end of a line. The rest is offered again. */
  readonly written: number
  /** A line reported as written that is incomplete in the file and must be retried first. Usually undefined. */
  readonly again: Buffer | undefined
  /** Default `failed`. */
  readonly state: WriteState

  /**
   * @param cause the error behind it, or a text
   * @param written bytes of whole lines, 0 if none
   */
  constructor(cause: unknown, written: number, again?: Buffer, state: WriteState = 'failed') {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'WriteError'
    this.written = written
    this.again = again
    this.state = state
  }
}
