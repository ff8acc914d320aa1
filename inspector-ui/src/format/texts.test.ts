import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, idEnd, valueText, visible } from './texts.js'

test('invisible characters, escapes of terminals and marks of direction are shown as escapes', () => {
  expect(visible('\u001b[31mred\u0007')).toBe('\\u001b[31mred\\u0007')
  expect(visible('\u202eevil\u2066x\u2069')).toBe('\\u202eevil\\u2066x\\u2069')
  expect(visible('a\u0000b\u200b\ufeff')).toBe('a\\u0000b\\u200b\\ufeff')
  expect(visible('<img onerror=x> Grüße 日本')).toBe('<img onerror=x> Grüße 日本')
})

test('joiners stay where a word or an emoji needs them', () => {
  for (const text of ['👩‍💻 می‌خواهم', '🏳️‍🌈👨🏽‍🚀', 'क्‍ष क्‌ष', 'شرکت‌ها']) expect(visible(text)).toBe(text)
})

test('joiners that only hide are shown as escapes', () => {
  expect(visible('ad\u200cmin')).toBe('ad\\u200cmin')
  expect(visible('👩\u200dadmin')).toBe('👩\\u200dadmin')
  expect(visible('\u200cمی')).toBe('\\u200cمی')
  expect(visible('می\u200c')).toBe('می\\u200c')
  expect(visible('م\u200c\u200cی')).toBe('م\\u200c\\u200cی')
  expect(visible('ی\u200c\u061c')).toBe('ی\\u200c\\u061c')
  expect(visible('👩\u200c💻')).toBe('👩\\u200c💻')
})

test('of any text no control and no mark of direction is left, joiners only inside, and the rest is as it was', () => {
  const joiners = ['\u200c', '\u200d', '\u202e', '\u2066', '\u200b', '\u200e', '\u061c', '\ufeff', '\u0007']
  const parts = fc.constantFrom(
    ...joiners,
    'a',
    'م',
    'ی',
    'क',
    '\u094d',
    '👩',
    '💻',
    '🏽',
    '\ufe0f',
    ' ',
    '\\',
    '\ud83d',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 30 }), (all) => {
      const text = all.join('')
      const shown = visible(text)
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/)
      expect(shown).not.toMatch(
        /^[\u200c\u200d]|[\u200c\u200d]$|[\u200c\u200d]{2}|[ -~][\u200c\u200d]|[\u200c\u200d][ -~]/,
      )
      const plain = (of: string): string =>
        of.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      expect(plain(shown)).toBe(plain(text))
    }),
    { numRuns: 2_000 },
  )
})

test('a cut text has at most so many characters and its mark, and splits no pair of surrogates', () => {
  expect(cut('B'.repeat(10_240), 60)).toBe(`${'B'.repeat(60)}…`)
  expect(cut('👩'.repeat(40) + 'B'.repeat(10_240), 40)).toBe(`${'👩'.repeat(40)}…`)
  expect(cut('👩'.repeat(40), 40)).toBe('👩'.repeat(40))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (text, max) => {
      const shown = cut(text, max)
      expect(shown).not.toMatch(/\p{Surrogate}/u)
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      expect([...shown.replace(/\\u[0-9a-f]{4}/g, 'x')].length).toBeLessThanOrEqual(max + 1)
    }),
  )
})

test('any value is one line of text', () => {
  expect(valueText({ a: 1 })).toBe('{"a":1}')
  expect(valueText(undefined)).toBe('undefined')
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  expect(valueText(loop)).toBe('[object Object]')
  expect(idEnd('01a20cbd-6426-707a')).toBe('426-707a')
})
