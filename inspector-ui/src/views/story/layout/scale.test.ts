import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scaleOf, ticksOf, zoomed } from './scale.js'
import { windowOf } from './shown-window.js'

const texts = (from: number, to: number): string[] => ticksOf(scaleOf({ from, to }, 0, 900)).map(({ text }) => text)

describe('the axis', () => {
  test('has round ticks, the first that is not 0 with the unit', () => {
    expect(texts(0, 900)).toEqual(['0', '100 ms', '200', '300', '400', '500', '600', '700', '800', '900'])
    expect(texts(0, 4)).toEqual(['0', '0.5 ms', '1.0', '1.5', '2.0', '2.5', '3.0', '3.5', '4.0'])
    expect(texts(0, 12_000)).toEqual(['0', '1 s', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
    expect(texts(-40, 120)).toContain('−40 ms')
  })

  test('finds the place of a moment and the moment of a place', () => {
    const scale = scaleOf({ from: -20, to: 80 }, 272, 1_272)
    expect(scale.x(0)).toBe(472)
    expect(scale.ms(472)).toBe(0)
    expect([scale.x(-999), scale.x(999)]).toEqual([272, 1_272])
  })
})

describe('zooming', () => {
  const bounds = { from: -10, to: 100 }

  test('keeps the moment under the crosshair where it is', () => {
    expect(zoomed({ from: 0, to: 100 }, 0.5, 20, bounds)).toEqual({ from: 10, to: 60 })
  })

  test('stays within what there is', () => {
    const moment = fc.double({ min: -10, max: 100, noNaN: true })
    fc.assert(
      fc.property(moment, moment, moment, fc.constantFrom(0.5, 2), (one, other, around, by) => {
        const shown = { from: Math.min(one, other), to: Math.max(one, other) }
        const { from, to } = zoomed(shown, by, Math.min(shown.to, Math.max(shown.from, around)), bounds)
        expect(from).toBeGreaterThanOrEqual(bounds.from - 1e-9)
        expect(to).toBeLessThanOrEqual(bounds.to + 1e-9)
        expect(to).toBeGreaterThan(from)
      }),
    )
  })

  test('is read from the URL', () => {
    expect(windowOf('120..300')).toEqual({ from: 120, to: 300 })
    expect(windowOf('-12.5..0.25')).toEqual({ from: -12.5, to: 0.25 })
    for (const text of [null, '', '5', '300..120', '1..2..3', 'a..b', '1..', '0..Infinity'])
      expect(windowOf(text)).toBeUndefined()
  })
})
