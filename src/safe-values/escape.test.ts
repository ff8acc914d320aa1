import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeJson, escapeText } from './escape.js'

const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

describe('escapeText', () => {
  test.each([
    ['two\nlines\r\n', 'two\\nlines\\r\\n'],
    ['tab\there', 'tab\\there'],
    ['\u001b[31mred\u0007', '\\u001b[31mred\\u0007'],
    ['\u009b31m', '\\u009b31m'],
    ['\u007f', '\\u007f'],
    ['a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['\ufeffmark', '\\ufeffmark'],
    ['ünïcödé 日本 👍', 'ünïcödé 日本 👍'],
  ])('shows %j', (text, expected) => {
    expect(escapeText(text)).toBe(expected)
  })

  test('leaves no dangerous character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text)).not.toMatch(dangerous)
      }),
    )
  })
})

describe('escapeJson', () => {
  test('leaves no dangerous character in any JSON, and the same value', () => {
    // V8 mixes up names once one had a backslash in it (nodejs/node#63785).
    const values = fc.jsonValue({ stringUnit: 'binary' }).filter((made) => !JSON.stringify(made).includes('\\\\'))
    fc.assert(
      fc.property(values, (value) => {
        const json = escapeJson(JSON.stringify(value))
        expect(json).not.toMatch(dangerous)
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
