/** A list may look at this many entries before it waits: enough for most first pages, well below a millisecond. */
const firstSlice = 512
/** Later slices end after this time. The clock is read once in `betweenReadings` entries. */
const maxSliceMs = 2
const betweenReadings = 256

/**
 * Walks through long lists in slices, so that the event loop continues between them. All walks share one object: in
 * each turn of the event loop, one walk runs one slice, even with many readers.
 */
export class Slices {
  readonly #waiting: (() => void)[] = []

  /**
   * Calls `visit` for each entry until it returns false.
   *
   * @param next the next entry; undefined at the end. Entries may come and go between two calls
   */
  async each<Entry>(next: () => Entry | undefined, visit: (entry: Entry) => boolean): Promise<void> {
    if (!walk(next, visit, firstSlice)) return
    for (;;) {
      await this.#turn()
      const end = performance.now() + maxSliceMs
      do if (!walk(next, visit, betweenReadings)) return
      while (performance.now() < end)
    }
  }

  /** Resolves in a later turn of the loop, in which no other walk goes on. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#wake)
    })
  }

  readonly #wake = (): void => {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(this.#wake)
  }
}

/** @returns false at the end */
function walk<Entry>(next: () => Entry | undefined, visit: (entry: Entry) => boolean, count: number): boolean {
  for (let left = count; left > 0; left--) {
    const entry = next()
    if (entry === undefined || !visit(entry)) return false
  }
  return true
}
