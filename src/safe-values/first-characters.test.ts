import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstCharacters } from './first-characters.js'

test('a cut text is a beginning of the text, and has no half of a pair that the text does not have', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, most) => {
      const cut = firstCharacters(text, most)
      expect(text.startsWith(cut)).toBe(true)
      expect(cut.length).toBeLessThanOrEqual(most)
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(most, text.length) - 1)
      expect(Buffer.from(cut).toString()).toBe(cut)
    }),
  )
  expect(firstCharacters('a😀', 2)).toBe('a')
})
