import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sparkPath } from './spark-path.js'

test('a small chart goes from edge to edge, with its highest value at the top', () => {
  expect(sparkPath([0, 5, 10], 10, 100, 20)).toBe('M0.0 20.0L50.0 10.0L100.0 0.0')
  expect(sparkPath([5], 10, 100, 20)).toBe('M0 10.0L100.0 10.0')
  expect(sparkPath([], 10, 100, 20)).toBe('')
})

test('a small chart has no NaN, whatever its values are', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), fc.double(), (values, max) => {
      expect(sparkPath(values, max, 100, 20)).not.toMatch(/NaN|Infinity/)
    }),
  )
})
