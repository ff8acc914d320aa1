import { readAccess } from '../../records/read-access.js'
import type { StoredRecord } from '../../records/record.js'
import type { Page, RecordFilter, RecordStore } from '../../records/record-store.js'
import { holds, rejects, same, shown } from '../expecting.js'
import { idAt, made } from './made.js'
import type { StoreCase } from './store-case.js'

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
      same(
        (await store.list(all, {})).items.map(({ id }) => id),
        newestFirst,
      )
    },
  },
  {
    says: 'lists records of the same millisecond by id',
    async run({ store }) {
      for (const n of shuffled) await store.put(made(0, { id: idAt(n) }))
      same(
        (await store.list(all, {})).items.map(({ id }) => id),
        newestFirst,
      )
      same((await pagesOf(store, { limit: 3 })).ids, newestFirst)
    },
  },
  {
    says: 'gives pages of 50, and of 200 at most',
    async run({ store }) {
      for (let n = 0; n < 201; n++) await store.put(made(n))
      same((await store.list(all, {})).items.length, 50)
      same((await store.list(all, { limit: 10_000 })).items.length, 200)
    },
  },
  {
    says: 'has no next on the last page, even if that page is full',
    async run({ store }) {
      for (let n = 0; n < 10; n++) await store.put(made(n))
      same((await store.list(all, { limit: 10 })).next, undefined)
      same(await pagesOf(store, { limit: 5 }), { ids: newestFirst, pages: 2 })
      same((await pagesOf(store, { limit: 9 })).pages, 2)
    },
  },
  {
    says: 'continues behind the previous page while new records arrive',
    async run({ store }) {
      for (const n of shuffled) await store.put(made(n))
      let n = 10
      const { ids } = await pagesOf(store, { limit: 3 }, () => store.put(made(n++)))
      same(ids, newestFirst)
    },
  },
  {
    says: 'continues at the same time if a cursor is used with another filter',
    async run({ store }) {
      for (let n = 0; n < 10; n++) await store.put(made(n, { status: n % 2 === 0 ? 200 : 500 }))
      const { next } = await store.list(all, { status: '500', limit: 2 })
      const { items } = await store.list(all, { status: '200', before: next })
      same(
        items.map(({ id }) => id),
        [6, 4, 2, 0].map(idAt),
      )
    },
  },
  {
    says: 'refuses a changed cursor',
    async run({ store }) {
      for (let n = 0; n < 3; n++) await store.put(made(n))
      const { next } = await store.list(all, { limit: 1 })
      for (const before of [`${next}=`, `${next}!`, ` ${next}`, `${next}A`, `${next}\n`]) {
        const list = async () => store.list(all, { before })
        await rejects(list, RangeError)
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
        holds(error instanceof RangeError, `expected a RangeError, got ${shown(error)}`)
        const { message } = error as RangeError
        const isShort = /^before: .{0,200}$/.test(message) && !/[\u0000-\u001f]/.test(message)
        holds(isShort, `expected "before: " and up to 200 printable characters, got ${shown(message)}`)
      },
    }),
  ),
]
