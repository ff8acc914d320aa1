import { mayReadAccount, type ReadAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { PoolHolder, RecordedPoolWait } from '../records/record-parts.js'

/** The record without the names of holders that the reader may not see. */
export function withShownHolders(access: ReadAccess, record: StoredRecord): StoredRecord {
  const { poolWaits } = record
  if (poolWaits === undefined || poolWaits.length === 0) return record
  return { ...record, poolWaits: poolWaits.map((wait) => shownWait(access, wait)) }
}

function shownWait(access: ReadAccess, wait: RecordedPoolWait): RecordedPoolWait {
  const { by } = wait
  if (by === undefined || mayReadAccount(access, by.account)) return wait
  const holder: PoolHolder = { kind: 'other account', ms: by.ms }
  return { ...wait, by: holder }
}
