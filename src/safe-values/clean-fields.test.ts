import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanFields } from './clean-fields.js'
import { redaction } from './redaction.js'
import { safeFields } from './safe-value.js'

const hiding = redaction(['pin'])
const membersOf = cleanFields(hiding, (key) => key === 'error')
const clean = (fields: object): unknown => {
  const members = membersOf(fields)
  return members === undefined ? undefined : JSON.parse(`{${members}}`)
}

describe('the fast path for fields', () => {
  test('accepts the values of most entries', () => {
    const fields = {
      postId: 8841,
      site: 'blog.acme.example',
      id: '01a20cbd-6426-707a-a1ab-a7dd0f1b12b1',
      ok: true,
      none: null,
      route: '/api/v1/posts/:id',
      host: 'blog.example:8443',
      startedAt: '2026-11-24T08:47:48.269Z',
      io: { client: { readBytes: 12.5 } },
    }
    expect(clean(fields)).toEqual(fields)
  })

  test('writes each number as JSON does, small ones too', () => {
    const numbers = fc.oneof(
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.integer({ min: -1_001, max: 1_001 }),
    )
    fc.assert(
      fc.property(numbers, (number) => {
        expect(membersOf({ number })).toBe(`"number":${JSON.stringify(number)}`)
      }),
    )
  })

  test('leaves out undefined members, as JSON does', () => {
    expect(Object.keys(clean({ a: undefined, b: 1 }) as object)).toEqual(['b'])
  })

  test.each<[string, object]>([
    ['a secret key', { password: 'x' }],
    ['a secret key without a value', { password: undefined, a: 1 }],
    ['a secret key of the service', { pin: 1234 }],
    ['a member beside one that may name it', { path: 'password', value: 'x' }],
    ['a value that a nested member may name', { label: 'token', context: { value: 'x' } }],
    ['a secret key further down', { user: { apiKey: 'x' } }],
    ['a key that Spoor writes', { error: 'x' }],
    ['a URL', { url: 'https://user:secret@blog.example/' }],
    ['an assignment', { query: 'token=abc' }],
    ['text with a space, which may be a credential', { header: 'Bearer abc' }],
    ['a control character', { text: 'a\nb' }],
    ['a character of another script', { text: 'é' }],
    ['a quotation mark', { text: '"' }],
    ['an odd key', { 'a b': 1 }],
    ['an array', { list: [1] }],
    ['a number that JSON lacks', { n: Number.NaN }],
    ['a BigInt', { n: 1n }],
    ['a function', { toJSON: () => ({}) }],
    ['a date', { at: new Date(0) }],
    [
      'an instance of a class',
      new (class Order {
        id = 7
      })(),
    ],
    ['an object without prototype', Object.create(null)],
    ['a long text', { text: 'x'.repeat(257) }],
    ['many members', Object.fromEntries(Array.from({ length: 41 }, (_, at) => [`k${at}`, at]))],
    ['deep nesting', { a: { b: { c: { d: 1 } } } }],
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    ],
  ])('leaves %s to the full sanitizer', (_, fields) => {
    expect(clean(fields)).toBeUndefined()
  })

  test('reads each value once, so a getter cannot return a second value unchecked', () => {
    let asked = 0
    const fields = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => (asked++ === 0 ? 'fine' : 'token=abc'),
    })
    expect(clean(fields)).toEqual({ a: 'fine' })
    expect(asked).toBe(1)
  })

  test('gives the result of the full sanitizer, for any fields', () => {
    const naming = fc.constantFrom('path', 'key', 'name', 'value', 'data', 'context', 'sql', 'headers')
    const key = fc.oneof(
      fc.constantFrom('a', 'postId', 'password', 'error', '__proto__', 'toJSON'),
      naming,
      fc.string(),
    )
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('password', 'user.token', '/a/secret', 'x'),
      fc.dictionary(naming, fc.constantFrom('password', 'x')),
      fc.constantFrom('a.b', '/a/:id', 'Bearer abcdefgh', '/:a=b'),
      fc.double(),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.dictionary(key, value), (fields) => {
        const glance = clean(fields)
        if (glance !== undefined) expect(glance).toEqual(safeFields(fields, hiding))
      }),
      { numRuns: 2_000 },
    )
  })
})
