import { memoryRecords } from '../records/memory-records.js'
import type { RecordStore } from '../records/record-store.js'
import type { Captured } from './captured.js'

/** A store that notes each record in `captured`, and else is the test's own store, or one in memory. */
export function capturingStore(captured: Captured, own: RecordStore | undefined): RecordStore {
  const store = own ?? memoryRecords()
  return {
    put: (record) => {
      captured.put(record)
      return store.put(record)
    },
    update: (id, later) => {
      captured.update(id, later)
      return store.update(id, later)
    },
    get: (access, id) => store.get(access, id),
    list: (access, filter) => store.list(access, filter),
    health: () => store.health(),
    // A store of the test stays open, as with createSpoor.
    close: () => (own === undefined ? store.close() : undefined),
    live: store.live,
    totals: store.totals,
    ...(store.claim === undefined ? {} : { claim: store.claim.bind(store) }),
  }
}
