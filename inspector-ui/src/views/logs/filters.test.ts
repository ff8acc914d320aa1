import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filtersOf, isOpen, loggerParameter, momentIn, parametersOf, toggled } from './filters.js'

const filters = (query: string) => filtersOf(new URLSearchParams(query))

describe('the filters of the view Logs', () => {
  test('are read from the URL and become parameters of the API', () => {
    const read = filters('logger=a,b&level=warn&account=acme&request=01a&q=two+words&field.plan=pro&process=web-2')
    expect(String(parametersOf(read))).toBe(
      'logger=a&logger=b&level=warn&account=acme&requestId=01a&text=two+words&process=web-2&field.plan=pro',
    )
    expect(isOpen(read)).toBe(false)
    expect(isOpen(filters('at=5&logger=&level='))).toBe(true)
  })

  test('have no level but those of lines', () => {
    for (const level of ['__proto__', 'constructor', 'WARN', 'x'.repeat(300)])
      expect(filters(`level=${level}`).level).toBeUndefined()
    expect(filters('level=fatal').level).toBe('fatal')
  })

  test('keep any name of a logger', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (names) => {
        const query = new URLSearchParams({ logger: loggerParameter(names) ?? '' })
        expect(filtersOf(new URLSearchParams(String(query))).loggers).toEqual(names)
      }),
    )
  })

  test('cut what the API would refuse', () => {
    expect(filters(`q=${'a'.repeat(300)}`).words).toHaveLength(200)
    const many = Array.from({ length: 20 }, (_, at) => `field.f${at}=1`).join('&')
    expect(parametersOf(filters(many)).size).toBe(8)
  })

  test('toggle a logger', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  })

  test('read a time as ms or ISO 8601, and nothing else', () => {
    expect(momentIn('1764000000000')).toBe(1_764_000_000_000)
    expect(momentIn('2026-11-24T14:03:07.412Z')).toBe(Date.UTC(2026, 10, 24, 14, 3, 7, 412))
    for (const text of [null, '', 'soon', '99999999999999999999', '-1e99']) expect(momentIn(text)).toBeUndefined()
  })
})
