/** What became of lines that were given to a sink. */
export interface Written {
  /** How many bytes of whole lines it took, from the start. Fewer than all without an error: it is busy. */
  readonly bytes: number
  /** What kept it from taking the rest. */
  readonly error?: unknown
  /** The rest is lost: what is wrong will not pass (the reader of a pipe went away). */
  readonly gone?: true
}

/** The end of a delivery: a file, the console, or a handler of the service. It never throws. */
export interface Sink {
  /** Who it is, in warnings: `publish_sync.log`, `console`. */
  readonly name: string
  /**
   * Takes as many whole lines as it can. What it did not take is offered again, from the first line it did not take.
   * It may have written a part of that line already and then goes on behind it.
   */
  write(lines: Buffer, count: number): Written
  flush(): Promise<void>
  close(): Promise<void>
}
