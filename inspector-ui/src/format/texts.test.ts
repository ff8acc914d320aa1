import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, idEnd, valueText, visible } from './texts.js'

test('invisible characters, escapes of terminals and marks of direction are shown as escapes', () => {
  expect(visible('\u001b[31mred\u0007')).toBe('\\u001b[31mred\\u0007')
  expect(visible('\u202eevil\u2066x\u2069')).toBe('\\u202eevil\\u2066x\\u2069')
  expect(visible('a\u0000b\u200b\ufeff')).toBe('a\\u0000b\\u200b\\ufeff')
  expect(visible('<img onerror=x> Grüße 日本')).toBe('<img onerror=x> Grüße 日本')
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
