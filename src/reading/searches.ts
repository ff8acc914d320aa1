import type { ReadAccess } from '../records/read-access.js'
import { ReaderPlaces } from '../records/reader-places.js'
import { FairQueue } from './fair-queue.js'
import { ReadingError } from './reading-error.js'

const maxWaiting = 16

/** Runs one search of log files at a time. Readers take turns, so that one account cannot keep the others waiting. */
export class Searches {
  readonly #places = new ReaderPlaces(maxWaiting)
  readonly #queue = new FairQueue()

  /**
   * Runs `search` when it is its turn.
   *
   * @throws ReadingError if too many searches wait already: 16 of readers of one account, 8 of one account, and 8 of
   * readers of everything
   */
  async run<T>(access: ReadAccess, search: () => Promise<T>): Promise<T> {
    const free = this.#places.take(access)
    if (free === undefined) throw new ReadingError('ERR_SPOOR_BUSY', 'too many searches of log files')
    try {
      return await this.#queue.run(access, search)
    } finally {
      free()
    }
  }
}
