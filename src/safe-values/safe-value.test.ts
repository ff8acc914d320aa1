import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redaction } from './redaction.js'
import { defaultBounds, safeFields, safeValue } from './safe-value.js'

const safe = (value: unknown) => safeValue(value, redaction())
const boom = (): never => {
  throw new Error('boom')
}

describe('a value', () => {
  class Post {
    id = 7
    #hidden = 1
    get hidden() {
      return this.#hidden
    }
  }
  const values: [string, unknown, unknown][] = [
    ['null', null, null],
    ['undefined', undefined, undefined],
    ['an undefined member', { a: undefined, b: 1 }, { b: 1 }],
    ['an undefined item', [undefined, 1], [null, 1]],
    ['numbers', [1.5, Number.NaN, Number.POSITIVE_INFINITY], [1.5, 'NaN', 'Infinity']],
    ['a bigint', 12n, '12'],
    ['a symbol', Symbol('id'), 'Symbol(id)'],
    ['a function', { f() {} }, { f: '[function]' }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), 'Invalid Date'],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
        [{}, 3],
        [{}, 4],
      ]),
      { a: 1, '2': 'b', '[object]': 3, '[object] 2': 4 },
    ],
    ['a Set', new Set([1, 'a']), [1, 'a']],
    ['a buffer', Buffer.from('hello'), '[5 bytes]'],
    [
      'typed arrays',
      [new Float64Array(2), new ArrayBuffer(3), new DataView(new ArrayBuffer(4))],
      ['[16 bytes]', '[3 bytes]', '[4 bytes]'],
    ],
    ['a regular expression', /a+/g, '/a+/g'],
    ['a promise', Promise.resolve(1), '[promise]'],
    ['boxed values', [Object('x'), Object(1), Object(true)], ['x', 1, true]],
    ['a URL', new URL('https://u:p@h.example/?token=x&a=1'), 'https://[redacted]@h.example/?token=[redacted]&a=1'],
    ['search parameters', new URLSearchParams({ token: 'x', a: '1' }), 'token=[redacted]&a=1'],
    [
      'headers',
      new Headers({ cookie: 'a=b', 'x-api-key': 'k', accept: '*/*' }),
      { accept: '*/*', cookie: '[redacted]', 'x-api-key': '[redacted]' },
    ],
    ['an instance', new Post(), { id: 7 }],
    ['toJSON', { toJSON: () => ({ a: 1, password: 'x' }) }, { a: 1, password: '[redacted]' }],
    ['toJSON that gives text', { toJSON: () => 'token=x' }, 'token=[redacted]'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['JSON in text', { body: '{"password":"hunter2"}' }, { body: '{"password":[redacted]}' }],
    ['text in a key', { 'https://u:p@h': 1 }, { 'https://[redacted]@h': 1 }],
  ]

  test.each(values)('%s', (_, value, expected) => {
    expect(safe(value)).toEqual(expected)
  })

  test('keeps a member named __proto__ as a member', () => {
    const copy = safe(JSON.parse('{"__proto__":{"a":1}}')) as object
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}')
  })
})

describe('a member that throws', () => {
  test('is marked, and the other members are kept', () => {
    const value = { get a() { return boom() }, b: 2, c: { toJSON: boom }, d: [{ toJSON: boom }, 4] } // biome-ignore format: one line
    expect(safe(value)).toEqual({
      a: '[unreadable: boom]',
      b: 2,
      c: '[unreadable: boom]',
      d: ['[unreadable: boom]', 4],
    })
  })

  test.each(['get', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'])('a Proxy whose %s throws', (trap) => {
    const value = new Proxy({ a: 1 }, { [trap]: boom })
    expect(JSON.stringify(safe({ value, b: 2 }))).toContain('boom')
    expect(safe({ value, b: 2 })).toMatchObject({ b: 2 })
  })

  test('a revoked Proxy, and an error that is hostile itself', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile = { get a() { throw new Proxy({}, { getPrototypeOf: boom, get: boom }) } } // biome-ignore format: one line
    expect(safe([proxy, hostile, 1])).toEqual([expect.stringContaining('unreadable'), { a: '[unreadable: object]' }, 1])
  })
})

describe('the error of a getter', () => {
  const throwing = (message: string) => ({
    get a() {
      throw new Error(message)
    },
  })

  test('is quoted without its secrets, and cut', () => {
    expect(safe(throwing('password=CANARY at db'))).toEqual({ a: '[unreadable: password=[redacted] at db]' })
    expect(safe(throwing(`${'x'.repeat(190)} https://u:${'CANARY'.repeat(9)}@h`))).toEqual({
      a: expect.not.stringContaining('CANARY'),
    })
  })
})

describe('bounds', () => {
  test('cut cycles, but not repeated values', () => {
    const a: Record<string, unknown> = { n: 1 }
    a['self'] = a
    const shared = { s: 1 }
    expect(safe({ a, x: shared, y: shared, list: [a] })).toEqual({
      a: { n: 1, self: '[circular]' },
      x: { s: 1 },
      y: { s: 1 },
      list: [{ n: 1, self: '[circular]' }],
    })
    const map = new Map<string, unknown>()
    map.set('self', map)
    expect(safe(map)).toEqual({ self: '[circular]' })
    const json = { a: 1, toJSON: () => json }
    expect(safe(json)).toEqual({ a: 1, toJSON: '[function]' })
    class Itself {
      a = 1
      toJSON() {
        return this
      }
    }
    expect(safe(new Itself())).toEqual({ a: 1 })
  })

  test('cut nesting at eight levels', () => {
    let value: unknown = 'end'
    for (let i = 0; i < 10_000; i++) value = { value }
    expect(JSON.stringify(safe(value))).toBe(`${'{"value":'.repeat(8)}"[nested too deep]"${'}'.repeat(8)}`)
  })

  test('keep 200 of 10,000 keys, items or entries, and count the rest', () => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]))
    const copies = [keys, new Map(Object.entries(keys))].map((value) => safe(value) as Record<string, unknown>)
    for (const copy of copies) {
      expect(Object.keys(copy)).toHaveLength(201)
      expect(copy['…']).toBe('9800 more members')
    }
    for (const list of [Object.values(keys), new Set(Object.values(keys))]) {
      expect(safe(list)).toHaveLength(201)
      expect((safe(list) as unknown[]).at(-1)).toBe('… 9800 more')
    }
  })

  test('allow 5,000 values in all', () => {
    const wide = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => ({ a: 1, b: 2 })))
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.values(value).reduce((sum: number, inner) => sum + count(inner), 1)
        : 1
    expect(count(safe(wide))).toBeLessThan(6_000)
  })

  test('cut a string of 10 MB, with a mark', () => {
    const copy = safe({ text: 'x'.repeat(10 * 2 ** 20) }) as { text: string }
    expect(copy.text).toHaveLength(65_536)
    expect(copy.text).toMatch(/x…\[cut: 10485760 characters\]$/)
  })

  test('limit the sum of all strings, too', () => {
    const copy = safe(Array.from({ length: 100 }, () => 'x'.repeat(60_000)))
    expect(JSON.stringify(copy).length).toBeLessThan(5 * defaultBounds.characters)
  })

  test('cut a key of 10 MB', () => {
    expect(JSON.stringify(safe({ ['k'.repeat(10 * 2 ** 20)]: 1 })).length).toBeLessThan(70_000)
  })

  test('end an endless iteration', () => {
    class Endless extends Set {
      override *[Symbol.iterator](): SetIterator<number> {
        for (let i = 0; ; i++) yield i
      }
    }
    expect(safe(new Endless())).toHaveLength(201)
  })

  test('end a toJSON that always returns another object with a toJSON', () => {
    const again = (): object => ({ toJSON: again, n: 1 })
    expect(safe(again())).toEqual({ toJSON: '[function]', n: 1 })
  })
})

describe('any value at all', () => {
  const anything = fc.anything({
    withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withNullPrototype: true,
    withObjectString: true, withSet: true, withSparseArray: true, withTypedArray: true,
  }) // biome-ignore format: a list of switches

  test('becomes JSON that survives stringify and parse unchanged, and is not changed itself', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const before = fc.stringify(value)
        const copy = safe(value)
        if (copy !== undefined) expect(JSON.parse(JSON.stringify(copy))).toEqual(copy)
        expect(fc.stringify(value)).toBe(before)
      }),
    )
  })

  test('gives the same result when it is sanitized twice', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const copy = safe(value)
        expect(safe(copy)).toEqual(copy)
      }),
    )
  })
})

describe('fields', () => {
  const fields = (value: object) => safeFields(value, redaction())

  test('are the members of an object, or one member for another value', () => {
    expect(fields({ a: 1, token: 't' })).toEqual({ a: 1, token: '[redacted]' })
    expect(fields(new Map([['a', 1]]))).toEqual({ a: 1 })
    expect(fields([1, 2])).toEqual({ value: [1, 2] })
    expect(fields(new Date(0))).toEqual({ value: '1970-01-01T00:00:00.000Z' })
  })

  test.each<[unknown, unknown]>([
    ['broken', { type: 'string', message: 'broken' }],
    [404, { type: 'number', message: '404' }],
    [
      { message: 'm', a: 1 },
      { type: 'object', message: 'm', a: 1 },
    ],
    [[1], { type: 'object', message: '', value: [1] }],
    ['token=abc', { type: 'string', message: 'token=[redacted]' }],
    [null, null],
  ])('show any thrown value in `error` as an error: %j', (error, expected) => {
    expect(fields({ error, a: 1 })).toEqual({ error: expected, a: 1 })
  })

  test.each(['getPrototypeOf', 'get', 'ownKeys'])(
    'keep the other fields beside an error that is a Proxy whose %s throws',
    (trap) => {
      const error = new Proxy({}, { [trap]: boom })
      expect(fields({ kind: 'request', error, a: 1 })).toEqual({ kind: 'request', error: expect.anything(), a: 1 })
      const { proxy, revoke } = Proxy.revocable(new Error('x'), {})
      revoke()
      expect(fields({ error: proxy, a: 1 })).toMatchObject({ a: 1 })
    },
  )

  test('leave out an undefined error', () => {
    expect(fields({ error: undefined, a: 1 })).toEqual({ a: 1 })
  })
})
