import type { Page, RecordFilter, RecordStore, StoredRecord } from 'spoor'
import { expect } from 'vitest'
import { readAccess } from '../../src/records/read-access.js'
import { idAt, made } from './made.js'
import type { StoreCase } from './suite.js'

const all = readAccess('all', undefined)

/** The ids of all pages, and how many there were. */
export async function pagesOf(
  store: RecordStore,
  filter: RecordFilter,
  between: () => void | Promise<void> = () => {},
): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = []
  for (let pages = 1, before: string | undefined; ; pages++) {
    const page: Page<StoredRecord> = await store.list(all, { ...filter, before })
    ids.push(...page.items.map(({ id }) => id))
    before = page.next
    if (before === undefined) return { ids, pages }
    await between()
  }
}

const shuffled = [7, 2, 9, 0, 4, 1, 8, 3, 6, 5]
const newestFirst = [...shuffled].sort((a, b) => b - a).map(idAt)
const noCursors = ['', 'x', '!', 'null', idAt(1), 'x'.repeat(1_000_000), '\u0000', `\u001b[2J`, '%00', 'AAAA', '=']

/** Order and pages of lists. */
export const pageCases: readonly StoreCase[] = [
  {
    says: 'lists newest first by start, in whatever order records were put',
    async run({ store }) {
      for (const n of shuffled) await store.put(made(n))
      expect((await store.list(all, {})).items.map(({ id }) => id)).toEqual(newestFirst)
    },
  },
  {
    says: 'lists records of the same millisecond by id',
    async run({ store }) {
      for (const n of shuffled) await store.put(made(0, { id: idAt(n) }))
      expect((await store.list(all, {})).items.map(({ id }) => id)).toEqual(newestFirst)
      expect((await pagesOf(store, { limit: 3 })).ids).toEqual(newestFirst)
    },
  },
  {
    says: 'gives pages of 50, and of 200 at most',
    async run({ store }) {
      for (let n = 0; n < 201; n++) await store.put(made(n))
      expect((await store.list(all, {})).items).toHaveLength(50)
      expect((await store.list(all, { limit: 10_000 })).items).toHaveLength(200)
    },
  },
  {
    says: 'has no next on the last page, even if that page is full',
    async run({ store }) {
      for (let n = 0; n < 10; n++) await store.put(made(n))
      expect((await store.list(all, { limit: 10 })).next).toBeUndefined()
      expect(await pagesOf(store, { limit: 5 })).toEqual({ ids: newestFirst, pages: 2 })
      expect((await pagesOf(store, { limit: 9 })).pages).toBe(2)
    },
  },
  {
    says: 'continues behind the previous page while new records arrive',
    async run({ store }) {
      for (const n of shuffled) await store.put(made(n))
      let n = 10
      const { ids } = await pagesOf(store, { limit: 3 }, () => store.put(made(n++)))
      expect(ids).toEqual(newestFirst)
    },
  },
  {
    says: 'continues at the same time if a cursor is used with another filter',
    async run({ store }) {
      for (let n = 0; n < 10; n++) await store.put(made(n, { status: n % 2 === 0 ? 200 : 500 }))
      const { next } = await store.list(all, { status: '500', limit: 2 })
      const { items } = await store.list(all, { status: '200', before: next })
      expect(items.map(({ id }) => id)).toEqual([6, 4, 2, 0].map(idAt))
    },
  },
  {
    says: 'refuses a changed cursor',
    async run({ store }) {
      for (let n = 0; n < 3; n++) await store.put(made(n))
      const { next } = await store.list(all, { limit: 1 })
      for (const before of [`${next}=`, `${next}!`, ` ${next}`, `${next}A`, `${next}\n`]) {
        const list = async () => store.list(all, { before })
        await expect(list()).rejects.toThrow(RangeError)
      }
    },
  },
  ...noCursors.map(
    (before): StoreCase => ({
      says: `refuses ${JSON.stringify(before.slice(0, 40))} as a cursor, with a short message that names the member`,
      async run({ store }) {
        await store.put(made(1))
        const list = async () => store.list(all, { before })
        const error = await list().then(undefined, (thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(RangeError)
        expect((error as RangeError).message).toMatch(/^before: .{0,200}$/)
        expect((error as RangeError).message).not.toMatch(/[\u0000-\u001f]/)
      },
    }),
  ),
]
