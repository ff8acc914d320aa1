import fc from 'fast-check'
import { expect, test } from 'vitest'
import { epoch, idAt, made } from '../../test/records/made.js'
import { cursorAt, newestFirst, positionOf } from '../records/cursor.js'
import type { StoredRecord } from '../records/record.js'
import type { Page } from '../records/record-store.js'
import { type Lister, mergedList } from './merged-list.js'

const startedAt = (n: number): string => new Date(epoch + Math.floor(n / 3)).toISOString()
const record = (n: number): StoredRecord => made(n, { startedAt: startedAt(n) })

function pageOf(all: readonly StoredRecord[], from: number, limit: number): [StoredRecord[], boolean] {
  return [all.slice(from, from + limit), from + limit < all.length]
}

/** A list with the usual cursors. */
function usual(numbers: readonly number[]): Lister {
  const all = numbers.map(record).sort(newestFirst)
  return async ({ before, limit = 50 }): Promise<Page<StoredRecord>> => {
    const place = before === undefined ? undefined : positionOf(before)
    const behind = all.filter((one) => place === undefined || newestFirst(place, one) < 0)
    const [items, hasMore] = pageOf(behind, 0, limit)
    return hasMore ? { items, next: cursorAt(items.at(-1) as StoredRecord) } : { items }
  }
}

/** A store whose cursors are numbers of its own, and which is asked for each page by the cursor that it gave. */
function foreign(numbers: readonly number[]): Lister {
  const all = numbers.map(record).sort(newestFirst)
  return async ({ before = 'row:0', limit = 50 }): Promise<Page<StoredRecord>> => {
    const [, from] = /^row:(\d+)$/.exec(before) ?? []
    if (from === undefined) throw new RangeError('before')
    const [items, hasMore] = pageOf(all, Number(from), limit)
    return hasMore ? { items, next: `row:${Number(from) + limit}` } : { items }
  }
}

async function allPages(limit: number, store: Lister, recent: Lister): Promise<string[]> {
  const ids: string[] = []
  let before: string | undefined
  do {
    const page: Page<StoredRecord> = await mergedList({ limit, before }, store, recent)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    ids.push(...page.items.map(({ id }) => id))
    before = page.next
    expect(ids.length).toBeLessThan(500)
  } while (before !== undefined)
  return ids
}

test.each([
  ['the usual cursors', usual],
  ['cursors of its own', foreign],
])('pages of a store with %s and of recent requests are one list', async (_, storeOf) => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 90 }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(
      numbers,
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.boolean()),
      async (all, limit, isOf) => {
        const stored = all.filter(() => isOf.next().value)
        const recent = all.filter((n) => !stored.includes(n))
        const expected = all.map(record).sort(newestFirst)
        expect(await allPages(limit, storeOf(stored), usual(recent))).toEqual(expected.map(({ id }) => id))
      },
    ),
    { numRuns: 200 },
  )
})

test('a cursor of another form is refused', async () => {
  for (const before of ['x', 'row:0', '', Buffer.from('2026 x').toString('base64url')])
    await expect(mergedList({ before }, usual([1]), usual([2]))).rejects.toThrow(RangeError)
  await expect(mergedList({ before: 'A'.repeat(2_000) }, usual([]), usual([]))).rejects.toThrow(RangeError)
})

test('a request that ends between two pages does not move the others', async () => {
  const first = await mergedList({ limit: 2 }, usual([1, 5]), usual([2, 6]))
  const next = await mergedList({ limit: 2, before: first.next }, usual([1, 5, 9]), usual([2, 6, 8]))
  expect(next.items.map(({ id }) => id)).toEqual([idAt(2), idAt(1)])
})

test('the store is asked for at most two pages for each page, however far back', async () => {
  const store = foreign(Array.from({ length: 90 }, (_, n) => n))
  let asked = 0
  const counting: Lister = (filter) => {
    asked++
    return store(filter)
  }
  let before: string | undefined
  do {
    asked = 0
    const page: Page<StoredRecord> = await mergedList({ limit: 5, before }, counting, usual([20, 21, 22]))
    expect(asked).toBeLessThanOrEqual(2)
    before = page.next
  } while (before !== undefined)
})
