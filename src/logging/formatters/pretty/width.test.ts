import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitByWidth, textWidth } from './width.js'

describe('the width of', () => {
  test.each([
    ['', 0],
    ['published', 9],
    ['Grüße', 5],
    ['e\u0301te\u0301', 3],
    ['投稿', 4],
    ['ｶﾅ', 2],
    ['한글', 4],
    ['🎉', 2],
    ['❤️', 2],
    ['👩‍👩‍👧', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['❤️\u200d🔥', 2],
    ['\u200dab', 2],
    ['a\u200db', 2],
    ['a🏽', 3],
    ['हिन्दी', 5],
    ['䷀', 2],
    ['🎉\u200db', 3],
    ['a\u200bb', 2],
    ['… │ └─', 6],
  ])('%j is %i', (text, width) => {
    expect(textWidth(text)).toBe(width)
  })
})

describe('a text cut by width', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '投', '🎉', '\u0301', '\u200d', '❤️'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
  })

  test('has parts that fit, and that are the text when they are joined', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 9 }), (text, columns) => {
        const parts = splitByWidth(text, columns)
        expect(parts.join('')).toBe(text)
        for (const part of parts) expect(textWidth(part)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})
