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
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `records: ${nameOf(store)} did not answer within ${duration(withinMs)}`
    timer = setTimeout(() => reject(new ReadingError('ERR_SPOOR_STORE', message)), withinMs)
    timer.unref()
  })
  try {
    return await Promise.race([(async () => ask(store))(), late])
  } catch (error) {
    if (error instanceof ReadingError || error instanceof RangeError) throw error
    const message = `records: ${nameOf(store)} failed: ${reasonOf(error)}`
    throw new ReadingError('ERR_SPOOR_STORE', message, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

function nameOf(store: RecordStore): string {
  const { name } = store.constructor ?? {}
  return name === undefined || name === '' || name === 'Object' ? 'the store' : name
}
