import { mayRead, type ReadAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { RecordStore } from '../records/record-store.js'

const maxOthers = 200

/** Asks a store for a record and those of its request. Both are asked at once: each may take long. */
export async function keptOf(store: RecordStore, access: ReadAccess, id: string): Promise<StoredRecord[]> {
  const listOf = async (requestId: string): Promise<readonly StoredRecord[]> =>
    (await store.list(access, { requestId, limit: maxOthers })).items
  const [asked, listed] = await Promise.allSettled([(async () => store.get(access, id))(), listOf(id)])
  if (listed.status === 'rejected') throw listed.reason
  const ofId = listed.value
  // A store that fails may still list what waits to be written.
  if (asked.status === 'rejected' && ofId.length === 0) throw asked.reason
  const own = asked.status === 'rejected' ? undefined : asked.value
  // A job has an id beside that of its request.
  const items = own === undefined || own.requestId === id ? ofId : await listOf(own.requestId)
  return within(access, own === undefined ? items : [own, ...items.filter((one) => one.id !== own.id)])
}

/** Applies the access again: the store may be third-party code. */
export function within(access: ReadAccess, records: readonly StoredRecord[]): StoredRecord[] {
  return records.filter((record) => mayRead(access, record))
}
