import type { ShownLine } from '../../reading/story/story.js'

/** Lines of several files that were written together come file by file, within this time. */
const waitMs = 100
const maxWaiting = 5_000

/** Shows lines in the order of their times, as far as they come together. */
export class InOrder {
  readonly #show: (line: ShownLine) => void
  readonly #failed: (error: unknown) => void
  #waiting: ShownLine[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param failed called with what `show` throws later, such as for a closed pipe */
  constructor(show: (line: ShownLine) => void, failed: (error: unknown) => void) {
    this.#show = show
    this.#failed = failed
  }

  add(line: ShownLine): void {
    this.#waiting.push(line)
    if (this.#waiting.length >= maxWaiting) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), waitMs)
  }

  /** Shows the lines that wait. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#waiting.sort((a, b) => timeOf(a) - timeOf(b))
    this.#waiting = []
    try {
      for (const line of lines) this.#show(line)
    } catch (error) {
      this.#failed(error)
    }
  }
}

/** Lines of other programs stay at the end. */
function timeOf({ time }: ShownLine): number {
  return time === undefined ? Number.MAX_VALUE : Date.parse(time)
}
