import { type ReadAccess, seesAll } from '../records/read-access.js'

type Work = () => Promise<unknown>

/**
 * Runs one piece of work at a time. Readers take turns, so a reader with much work delays only their own. An account is
 * one reader; all readers of everything together are one reader.
 */
export class FairQueue {
  /** Waiting work by reader; the first reader is next. */
  readonly #waiting = new Map<string | undefined | symbol, Work[]>()
  #isRunning = false

  run<T>(access: ReadAccess, work: () => Promise<T>): Promise<T> {
    const reader = seesAll(access) ? everything : access.account
    return new Promise<T>((resolve, reject) => {
      const own = this.#waiting.get(reader)
      const piece: Work = () => work().then(resolve, reject)
      if (own === undefined) this.#waiting.set(reader, [piece])
      else own.push(piece)
      if (!this.#isRunning) void this.#runAll()
    })
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined) break
      const [reader, [piece, ...rest]] = next
      // The reader goes to the end of the queue.
      this.#waiting.delete(reader)
      if (rest.length > 0) this.#waiting.set(reader, rest)
      await piece?.()
    }
    this.#isRunning = false
  }
}

const everything = Symbol('readers of everything')
