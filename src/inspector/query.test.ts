import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterOf, noParameters } from './query.js'
import { Refusal } from './refusal.js'

/** The message of a refused query; undefined for a query that is not refused. */
function detailOf(query: string, read: (query: string) => unknown = filterOf): string | undefined {
  try {
    read(query)
  } catch (error) {
    const { failure } = error as Refusal
    expect([error instanceof Refusal, failure.status, failure.code]).toEqual([true, 400, 'bad_query'])
    return failure.detail
  }
  return undefined
}

describe('a query', () => {
  test('gives the filter with typed values', () => {
    const query =
      'account=acme&user=ann%40acme.example&route=%2Fposts%2F%3Aid&status=5xx&kind=job&parentId=p1&dominant=outgoing' +
      '&from=2026-11-24T10:00:00%2B01:00&to=1800000000000&minMs=250&minCpuMs=0.5&errorCode=quota&before=abc&limit=200'
    expect(filterOf(query)).toEqual({
      account: 'acme',
      user: 'ann@acme.example',
      route: '/posts/:id',
      status: '5xx',
      kind: 'job',
      parentId: 'p1',
      dominant: 'outgoing',
      mostly: 'outgoing',
      from: Date.UTC(2026, 10, 24, 9),
      to: 1_800_000_000_000,
      minMs: 250,
      minCpuMs: 0.5,
      errorCode: 'quota',
      before: 'abc',
      limit: 200,
    })
    expect(filterOf('')).toEqual({})
  })

  test.each([
    ['1764000000000', 1_764_000_000_000],
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T10:30Z', Date.UTC(2026, 10, 24, 10, 30)],
    ['2026-11-24T10:30:15.5Z', Date.UTC(2026, 10, 24, 10, 30, 15, 500)],
    ['2026-11-24T10:30:15+01:00', Date.UTC(2026, 10, 24, 9, 30, 15)],
  ])('accepts a time as %s, also with a + that means a space', (text, expected) => {
    expect(filterOf(`from=${text}`)).toEqual({ from: expected })
  })

  test.each([
    '2026-11-24T10:30',
    '2026-13-01',
    '2026-11-24T25:00Z',
    'now',
    '24.11.2026',
    '-1',
    '1e12',
    '',
    '2026'.repeat(9),
  ])('is refused for the time %j', (text) => {
    expect(detailOf(`to=${text}`)).toMatch(/^to: expected a time .*, got an(?:other| empty) value$/)
  })

  test.each([
    ['limit', ['0', '-1', '201', '1.5', '1e2', '0x10', ' 1', '٣']],
    ['status', ['99', '600', '40', '4XX', 'xx', '4xx,5xx', '404 ']],
    ['minMs', ['-1', '1e3', 'Infinity', 'NaN', '1.2345', '9'.repeat(13)]],
    ['kind', ['requests', 'Request', 'totals']],
    ['measured', ['1', 'TRUE', '__proto__', 'constructor', 'toString']],
    ['dominant', ['gc', 'heldUp']],
    ['mostly', ['gc', 'heldUp']],
    ['account', ['a'.repeat(201)]],
    ['before', ['two words', 'ä', 'x'.repeat(1_001), '\n']],
  ])('is refused with the name of %s', (name, values) => {
    for (const value of values)
      expect(detailOf(`${name}=${encodeURIComponent(value)}`)).toMatch(
        new RegExp(`^${name}: expected .*, got another value$`),
      )
  })

  test('accepts the old name of dominant, mostly, or both if they agree', () => {
    const expected = { dominant: 'cpu', mostly: 'cpu' }
    for (const query of ['dominant=cpu', 'mostly=cpu', 'dominant=cpu&mostly=cpu']) {
      expect(filterOf(query)).toEqual(expected)
    }
    expect(detailOf('dominant=cpu&mostly=held')).toMatch(/^mostly: expected the same value as `dominant`/)
  })

  test('is refused for an unknown parameter, with the known ones', () => {
    expect(detailOf('acount=acme')).toMatch(
      /^query: expected only the parameters account, user, .*limit, field\.NAME, got another$/,
    )
    for (const name of ['__proto__', 'constructor', 'toString', 'requestId', '']) {
      expect(detailOf(`${name}=1`)).toMatch(/^query: expected only the parameters/)
    }
    expect(detailOf('x=1', noParameters)).toBe('query: expected no parameters, got some')
    expect(detailOf('', noParameters)).toBeUndefined()
  })

  test('selects by fields of the service, and refuses wrong ones by name', () => {
    expect(filterOf('field.plan=pro&field.__proto__=x&field.empty=')).toEqual({
      fields: Object.assign(Object.create(null), { plan: 'pro', ['__proto__']: 'x', empty: '' }),
    })
    expect(detailOf('field.=1')).toBe('field.NAME: expected a name of 1 to 100 characters')
    expect(detailOf('field.a=1&field.a=2')).toBe('field.NAME: expected one value for each name, got several')
    expect(detailOf(`field.a=${'x'.repeat(1_001)}`)).toBe('field.NAME: expected a value of at most 1000 characters')
    const many = Array.from({ length: 9 }, (_, at) => `field.f${at}=1`).join('&')
    expect(detailOf(many)).toBe('field.NAME: expected at most 8 fields')
  })

  test('is refused for an empty interval, and for a parameter given twice', () => {
    expect(detailOf('from=5&to=5')).toBe('from: expected a time before `to`, got the same or a later time')
    expect(detailOf('limit=1&limit=1')).toBe('limit: expected one value, got several')
    expect(detailOf('limit=x&limit=1')).toMatch(/limit: expected one value, got several$/)
  })

  test('is not repeated in the message, which has a bounded length', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('account', 'limit', 'before', 'status', 'from', '__proto__'))
    const marked = fc.string().map((text) => `Q${text}Q`)
    fc.assert(
      fc.property(fc.array(fc.tuple(names, marked), { maxLength: 40 }), (pairs) => {
        const query = new URLSearchParams(pairs).toString()
        const detail = detailOf(query) ?? ''
        expect(detail).not.toContain('Q')
        expect(detail.length).toBeLessThan(1_500)
      }),
    )
  })

  test('leaves nothing on any prototype', () => {
    detailOf('__proto__=polluted&__proto__[polluted]=1&constructor.prototype.polluted=1')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
