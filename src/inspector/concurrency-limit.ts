import { ReadingError } from '../reading/reading-error.js'
import type { ReadAccess } from '../records/read-access.js'
import { ReaderPlaces } from '../records/reader-places.js'
import { Refusal } from './refusal.js'

/** How long one reading may take. */
const defaultWithinMs = 10_000
/** More readings at once come from readers who ask faster than Spoor reads, and each holds what it has read so far. */
const maxAtOnce = 32

/** Limits how many readings run at once, and for how long: whatever the store does, no reader piles up work. */
export class ConcurrencyLimit {
  readonly #withinMs: number
  readonly #places = new ReaderPlaces(maxAtOnce)

  constructor(withinMs: number = defaultWithinMs) {
    this.#withinMs = withinMs
  }

  /** @throws Refusal 503 if too many readings run, this one took too long, or it failed for a reason that may pass */
  async run<T>(access: ReadAccess, read: () => Promise<T>): Promise<T> {
    const free = this.#places.take(access)
    if (free === undefined) throw busy('too many readers at once')
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(busy(`nothing was read within ${this.#withinMs} ms`)), this.#withinMs)
      // The reader's connection keeps the process alive; the timer alone must not.
      timer.unref()
    })
    try {
      return await Promise.race([read(), tooLate])
    } catch (error) {
      throw error instanceof ReadingError ? passing(error) : error
    } finally {
      free()
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
