import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roundedParts } from './rounded-parts.js'

test('shown figures add up to the figure of the total', () => {
  const part = fc.double({ min: 0.2, max: 300, noNaN: true })
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      const total = parts.reduce((sum, ms) => sum + ms, 0)
      if (total < 9.95 || total >= 999.5) return
      const shown = roundedParts(
        parts.map((ms) => ({ ms })),
        total,
      )
      // Parts that are shown below the last digit of the total count as nothing.
      const sum = shown.reduce((all, { digits }) => all + (digits.includes('.') ? 0 : Number(digits)), 0)
      expect(sum).toBe(Math.round(total))
    }),
  )
})
