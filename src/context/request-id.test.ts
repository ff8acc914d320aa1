import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from './new-id.js'
import { createContext } from './request-context.js'
import { inboundId, isRequestId, sanitiseClientId } from './request-id.js'

describe('a request id of our own', () => {
  it('is a UUID version 7 whose first 48 bits are the time it was made at', () => {
    const before = Date.now()
    const id = newId()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  })

  it('sorts by time and never repeats, also within one millisecond', () => {
    const ids = Array.from({ length: 5_000 }, newId)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })

  it('is the record id of a request whose caller brought none', () => {
    const own = createContext('request')
    expect(own.requestId).toBe(own.id)
    const brought = createContext('request', { requestId: 'from-the-proxy' })
    expect(brought.requestId).toBe('from-the-proxy')
    expect(isRequestId(brought.id)).toBe(true)
    expect(brought.id).not.toBe('from-the-proxy')
  })
})

describe('an id that a caller sends', () => {
  it('becomes the request id if the caller is trusted and it is acceptable', () => {
    for (const id of ['a', 'x'.repeat(200), 'Root=1-67891233-abcdef012345678912345678', 'A.b_c:d@e/f+g=h~i-j']) {
      expect(inboundId(id, true)).toEqual({ requestId: id })
    }
  })

  it('is only kept beside a fresh one if the caller is not trusted', () => {
    expect(inboundId('abc-123', false)).toEqual({ clientRequestId: 'abc-123' })
  })

  it('is not taken as it is if it holds anything that would need escaping, or is too long', () => {
    for (const id of ['a b', 'a\r\nSet-Cookie: x=1', 'a\u0000b', '💥', 'é', '<script>', 'a"b', 'a, b', '%0d%0a']) {
      const { requestId, clientRequestId } = inboundId(id, true)
      expect(requestId).toBeUndefined()
      expect(isRequestId(clientRequestId)).toBe(false) // it holds a `?`
      expect(clientRequestId).toMatch(/^[A-Za-z0-9._:@/+=~?-]+$/)
    }
    expect(inboundId('x'.repeat(201), true)).toEqual({ clientRequestId: 'x'.repeat(200) })
    expect(inboundId('x'.repeat(10_000), true).clientRequestId).toHaveLength(200)
  })

  it('is nothing if it is empty or missing', () => {
    expect(inboundId('', true)).toEqual({})
    expect(inboundId(undefined, true)).toEqual({})
  })

  it('is safe to show after sanitizing, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        expect(sanitiseClientId(value)).toMatch(/^[A-Za-z0-9._:@/+=~?-]{0,200}$/)
      }),
    )
  })
})
