import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RequestPoint } from '../../protocol.js'
import { decades, dotsOf, nearest, pathsOf, scaleOf, shapes, thinned, timeRange } from './scatter-layout.js'

const kinds = ['cpu', 'held', 'outgoing', 'queries', 'pool', 'other', 'unmeasured'] as const
const points = fc.array(
  fc.record({
    id: fc.uuid(),
    atMs: fc.integer({ min: 0, max: 900_000 }),
    durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    dominant: fc.constantFrom(...kinds),
    failed: fc.constantFrom(undefined, true as const),
  }),
)
const frame = { width: 800, height: 156, left: 52, right: 6, top: 6, bottom: 20 }

describe('the chart of the last 15 minutes', () => {
  it('moves at minute boundaries only, and always has the last 15 minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 2e12 }), (now) => {
        const { from, to } = timeRange(now)
        expect(from % 60_000).toBe(0)
        expect(to - from).toBe(16 * 60_000)
        expect(from).toBeLessThanOrEqual(now - 15 * 60_000)
        expect(to).toBeGreaterThan(now)
      }),
    )
  })

  it('has every point inside its frame', () => {
    fc.assert(
      fc.property(points, (all) => {
        const range = { from: 0, to: 960_000 }
        for (const { x, y } of dotsOf(all, 0, range, scaleOf(frame, range, decades(all)))) {
          expect(x).toBeGreaterThanOrEqual(frame.left)
          expect(x).toBeLessThanOrEqual(frame.width - frame.right)
          expect(y).toBeGreaterThanOrEqual(frame.top)
          expect(y).toBeLessThanOrEqual(frame.height - frame.bottom)
        }
      }),
    )
  })

  it('draws one path for each shape, without NaN', () => {
    fc.assert(
      fc.property(points, (all) => {
        const range = { from: 0, to: 960_000 }
        const paths = pathsOf(dotsOf(all, 0, range, scaleOf(frame, range, decades(all))))
        for (const [shape, path] of Object.entries(paths)) {
          expect(shapes).toContain(shape)
          expect(path).not.toMatch(/NaN|Infinity|undefined/)
        }
      }),
    )
  })

  it('reaches from 1 ms to 10 s, and further where it must', () => {
    const of = (...all: number[]) => decades(all.map((durationMs) => ({ durationMs })))
    expect(of(3, 900)).toEqual({ low: 0, high: 4 })
    expect(of(3, 11_000)).toEqual({ low: 0, high: 4 })
    expect(of(3, 40_000)).toEqual({ low: 0, high: 5 })
    expect(of(0.2, 0.3, 2)).toEqual({ low: -1, high: 4 })
  })

  it('keeps what failed and the longest when there are too many points', () => {
    const all = Array.from(
      { length: 2_000 },
      (_, at): RequestPoint => ({
        id: String(at),
        atMs: at,
        durationMs: at === 999 ? 9_000 : 1,
        dominant: 'cpu',
        ...(at === 1_001 ? { failed: true as const } : {}),
      }),
    )
    const kept = thinned(all, 500)
    expect(kept.length).toBeLessThan(600)
    expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining(['999', '1001']))
  })

  it('finds the point under the pointer, and none where there is none', () => {
    const range = { from: 0, to: 960_000 }
    const point: RequestPoint = { id: 'a', atMs: 480_000, durationMs: 100, dominant: 'cpu' }
    const dots = dotsOf([point], 0, range, scaleOf(frame, range, { low: 0, high: 4 }))
    const [{ x, y } = { x: 0, y: 0 }] = dots
    expect(nearest(dots, x + 5, y - 5, 9)?.id).toBe('a')
    expect(nearest(dots, x + 20, y, 9)).toBeUndefined()
  })
})
