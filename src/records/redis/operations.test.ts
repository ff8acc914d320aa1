import fc from 'fast-check'
import { expect, test } from 'vitest'
import { made } from '../../../test/records/made.js'
import type { StoredRecord } from '../record.js'
import { type Later, laterOf, putOf, replay } from './operations.js'

function replayed(operation: Buffer): unknown[] {
  const calls: unknown[] = []
  replay(operation, {
    put: (record: StoredRecord) => calls.push(record),
    update: (id: string, later: Later) => calls.push([id, later]),
  })
  return calls
}

// A lone surrogate has no bytes in UTF-8.
const text = fc.string({ unit: 'grapheme' })

test('a record comes back from its operation, whatever texts it has', () => {
  fc.assert(
    fc.property(text, text, text, (requestId, account, user) => {
      const record = made(1, { requestId, account, user })
      expect(replayed(putOf(record))).toEqual([record])
    }),
  )
})

test('what came later comes back from its operation, each part or none', () => {
  const parts = fc.record(
    { late: fc.record({ cpuMs: fc.nat(), untilMs: fc.nat() }), error: fc.record({ message: text }) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(text, parts, (id, later) => {
      expect(replayed(laterOf(id, later))).toEqual([[id, later]])
    }),
  )
})

test('each field stands behind its length in bytes', () => {
  expect(laterOf('é:1', { error: { message: '1:x' } }).toString()).toBe('4:late4:é:10:17:{"message":"1:x"}')
})
