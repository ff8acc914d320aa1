import { type ReadAccess, seesAll } from '../records/read-access.js'

type Work = () => Promise<unknown>

/**
 * Runs one piece of work at a time. Readers take turns, not pieces of work: who asks a lot waits for themselves. An
 * account is one reader, and so are all readers of everything.
 */
export class FairQueue {
  /** What waits, by reader; the next turn is the first one's. */
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
      // Behind all others.
      this.#waiting.delete(reader)
      if (rest.length > 0) this.#waiting.set(reader, rest)
      await piece?.()
    }
    this.#isRunning = false
  }
}

const everything = Symbol('readers of everything')
