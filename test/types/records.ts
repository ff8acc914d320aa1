// What the compiler promises about read access: only Spoor makes one, and objects that look alike are refused.
import { type KeptRecord, memoryRecords, type ReadAccess, type RecordStore, type Scope, type StoredRecord } from 'spoor'

declare const access: ReadAccess
declare const record: StoredRecord
const store: RecordStore = memoryRecords({ maxBytes: 2 ** 20 })

void store.get(access, 'id')
void store.list(access, { status: '5xx' })
void store.update('id', { late: { cpuMs: 1, untilMs: 2 } })
const account: string | undefined = access.account
void account

// @ts-expect-error a plain object is not an access
void store.get({ account: undefined, isEmpty: false }, 'id')
// @ts-expect-error nor is a copy that was widened
void store.get({ ...access, account: undefined }, 'id')
// @ts-expect-error nor anything with the same members
void store.list(Object.freeze({ account: 'acme', isEmpty: false }), {})
// @ts-expect-error nor is nothing
void store.list(undefined, {})
// @ts-expect-error it cannot be changed
access.account = undefined
// @ts-expect-error a filter is not an access
void store.list({ account: 'acme' }, {})

// @ts-expect-error a typo in an option
memoryRecords({ maxByte: 1 })
// @ts-expect-error a filter knows its members
void store.list(access, { statusCode: '500' })
// @ts-expect-error records are read only
record.durationMs = 1
// @ts-expect-error only what came late is added
void store.update('id', { account: 'globex' })

// The names of version 0.1 stay until 0.3.
const oldRecord: KeptRecord = record
const oldAccess: Scope = access
void store.list(oldAccess, { mostly: 'cpu' })
void store.put(oldRecord)
