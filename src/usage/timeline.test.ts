import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Timeline } from './timeline.js'

const timeline = (...stretches: [number, number][]): Timeline => {
  const made = new Timeline()
  for (const [start, end] of stretches) made.add(start, end)
  return made
}

describe('a timeline', () => {
  it('has the stretches of a quarter of a ms and more, in ms after its origin', () => {
    expect(timeline([10, 10.2], [11, 11.3], [15, 22]).spans(10)).toEqual([
      [1, 0.3],
      [5, 7],
    ])
  })

  it('takes slices less than 0.1 ms apart for one', () => {
    expect(timeline([1, 1.2], [1.25, 1.4], [1.45, 1.6], [2, 2.3]).spans(0)).toEqual([
      [1, 0.6],
      [2, 0.3],
    ])
  })

  it('is not there if nothing ran that long', () => {
    expect(timeline().spans(0)).toBeUndefined()
    expect(timeline([1, 1.1]).spans(0)).toBeUndefined()
  })

  it('is bounded, in order and within the slices, for any slices: with many of them it is coarser', () => {
    const gapsAndLengths = fc.array(fc.tuple(fc.double({ min: 0, max: 40 }), fc.double({ min: 0, max: 3 })), {
      maxLength: 2_000,
      size: 'max',
    })
    fc.assert(
      fc.property(gapsAndLengths, (steps) => {
        const made = new Timeline()
        let now = 5
        for (const [gap, length] of steps.map(
          (step) => step.map((x) => (Number.isNaN(x) ? 1 : x)) as [number, number],
        )) {
          made.add(now + gap, now + gap + length)
          now += gap + length
        }
        const spans = made.spans(5) ?? []
        expect(spans.length).toBeLessThanOrEqual(64)
        let last = -0.02
        for (const [start, length] of spans) {
          expect(start).toBeGreaterThanOrEqual(last - 0.011)
          expect(length).toBeGreaterThanOrEqual(0.24)
          last = start + length
        }
        expect(last).toBeLessThanOrEqual(now - 5 + 0.02)
      }),
      { numRuns: 50 },
    )
  })
})
