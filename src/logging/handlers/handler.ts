/** Takes encoded lines to where they are kept. */
export interface Handler {
  /**
   * Writes whole lines, each ended by a newline, before it returns.
   *
   * @param lines UTF-8
   * @param count how many lines they are
   * @throws whatever keeps it from writing them all; the lines are then given to the console
   */
  write(lines: Buffer, count: number): void
  /** Resolves when what was written has left the process. */
  flush(): Promise<void>
  /** Lets go of descriptors and timers. A later write opens them again. */
  close(): Promise<void>
}
