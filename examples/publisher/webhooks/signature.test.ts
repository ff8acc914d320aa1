import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOneOf, readSecret, readSignatures, sign } from './signature.js'

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))

describe('signing', () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  test('matches the reference implementation', () => {
    const key = readSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const signature = sign(
      key ?? Buffer.alloc(0),
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      Buffer.from('{"test": 2432232314}'),
    )
    expect(signature.toString('base64')).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('covers id, time and body', () => {
    fc.assert(
      fc.property(bytes(24), fc.string(), fc.nat(), fc.uint8Array(), (key, id, timestamp, body) => {
        const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
        expect(sign(key, id, timestamp, body)).toEqual(expected)
        expect(sign(key, `${id}x`, timestamp, body)).not.toEqual(expected)
        expect(sign(key, id, timestamp + 1, body)).not.toEqual(expected)
        expect(sign(key, id, timestamp, Buffer.concat([body, Buffer.from(' ')]))).not.toEqual(expected)
      }),
    )
  })
})

describe('reading a webhook-signature header', () => {
  test('finds every v1 signature among other versions, in order', () => {
    const other = fc.constantFrom('v1a,abc=', 'v2,AAAA', 'v1,', 'v1', ',', '', 'v1,not base64', 'v1,AAAA')
    const entry = fc.oneof(bytes(32), other)
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const header = entries.map((entry) => (typeof entry === 'string' ? entry : `v1,${entry.toString('base64')}`))
        expect(readSignatures(header.join(' '))).toEqual(entries.filter((entry) => typeof entry !== 'string'))
      }),
    )
  })

  test('does not throw for any header, and returns only whole signatures', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        for (const header of [text, `v1,${text}`, `v1,${text} v1,${text}`]) {
          for (const signature of readSignatures(header)) expect(signature).toHaveLength(32)
        }
      }),
    )
  })

  test('accepts only canonical base64: no spare bits, no other alphabet', () => {
    const signature = Buffer.alloc(32, 0xff).toString('base64')
    expect(readSignatures(`v1,${signature}`)).toHaveLength(1)
    expect(readSignatures(`v1,${signature.replace(/8=$/, '9=')}`)).toEqual([])
    expect(readSignatures(`v1,${signature.replaceAll('/', '_')}`)).toEqual([])
    expect(readSignatures(`v1,${signature.slice(0, -1)}`)).toEqual([])
    expect(readSignatures(`v1,${signature}\n`)).toEqual([])
  })

  test('reads at most sixteen entries', () => {
    const signature = `v1,${Buffer.alloc(32).toString('base64')}`
    expect(readSignatures(Array(100).fill(signature).join(' '))).toHaveLength(16)
  })
})

describe('comparing', () => {
  test('is true only if one of the signatures is the expected one', () => {
    fc.assert(
      fc.property(fc.array(bytes(32), { maxLength: 4 }), bytes(32), (signatures, expected) => {
        expect(isOneOf([...signatures, expected], expected)).toBe(true)
        expect(isOneOf(signatures, expected)).toBe(signatures.some((signature) => signature.equals(expected)))
      }),
    )
  })
})

describe('reading a secret', () => {
  test('returns the bytes after whsec_', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (key) => {
        expect(readSecret(`whsec_${Buffer.from(key).toString('base64')}`)).toEqual(Buffer.from(key))
      }),
    )
  })

  test.each([
    '',
    'whsec_',
    'whsec_AAAA',
    'whsec_not base64 at all, but long enough',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ])('refuses %j', (text) => expect(readSecret(text)).toBeUndefined())
})
