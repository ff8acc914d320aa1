import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redaction } from '../safe-values/redaction.js'
import { formatMessage } from './format-message.js'

const format = (message: string, ...values: unknown[]) => formatMessage(message, values, redaction())

describe('a message with placeholders', () => {
  test.each<[string, unknown[], string]>([
    ['hello %s', ['x'], 'hello x'],
    ['%d posts', [3], '3 posts'],
    ['%d posts', ['3.5'], '3.5 posts'],
    ['%f %i', [1.5, 2.9], '1.5 2'],
    ['%i', [-2.9], '-2'],
    ['%d', [{}], 'NaN'],
    ['%j', [{ a: 1 }], '{"a":1}'],
    ['%o and %O', [{ a: 1 }, [2]], '{"a":1} and [2]'],
    ['%s', [{ a: 1 }], '{"a":1}'],
    ['%s', [undefined], 'undefined'],
    ['%s', [null], 'null'],
    ['%s', [Symbol('id')], 'Symbol(id)'],
    ['%s', [new TypeError('broken')], 'TypeError: broken'],
    ['%c red', ['color: red'], ' red'],
    ['100 %% of %s', ['x'], '100 % of x'],
  ])('fills %j from %j', (message, values, expected) => {
    expect(format(message, ...values)).toBe(expected)
  })

  test('accepts a bigint as a number', () => {
    expect(format('%d', 12n)).toBe('12')
  })

  test('keeps placeholders that have no value', () => {
    expect(format('%s and %s', 'a')).toBe('a and %s')
  })

  test('stays unchanged without values', () => {
    expect(format('100 %% sure, %s')).toBe('100 %% sure, %s')
  })

  test('is followed by the values that have no placeholder', () => {
    expect(format('done', 1, { a: 2 })).toBe('done 1 {"a":2}')
  })

  test('does not fill placeholders in its values', () => {
    expect(format('%s %s', '%s', 'x')).toBe('%s x')
  })

  test('hides secrets in objects it prints', () => {
    expect(format('%j', { password: 'hunter2', user: 'eve' })).toBe('{"password":"[redacted]","user":"eve"}')
  })

  test('never throws, for any values', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.anything({ withBigInt: true, withDate: true })), (message, values) => {
        expect(typeof format(message, ...values)).toBe('string')
      }),
    )
  })
})
