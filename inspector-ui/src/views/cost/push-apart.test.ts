import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pushApart } from './push-apart.js'

test('labels with room stay where they want to be', () => {
  expect(pushApart([200, 50, 120], 16, 0, 284)).toEqual([200, 50, 120])
})

test('labels that would cover each other move apart', () => {
  expect(pushApart([100, 100, 100], 16, 0, 284)).toEqual([100, 116, 132])
})

test('labels at the ground move up instead of out of the chart', () => {
  expect(pushApart([280, 281, 282], 16, 0, 284)).toEqual([252, 268, 284])
})

test('labels keep their order, their distance and the chart, as long as there is room', () => {
  const wanted = fc.array(fc.oneof(fc.double({ min: -500, max: 800 }), fc.constant(Number.NaN)), { maxLength: 12 })
  fc.assert(
    fc.property(wanted, (places) => {
      const moved = pushApart(places, 16, 16, 262)
      expect(moved).toHaveLength(places.length)
      for (const place of moved) {
        expect(place).toBeGreaterThanOrEqual(16 - 1e-6)
        expect(place).toBeLessThanOrEqual(262 + 1e-6)
      }
      const sorted = moved.toSorted((one, other) => one - other)
      for (const [at, place] of sorted.entries()) {
        if (at > 0) expect(place - (sorted[at - 1] as number)).toBeGreaterThan(16 - 1e-6)
      }
      for (const [at, one] of places.entries()) {
        for (const [other, two] of places.entries()) {
          if (one < two && one >= 16 && two <= 262) expect(moved[at]).toBeLessThan(moved[other] as number)
        }
      }
    }),
  )
})

test('too many labels share the room evenly', () => {
  expect(pushApart([0, 0, 0], 100, 0, 50)).toEqual([0, 25, 50])
  expect(pushApart([], 16, 0, 50)).toEqual([])
})
