import { checkOptions, object, optional, wholeNumber } from '../options.js'
import { memoryStore } from './memory-store.js'
import type { RecordStore } from './record-store.js'

/** Options of `memoryRecords`. */
export interface MemoryRecordsOptions {
  /** Maximum size of all records as JSON; on the heap they take 1.2 to 1.9 times as much. Default 64 MB, at least 32 KB. */
  maxBytes?: number | undefined
  /** How long a record is kept after its end, in ms. Default one hour. */
  keepForMs?: number | undefined
}

const options = object({
  maxBytes: optional(wholeNumber(32_768, 'bytes')),
  keepForMs: optional(wholeNumber(1, 'milliseconds')),
})

/**
 * Stores records in this process: those of the last hour, or as many as fit. The record that ended first is removed
 * first. Expired records are never returned; later calls of `put` and `list` remove them, without a timer.
 *
 * @example
 * createSpoor({ service: 'publisher', logs, records: memoryRecords({ maxBytes: 16 * 2 ** 20 }) })
 *
 * @throws OptionsError with every mistake
 */
export function memoryRecords(given: MemoryRecordsOptions = {}): RecordStore {
  const checked = checkOptions('memoryRecords', given, options)
  let made: RecordStore | undefined
  let isClosed = false
  // Its code is loaded for the first record: many services measure no request for days.
  const store = (): RecordStore => {
    made ??= memoryStore(checked, () => performance.now())
    return made
  }
  return {
    put: (record) => (isClosed ? undefined : store().put(record)),
    update: (id, later) => made?.update(id, later),
    get: (access, id) => store().get(access, id),
    list: (access, filter) => store().list(access, filter),
    health: () => store().health(),
    close: () => {
      isClosed = true
      return made?.close()
    },
  }
}
