import { expect, test } from 'vitest'
import type { ListedRequest, RequestPage } from '../../protocol.js'
import { recordWith } from './layout/records.testing.js'
import { newerThan, olderThan } from './neighbours.js'

const day = Date.parse('2026-11-24T14:00:00.000Z')

/** A list of requests that began so many ms after a moment; it answers as `api/requests` does. */
function listOf(starts: readonly number[]) {
  const all = starts
    .map(
      (start, at): ListedRequest => ({
        ...recordWith(),
        id: `r${String(at).padStart(5, '0')}`,
        startedAt: new Date(day + start).toISOString(),
      }),
    )
    .reverse()
  let asked = 0
  return {
    all,
    asked: () => asked,
    read: async ({
      from = -Infinity,
      to = Infinity,
      limit = 50,
    }: Record<string, string | number>): Promise<RequestPage> => {
      asked += 1
      const own = all.filter(
        ({ startedAt }) => Date.parse(startedAt) >= Number(from) && Date.parse(startedAt) < Number(to),
      )
      return { items: own.slice(0, Number(limit)), ...(own.length > Number(limit) ? { next: 'x' } : {}) }
    },
  }
}

test.each([
  ['far apart', [0, 50_000_000, 51_000_000]],
  ['close together', Array.from({ length: 3_000 }, (_, at) => at)],
  ['at one moment', [5, 5, 5, 5]],
  ['many of them after a long time', [0, ...Array.from({ length: 900 }, (_, at) => 3_600_000 + at)]],
])('older and newer requests are found: %s', async (_, starts) => {
  const { all, read, asked } = listOf(starts)
  const latest = day + Math.max(...starts) + 1_000
  for (const at of [0, 1, Math.floor(all.length / 2), all.length - 1]) {
    const record = all[at] as ListedRequest
    expect((await olderThan(record, {}, read))?.id).toBe(all[at + 1]?.id)
    expect((await newerThan(record, {}, read, latest))?.id).toBe(all[at - 1]?.id)
  }
  expect(asked()).toBeLessThan(80)
})
