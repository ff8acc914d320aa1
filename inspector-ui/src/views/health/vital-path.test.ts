import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestSample, stretches, vitalPath } from './vital-path.js'

const frame = { from: 0, to: 100, max: 10, width: 200, height: 54 }

test('where samples are missing, nothing is drawn', () => {
  const points = [0, 10, 20, 80, 90].map((at) => ({ at, value: 1 }))
  expect(stretches(points, 10).map((stretch) => stretch.map(({ at }) => at))).toEqual([
    [0, 10, 20],
    [80, 90],
  ])
})

test('a line stands where its times are', () => {
  const { line, ground } = vitalPath(
    [
      { at: 0, value: 0 },
      { at: 50, value: 10 },
    ],
    frame,
  )
  expect(line).toBe('M0.0 53.0L100.0 3.0')
  expect(ground).toBe('M0.0 53.0L100.0 3.0V54H0.0Z')
})

test('the nearest sample is found', () => {
  const points = [0, 50, 100].map((at) => ({ at, value: 1 }))
  expect([0, 60, 190].map((x) => nearestSample(points, x, frame))).toEqual([0, 1, 2])
  expect(nearestSample([], 5, frame)).toBeUndefined()
})

test('no path has NaN, whatever the samples are', () => {
  const point = fc.record({ at: fc.double(), value: fc.double() })
  fc.assert(
    fc.property(fc.array(point), fc.double(), fc.double(), (points, from, max) => {
      for (const stretch of stretches(points, 15_000)) {
        const { line, ground } = vitalPath(stretch, { ...frame, from, max })
        expect(line + ground).not.toMatch(/NaN|Infinity/)
      }
    }),
  )
})
