/** Takes encoded lines to where they are kept. */
export interface Handler {
  /**
   * Writes whole lines, each ended by a newline, before it returns.
   *
   * @param lines UTF-8
   * @param count how many lines they are
   * @throws whatever keeps it from writing them all: WriteError if it wrote a part, anything else if it wrote nothing
   */
  write(lines: Buffer, count: number): void
  /** Resolves when what was written has left the process. */
  flush(): Promise<void>
  /** Lets go of descriptors and timers. A later write opens them again. */
  close(): Promise<void>
  /** How often it took a file past its size limit; told by `logs.health()`. */
  readonly overLimit?: number
}

/** A write that ended half way. */
export class WriteError extends Error {
  /** How many bytes of the given lines were written, to the end of a line. What follows must be given again, first. */
  readonly written: number
  /** One of the written lines that is not whole on disk after all, to be given again before what follows; mostly none. */
  readonly again: Buffer | undefined

  constructor(cause: unknown, written: number, again?: Buffer) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'WriteError'
    this.written = written
    this.again = again
  }
}
