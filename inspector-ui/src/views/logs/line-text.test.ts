import { describe, expect, test } from 'vitest'
import { familyOf, isOfFamily, shownFields, stackOf } from './line-text.js'

const file = 'a.log'
const text = (fields: Record<string, never> | object, message = '', isWhole = false): string =>
  shownFields({ message, fields: fields as Record<string, never>, file }, isWhole)
    .map(({ name, value }) => `${name}=${value}`)
    .join(' ')

describe('the text of a line', () => {
  test('has its fields, errors as one text', () => {
    expect(text({ postId: 9, list: [1], error: { type: 'TypeError', message: 'no', stack: 's' } })).toBe(
      'postId=9 list=[1] error=TypeError: no',
    )
  })

  test('of a request leaves out what its message and its story have', () => {
    const request = {
      kind: 'request',
      id: 'x',
      status: 200,
      user: 'u',
      io: {},
      fields: { plan: 'pro' },
      counts: { posts: 5 },
    }
    expect(text(request, 'GET /a 200 2 ms')).toBe('user=u plan=pro posts=5')
  })

  test('of a call repeats nothing of its message, until it is wrapped', () => {
    const call = { method: 'GET', host: 'a.example', status: 200, durationMs: 3.21 }
    expect(text(call, 'GET a.example/x 200 3.2 ms')).toBe('durationMs=3.21')
    expect(text(call, 'GET a.example/x 200 3.2 ms', true)).toBe('method=GET host=a.example status=200 durationMs=3.21')
  })

  test('says how many fields it leaves out', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, at]))
    expect(text(many)).toMatch(/f15=15 =and 4 more$/)
  })

  test('has the stacks of an error and its causes', () => {
    const error = {
      message: 'a',
      stack: 'Error: a\n    at x',
      cause: { message: 'b', type: 'Error', cause: { message: 'c', stack: 'C: c\n at y' } },
    }
    expect(stackOf({ fields: { error }, file })).toEqual([
      'Error: a',
      '    at x',
      'caused by Error: b',
      'caused by C: c',
      ' at y',
    ])
    expect(stackOf({ fields: { error: { message: 'a', type: 'E' }, other: 'stack' }, file })).toBeUndefined()
    expect(stackOf({ file })).toBeUndefined()
  })

  test('survives names and values that want to be something else', () => {
    const fields = JSON.parse('{"__proto__":{"message":"m","type":"t"},"constructor":null,"a":"<img onerror=x>"}')
    expect(text(fields)).toBe('__proto__=t: m constructor=null a=<img onerror=x>')
  })

  test('belongs to the family of its request and of its job', () => {
    expect(familyOf({ requestId: 'job', parentId: 'request', file })).toBe('request')
    expect(isOfFamily({ requestId: 'job', parentId: 'request', file }, 'request')).toBe(true)
    expect(isOfFamily({ requestId: 'other', file }, 'request')).toBe(false)
    expect(familyOf({ file })).toBeUndefined()
  })
})
