import { mayReadAccount, type ReadAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import type { HeldUpBy, PoolHolder, RecordedHold, RecordedPoolWait } from '../records/record-parts.js'

const otherAccount: HeldUpBy = Object.freeze({ kind: 'other account' })

/** The record without the names of work that the reader may not see: holders of connections, and work that held it up. */
export function withShownHolders(access: ReadAccess, record: StoredRecord): StoredRecord {
  const { poolWaits = [], heldUp = [] } = record
  if (poolWaits.length === 0 && heldUp.length === 0) return record
  return {
    ...record,
    poolWaits: poolWaits.map((wait) => shownWait(access, wait)),
    heldUp: heldUp.map((hold) => shownHold(access, hold)),
  }
}

function shownWait(access: ReadAccess, wait: RecordedPoolWait): RecordedPoolWait {
  const { by } = wait
  if (by === undefined || mayReadAccount(access, by.account)) return wait
  const holder: PoolHolder = { kind: 'other account', ms: by.ms }
  return { ...wait, by: holder }
}

/** Unattributed code has no account, and no names. */
function shownHold(access: ReadAccess, { startMs, durationMs, by }: RecordedHold): RecordedHold {
  if (by.kind === 'unattributed') return { startMs, durationMs, by: { kind: 'unattributed' } }
  return { startMs, durationMs, by: mayReadAccount(access, by.account) ? by : otherAccount }
}
