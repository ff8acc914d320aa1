import { ReadingError } from '../reading/reading-error.js'
import { Refusal } from './refusal.js'

/** Longer nobody waits at a page. */
const withinMs = 10_000
/** More at once are readers who ask faster than is read, and each holds what it has read so far. */
const mostAtOnce = 32

/** Lets a few read at once, each for a while: whatever the store does, no reader piles up work. */
export class Turnstile {
  readonly #withinMs: number
  #inside = 0

  constructor(longestMs: number = withinMs) {
    this.#withinMs = longestMs
  }

  /** @throws Refusal 503 if there are too many, it took too long, or what keeps it from its answer may pass */
  async pass<T>(read: () => Promise<T>): Promise<T> {
    if (this.#inside >= mostAtOnce) throw busy('too many readers at once')
    this.#inside++
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(busy(`nothing was read within ${this.#withinMs} ms`)), this.#withinMs)
      // Whoever waits for it holds a connection, which keeps the process; the timer alone does not.
      timer.unref()
    })
    try {
      return await Promise.race([read(), tooLate])
    } catch (error) {
      throw error instanceof ReadingError ? passing(error) : error
    } finally {
      this.#inside--
      clearTimeout(timer)
    }
  }
}

const headers = { 'retry-after': '1' }

function busy(why: string): Refusal {
  return new Refusal(503, 'busy', { headers, error: new Error(`inspector: ${why}`) })
}

function passing(error: ReadingError): Refusal {
  return error.code === 'ERR_SPOOR_BUSY'
    ? new Refusal(503, 'busy', { headers, error })
    : new Refusal(503, 'store_failed', { headers, error })
}
