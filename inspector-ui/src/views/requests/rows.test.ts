import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ListedRequest } from '../../protocol.js'
import { gapBelow, merged, newestFirst } from './rows.js'

const row = (at: number, id: string): ListedRequest =>
  ({ id, startedAt: new Date(at).toISOString(), durationMs: 1 }) as ListedRequest

const lists = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 999 })), {
    selector: ([, id]) => id,
  })
  .map((all) => all.map(([at, id]) => row(at, String(id).padStart(4, '0'))))

it('merges into one sorted list without a row twice', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (all, first, second) => {
      const one = all.slice(0, first).sort(newestFirst)
      const other = all.slice(Math.max(0, first - second))
      const whole = merged(one, other)
      expect(whole).toEqual([...all].sort(newestFirst))
    }),
  )
})

it('puts a gap directly below its row', () => {
  const rows = [row(30, 'c0'), row(20, 'b0'), row(10, 'a0')]
  const gap = gapBelow(row(20, 'b0'))
  expect(merged(rows, [gap]).map(({ id }) => id)).toEqual(['c0', 'b0', gap.id, 'a0'])
})
