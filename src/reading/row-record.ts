import type { StoredRecord } from '../records/record.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { RequestRow } from './find/request-rows.js'
import { lineRecord } from './line-record.js'

/** The record of a request line; undefined if a member that every record has is missing. */
export function recordOf(row: RequestRow): StoredRecord | undefined {
  const { requestId, parentId, account, ...fields } = ownMembers(row) as Record<string, SafeValue>
  const ids = Object.entries({ requestId, parentId, account }).filter(([, value]) => typeof value === 'string')
  return lineRecord({
    time: 0,
    level: 'info',
    logger: 'requests',
    message: '',
    fields: ownMembers(fields) as Record<string, SafeValue>,
    ...Object.fromEntries(ids),
  })
}
