// What the compiler promises about who may read: a scope is made by Spoor, and nothing that looks like one is taken.
import { memoryRecords, type ReadAccess, type RecordStore, type StoredRecord } from 'spoor'

declare const scope: ReadAccess
declare const record: StoredRecord
const store: RecordStore = memoryRecords({ maxBytes: 2 ** 20 })

void store.get(scope, 'id')
void store.list(scope, { status: '5xx' })
void store.update('id', { late: { cpuMs: 1, untilMs: 2 } })
const account: string | undefined = scope.account
void account

// @ts-expect-error a plain object is no scope
void store.get({ account: undefined, isEmpty: false }, 'id')
// @ts-expect-error nor is a copy that was widened
void store.get({ ...scope, account: undefined }, 'id')
// @ts-expect-error nor anything with the same members
void store.list(Object.freeze({ account: 'acme', isEmpty: false }), {})
// @ts-expect-error nor is nothing
void store.list(undefined, {})
// @ts-expect-error it cannot be changed
scope.account = undefined
// @ts-expect-error a filter is no scope
void store.list({ account: 'acme' }, {})

// @ts-expect-error a typo in an option
memoryRecords({ maxByte: 1 })
// @ts-expect-error a filter knows its members
void store.list(scope, { statusCode: '500' })
// @ts-expect-error records are read only
record.durationMs = 1
// @ts-expect-error only what came late is added
void store.update('id', { account: 'globex' })
