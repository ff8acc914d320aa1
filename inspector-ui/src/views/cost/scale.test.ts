import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ceilingScale, niceScale } from './scale.js'

test('ticks are round', () => {
  expect(niceScale(2.6).ticks).toEqual([0, 1, 2, 3])
  expect(niceScale(1_170_000).ticks).toEqual([0, 500_000, 1_000_000, 1_500_000])
  expect(niceScale(3_000_000, 1_048_576).ticks.map((tick) => tick / 1_048_576)).toEqual([0, 1, 2, 3])
})

test('what is counted has no halves', () => {
  expect(niceScale(1, 1, 1).ticks).toEqual([0, 1])
  expect(niceScale(0, 1, 1).ticks).toEqual([0, 1])
})

test('a chart near its ceiling shows the ceiling, one far below it can still be read', () => {
  expect(ceilingScale(0.6, 1)).toEqual({ top: 1, ticks: [0, 0.25, 0.5, 0.75, 1] })
  expect(ceilingScale(0.03, 1).top).toBeCloseTo(0.03)
  expect(ceilingScale(0, 1).top).toBeCloseTo(0.001)
  expect(ceilingScale(1.2, 1).top).toBeGreaterThanOrEqual(1.2)
})

test('everything is below the top, with a few ticks, none of which is NaN', () => {
  const max = fc.oneof(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.constantFrom(Number.NaN, Infinity, -1))
  fc.assert(
    fc.property(max, fc.constantFrom(0, 1), fc.constantFrom(1, 1_024, 60_000), (value, minStep, unit) => {
      const { top, ticks } = niceScale(value, unit, minStep)
      expect(top).toBeGreaterThan(0)
      if (Number.isFinite(value)) expect(top).toBeGreaterThanOrEqual(value * (1 - 1e-6))
      expect(ticks.length).toBeGreaterThan(1)
      expect(ticks.length).toBeLessThan(8)
      for (const tick of ticks) expect(tick).not.toBeNaN()
    }),
  )
})
