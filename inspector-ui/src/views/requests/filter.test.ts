import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationOf, durationWords, fieldOf, parametersOf, readFilter, setFilters, statusOf } from './filter.js'

describe('the filter in the URL', () => {
  it('is requests alone without any parameter', () => {
    expect(readFilter(new URLSearchParams())).toEqual({ kind: 'request', fields: [] })
    expect(readFilter(new URLSearchParams('kind=both')).kind).toBeUndefined()
    expect(readFilter(new URLSearchParams('kind=job')).kind).toBe('job')
  })

  it('becomes the parameters of the API, with its own names', () => {
    const query =
      'account=acme&route=/a&status=5xx&over=250&dominant=held&process=web-2+41&measured=true&field.plan=pro'
    expect({ ...parametersOf(readFilter(new URLSearchParams(query))) }).toEqual({
      kind: 'request',
      account: 'acme',
      route: '/a',
      status: '5xx',
      minMs: '250',
      dominant: 'held',
      process: 'web-2 41',
      measured: 'true',
      'field.plan': 'pro',
    })
  })

  it('leaves out what the service would refuse', () => {
    const query = new URLSearchParams({
      status: 'teapot',
      over: 'long',
      dominant: 'toString',
      measured: 'maybe',
      account: 'x'.repeat(201),
      'field.': 'x',
    })
    expect(readFilter(query)).toEqual({ kind: 'request', fields: [] })
  })

  it('takes a field named __proto__ as any other', () => {
    const filter = readFilter(new URLSearchParams('field.__proto__=x'))
    expect(filter.fields).toEqual([['__proto__', 'x']])
    expect(Object.keys(parametersOf(filter))).toEqual(['kind', 'field.__proto__'])
  })

  it('never sends more than the API accepts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        const filter = readFilter(new URLSearchParams(pairs.map(([name, value]) => [`field.${name}`, value])))
        expect(filter.fields.length).toBeLessThanOrEqual(8)
        expect(new Set(filter.fields.map(([name]) => name)).size).toBe(filter.fields.length)
      }),
    )
  })

  it('names each filter that is set, with what drops it', () => {
    const filter = readFilter(new URLSearchParams('over=250&dominant=held&field.plan=pro&measured=false'))
    expect(setFilters(filter).map(({ words, drop }) => [words, drop])).toEqual([
      ['longer than 250 ms', { over: undefined }],
      ['mostly held up', { dominant: undefined }],
      ['measured no', { measured: undefined }],
      ['plan=pro', { 'field.plan': undefined }],
    ])
  })
})

describe('what readers type', () => {
  it('is a duration with or without its unit', () => {
    expect(['250', '250 ms', ' 1.5 s ', '0', '-1', 'x', '1 min', ''].map(durationOf)).toEqual([
      250,
      250,
      1_500,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  it('is a duration that is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e8 }), (ms) => {
        expect(durationOf(durationWords(ms) ?? '')).toBe(ms)
      }),
    )
  })

  it('is a status or a class', () => {
    expect(['404', '5XX', '600', '40', ' 200 '].map(statusOf)).toEqual(['404', '5xx', undefined, undefined, '200'])
  })

  it('is a field with its value', () => {
    expect(['plan=pro', 'q=a=b', '=x', 'plan', 'empty='].map(fieldOf)).toEqual([
      ['plan', 'pro'],
      ['q', 'a=b'],
      undefined,
      undefined,
      ['empty', ''],
    ])
  })
})
