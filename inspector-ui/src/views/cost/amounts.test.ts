import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plain } from '../../format/numbers.js'
import { finePercent, roundedParts, shortNumber, shortTime, timeIn, unitFor, withDecimals } from './amounts.js'

describe('times of a column', () => {
  test('have one unit, so that they can be compared', () => {
    const unit = unitFor(922_600)
    expect(plain(timeIn(922_600, unit))).toBe('922.6 s')
    expect(plain(timeIn(16_200, unit))).toBe('16.2 s')
    expect(plain(timeIn(1_377_900, unit))).toBe('1\u202f377.9 s')
  })

  test('that would round to 0 say that there was something', () => {
    expect(plain(timeIn(3, unitFor(922_600)))).toBe('< 0.1 s')
    expect(plain(timeIn(0, unitFor(922_600)))).toBe('0 s')
    expect(plain(timeIn(undefined, unitFor(1)))).toBe('–')
  })

  test('are never NaN', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (ms, max) => {
        expect(plain(timeIn(ms, unitFor(max)))).not.toContain('NaN')
      }),
    )
  })
})

describe('the parts of a sum', () => {
  test('add up as they are shown', () => {
    expect(roundedParts([0.4, 0.4, 0.4], 1)).toEqual([1, 0, 0])
    expect(roundedParts([1377.94, 121.64, 12.44, 16.34], 0.1).reduce((sum, one) => sum + one)).toBe(15_284)
  })

  test('are each off by less than a step, and together by none', () => {
    const part = fc.double({ min: 0, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 10, 100), (parts, step) => {
        const steps = roundedParts(parts, step)
        const sum = parts.reduce((all, one) => all + one, 0)
        expect(steps.reduce((all, one) => all + one, 0)).toBe(
          Math.round(parts.reduce((all, one) => all + one / step, 0)),
        )
        for (const [at, one] of steps.entries())
          expect(Math.abs(one - (parts[at] as number) / step)).toBeLessThanOrEqual(1)
        expect(sum).not.toBeNaN()
      }),
    )
  })
})

describe('short numbers', () => {
  test('stand on an axis and at a band', () => {
    expect([0, 0.25, 2.64, 300, 4_310, 230_800, 1_240_000].map(shortNumber)).toEqual([
      '0',
      '0.25',
      '2.64',
      '300',
      '4\u202f310',
      '231 K',
      '1.24 M',
    ])
    expect(shortNumber(0.0001)).toBe('< 0.01')
    expect([0, 40, 1_500, 120_000, 7_200_000].map(shortTime)).toEqual(['0', '40 ms', '1.5 s', '2 min', '2 h'])
  })

  test('are never NaN', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(shortNumber(value) + shortTime(value) + plain(finePercent(value))).not.toContain('NaN')
      }),
    )
  })

  test('have a minus sign that is one, and no sign at 0', () => {
    expect(withDecimals(-1_234.56, 1)).toBe('−1\u202f234.6')
    expect(withDecimals(-0.01, 1)).toBe('0.0')
  })
})
