import { withinTime } from '../process/promises.js'
import type { RecordStore } from '../records/record-store.js'
import { duration } from '../safe-values/duration.js'
import { reasonOf } from '../safe-values/safe-error.js'
import { ReadingError } from './reading-error.js'

/**
 * Asks a store and waits at most `withinMs`: it may be third-party code that talks to another machine.
 *
 * @throws ReadingError that names the store if the store fails or does not answer; a RangeError (of a cursor) unchanged
 */
export async function withinStoreTimeLimit<T>(
  store: RecordStore,
  withinMs: number,
  ask: (store: RecordStore) => T | Promise<T>,
): Promise<T> {
  const late = (): ReadingError =>
    new ReadingError('ERR_SPOOR_STORE', `records: ${nameOf(store)} did not answer within ${duration(withinMs)}`)
  try {
    return await withinTime((async () => ask(store))(), withinMs, late)
  } catch (error) {
    if (error instanceof ReadingError || error instanceof RangeError) throw error
    const message = `records: ${nameOf(store)} failed: ${reasonOf(error)}`
    throw new ReadingError('ERR_SPOOR_STORE', message, { cause: error })
  }
}

function nameOf(store: RecordStore): string {
  const { name } = store.constructor ?? {}
  return name === undefined || name === '' || name === 'Object' ? 'the store' : name
}
