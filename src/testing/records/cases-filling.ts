import { readAccess } from '../../records/read-access.js'
import { holds, same } from '../expecting.js'
import { pagesOf } from './cases-pages.js'
import { idAt, made, madeCall } from './made.js'
import type { StoreCase } from './store-case.js'

const all = readAccess('all', undefined)
const late = { cpuMs: 1, untilMs: 2 }

/** What it holds, and what it gives up. */
export const fillingCases: readonly StoreCase[] = [
  {
    says: 'holds 10,000 records and finds the oldest of them',
    async run({ store }) {
      for (let n = 0; n < 10_000; n++) await store.put(made(n))
      same((await store.health()).records, 10_000)
      same((await store.get(all, idAt(0)))?.id, idAt(0))
      const { ids } = await pagesOf(store, { limit: 200 })
      same(new Set(ids).size, 10_000)
    },
  },
  {
    says: 'reports its size and its oldest record',
    async run({ store }) {
      const empty = await store.health()
      same({ records: empty.records, bytes: empty.bytes, evicted: empty.evicted }, { records: 0, bytes: 0, evicted: 0 })
      for (const n of [5, 3, 4]) await store.put(made(n))
      const { records, bytes, maxBytes, evicted, oldest } = await store.health()
      same({ records, evicted, oldest }, { records: 3, evicted: 0, oldest: made(3).startedAt })
      holds(bytes > 1_000, `expected more than 1,000 bytes for three records, got ${bytes}`)
      holds(maxBytes > bytes, `expected maxBytes above the ${bytes} bytes in use, got ${maxBytes}`)
    },
  },
  {
    says: 'removes the first records when it is full, counts them, and never takes more than its maximum',
    size: { maxBytes: 100_000 },
    async run({ store }) {
      for (let n = 0; n < 500; n++) {
        await store.put(made(n, { outgoing: n % 7 === 0 ? [madeCall(1), madeCall(2)] : [] }))
        const { bytes } = n % 50 === 0 ? await store.health() : { bytes: 0 }
        holds(bytes <= 100_000, `expected at most 100,000 bytes, got ${bytes}`)
      }
      const { records, bytes, evicted, oldest } = await store.health()
      holds(bytes > 90_000, `expected more than 90,000 bytes in a full store, got ${bytes}`)
      same(evicted, 500 - records)
      same(oldest, made(500 - records).startedAt)
      same(await store.get(all, idAt(499 - records)), undefined)
      holds((await store.get(all, idAt(500 - records))) !== undefined, 'expected the record, got undefined')
    },
  },
  {
    says: 'keeps no record longer because it is read or updated',
    size: { maxBytes: 100_000 },
    async run({ store }) {
      for (let n = 0; n < 50; n++) await store.put(made(n))
      for (let n = 50; n < 300; n++) {
        await store.get(all, idAt(0))
        await store.list(all, {})
        await store.put(made(n))
      }
      same(await store.get(all, idAt(0)), undefined)
    },
  },
  {
    says: 'ignores late figures of a removed record',
    size: { maxBytes: 32_768 },
    async run({ store }) {
      for (let n = 0; n < 100; n++) await store.put(made(n))
      const before = await store.health()
      await store.update(idAt(0), { late })
      same(await store.get(all, idAt(0)), undefined)
      same(await store.health(), before)
    },
  },
  {
    says: 'counts a record that is too large as evicted, and keeps the others',
    size: { maxBytes: 32_768 },
    async run({ store }) {
      await store.put(made(1))
      await store.put(made(2, { path: 'x'.repeat(40_000) }))
      same(await store.get(all, idAt(2)), undefined)
      holds((await store.get(all, idAt(1))) !== undefined, 'expected the record, got undefined')
      same((await store.health()).evicted, 1)
    },
  },
  {
    says: 'keeps a record for its time and no longer, by id and in lists, and does not count it as evicted',
    size: { keepForMs: 1_000 },
    async run({ store, pass }) {
      await store.put(made(1))
      await pass(600)
      await store.put(made(2))
      await pass(600)
      same(await store.get(all, idAt(1)), undefined)
      same(
        (await store.list(all, {})).items.map(({ id }) => id),
        [idAt(2)],
      )
      const { records, evicted, expired = 1 } = await store.health()
      same({ records, evicted, expired }, { records: 1, evicted: 0, expired: 1 })
    },
  },
  {
    says: 'keeps no record longer because of late figures',
    size: { keepForMs: 1_000 },
    async run({ store, pass }) {
      await store.put(made(1))
      await pass(500)
      await store.put(made(2))
      await store.update(idAt(1), { late })
      await pass(700)
      same(await store.get(all, idAt(1)), undefined)
      same(
        (await store.list(all, {})).items.map(({ id }) => id),
        [idAt(2)],
      )
    },
  },
]
