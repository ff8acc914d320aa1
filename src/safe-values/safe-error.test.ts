import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { redaction } from './redaction.js'
import { safeValue } from './safe-value.js'

// biome-ignore lint/suspicious/noExplicitAny: the tests read members of any result
const safe = (error: unknown): any => safeValue(error, redaction())
const boom = (): never => {
  throw new Error('boom')
}

describe('an error', () => {
  test('becomes its type, message, code, stack and own members', () => {
    const error = Object.assign(new TypeError('broken'), { code: 'ERR_X', postId: 7, nested: { password: 'x' } })
    expect(Object.entries(safe(error))).toEqual([
      ['type', 'TypeError'],
      ['message', 'broken'],
      ['code', 'ERR_X'],
      ['stack', error.stack],
      ['postId', 7],
      ['nested', { password: '[redacted]' }],
    ])
  })

  test.each([
    ['a class of its own', new (class Refused extends Error {})('x'), 'Refused'],
    ['a name', Object.assign(new Error('x'), { name: 'Refused' }), 'Refused'],
    ['an AbortError', AbortSignal.abort().reason, 'AbortError'],
    ['another realm', vm.runInNewContext('new TypeError("x")'), 'TypeError'],
    ['no name', Object.assign(new Error('x'), { name: '' }), 'Error'],
  ])('has the type of %s', (_, error, type) => {
    expect(safe(error)).toMatchObject({ type })
  })

  test('keeps own members with a reserved name', () => {
    expect(safe(Object.assign(new Error('x'), { type: 'entity.too.large' }))).toMatchObject({
      type: 'Error',
      type_: 'entity.too.large',
    })
  })

  test('drops a body that a library attaches to it', () => {
    expect(safe(Object.assign(new Error('x'), { body: '{"a":1}', rawBody: 'y' }))).toMatchObject({
      body: '[left out]',
      rawBody: '[left out]',
    })
  })

  test('drops the bodies of a request and response that a client attaches to it', () => {
    const config = { url: '/x', data: 'CANARY', timeout: 1 }
    const response = { status: 400, data: { a: 'CANARY' }, config }
    expect(safe(Object.assign(new Error('x'), { config, response }))).toMatchObject({
      config: { url: '/x', data: '[left out]', timeout: 1 },
      response: { status: 400, data: '[left out]', config: { data: '[left out]' } },
    })
    expect(response.data).toEqual({ a: 'CANARY' })
    expect(safe(Object.assign(new Error('x'), { response: 'text' }))).toMatchObject({ response: 'text' })
  })

  test('hides secrets in its message and stack', () => {
    const error = new Error('GET https://u:p@h/?token=abc failed with Bearer xyz, abcd EFGH 1234 ijkl mnop QRST')
    const text = JSON.stringify(safe(error))
    for (const secret of ['u:p', 'abc failed', 'xyz', 'EFGH']) expect(text).not.toContain(secret)
    expect(safe(error).stack).toContain('    at ')
  })

  test('hides secrets in its name, and cuts the name', () => {
    expect(safe(Object.assign(new Error('x'), { name: 'Bearer CANARY123' }))).toMatchObject({
      type: 'Bearer [redacted]',
    })
    expect(safe(Object.assign(new Error('x'), { name: 'x'.repeat(1_000) })).type).toHaveLength(100)
  })

  test('includes its causes, errors or not', () => {
    const error = new Error('a', { cause: new TypeError('b', { cause: 'token=x' }) })
    expect(safe(error)).toMatchObject({
      message: 'a',
      cause: { type: 'TypeError', message: 'b', cause: 'token=[redacted]' },
    })
    expect(safe(new Error('a', { cause: null }))).toMatchObject({ cause: null })
    expect(safe(new Error('a'))).not.toHaveProperty('cause')
  })

  test('includes the errors of an AggregateError, and any list of errors', () => {
    expect(safe(new AggregateError([new Error('a'), 'b'], 'both'))).toMatchObject({
      type: 'AggregateError',
      message: 'both',
      errors: [{ message: 'a' }, 'b'],
    })
    expect(safe(Object.assign(new Error('x'), { errors: [{ path: 'title' }] }))).toMatchObject({
      errors: [{ path: 'title' }],
    })
  })

  test('is bounded in depth and size, with cycles cut', () => {
    let chain = new Error('last')
    for (let i = 0; i < 1_000; i++) chain = new Error('x', { cause: chain })
    expect(JSON.stringify(safe(chain)).match(/"cause"/g)).toHaveLength(8)
    const round = new Error('round')
    round.cause = round
    expect(safe(round)).toMatchObject({ message: 'round', cause: '[circular]' })
    const many = new AggregateError(Array.from({ length: 1_000 }, () => new Error('x'.repeat(10_000))))
    expect(JSON.stringify(safe(many)).length).toBeLessThan(400_000)
    const enumerable = Array.from({ length: 30 }).reduce((cause) => Object.assign(new Error('x'), { cause }))
    expect(JSON.stringify(safe(enumerable)).match(/"cause"/g)).toHaveLength(8)
  })

  test('with throwing members keeps the other members', () => {
    const error = new Error('broken')
    Object.defineProperty(error, 'stack', { get: boom })
    Object.defineProperty(error, 'detail', { get: boom, enumerable: true })
    Object.defineProperty(error, 'name', { get: boom })
    expect(safe(error)).toEqual({ type: 'Error', message: 'broken', detail: '[unreadable: boom]' })
  })

  test('with a toString that is not a function, or in a Proxy, still counts as an error', () => {
    expect(safe(Object.assign(new Error('x'), { message: Object.create(null) }))).toEqual(expect.any(String))
    expect(safe(new Proxy(new Error('x'), {}))).toMatchObject({ type: 'Error', message: 'x' })
  })
})
