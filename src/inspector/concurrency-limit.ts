import { withinTime } from '../process/promises.js'
import { ReadingError } from '../reading/reading-error.js'
import type { ReadAccess } from '../records/read-access.js'
import { ReaderPlaces } from '../records/reader-places.js'
import { Refusal } from './refusal.js'

/** How long one reading may take. */
const defaultWithinMs = 10_000
/** Each reading holds its results in memory, so more at once would pile up. */
const maxAtOnce = 32

/** Limits how many readings run at once, and for how long, so that a slow store cannot pile up work. */
export class ConcurrencyLimit {
  readonly #withinMs: number
  readonly #places = new ReaderPlaces(maxAtOnce)

  constructor(withinMs: number = defaultWithinMs) {
    this.#withinMs = withinMs
  }

  /** @throws Refusal 503 if too many readings run, this one takes too long, or a retry may help */
  async run<T>(access: ReadAccess, read: () => Promise<T>): Promise<T> {
    const free = this.#places.take(access)
    if (free === undefined) throw busy('too many readers at once')
    try {
      return await withinTime(read(), this.#withinMs, () => busy(`a reading took longer than ${this.#withinMs} ms`))
    } catch (error) {
      throw error instanceof ReadingError ? retryLater(error) : error
    } finally {
      free()
    }
  }
}

const headers = { 'retry-after': '1' }

/** The refusal of a reader who may try again. */
export function busy(why: string): Refusal {
  return new Refusal(503, 'busy', { headers, error: new Error(`inspector: ${why}`) })
}

function retryLater(error: ReadingError): Refusal {
  return error.code === 'ERR_SPOOR_BUSY'
    ? new Refusal(503, 'busy', { headers, error })
    : new Refusal(503, 'store_failed', { headers, error })
}
