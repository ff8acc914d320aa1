import fc from 'fast-check'
import { expect, test } from 'vitest'
import { made } from '../../../test/records/made.js'
import { bytesOf, isPut, packed, unpacked } from './operations.js'

// A lone surrogate has no bytes in UTF-8.
const text = fc.string({ unit: 'grapheme' })

test('a record comes back from its operation, whatever texts it has', () => {
  fc.assert(
    fc.property(text, text, text, (requestId, account, user) => {
      const record = made(1, { requestId, account, user })
      expect(unpacked(packed({ record }))).toEqual({ record })
    }),
  )
})

test('late figures and a later error come back from their operation, also if one is absent', () => {
  const parts = fc.record(
    { late: fc.record({ cpuMs: fc.nat(), untilMs: fc.nat() }), error: fc.record({ message: text }) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(text, parts, (id, later) => {
      expect(unpacked(packed({ id, later }))).toEqual({ id, later })
    }),
  )
})

test('each field stands behind its length in bytes', () => {
  const bytes = packed({ id: 'é:1', later: { error: { message: '1:x' } } })
  expect(bytes.toString()).toBe('4:late4:é:10:17:{"message":"1:x"}')
  expect(bytesOf(bytes)).toBe(Buffer.byteLength('4:late4:é:10:17:{"message":"1:x"}'))
})

test('operations that have a record are told from those of what came later', () => {
  expect(isPut(packed({ record: made(1) }))).toBe(true)
  expect(isPut(packed({ id: '3:put', later: {} }))).toBe(false)
})
