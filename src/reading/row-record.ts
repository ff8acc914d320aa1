import type { StoredRecord } from '../records/record.js'
import { ownMembers } from '../safe-values/own-member.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import { lineRecord } from './line-record.js'
import type { RequestRow } from './request-row.js'

/** The record of a request line; undefined if a member that every record has is missing. */
export function recordOf(row: RequestRow): StoredRecord | undefined {
  const { requestId, parentId, account, ...fields } = ownMembers(row) as Record<string, SafeValue>
  const text = (value: SafeValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
  return lineRecord({
    fields: ownMembers(fields) as Record<string, SafeValue>,
    requestId: text(requestId),
    parentId: text(parentId),
    account: text(account),
  })
}
