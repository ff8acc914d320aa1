import { expect } from 'vitest'
import { readAccess } from '../../src/records/read-access.js'
import { pagesOf } from './cases-pages.js'
import { idAt, made, madeCall } from './made.js'
import type { StoreCase } from './suite.js'

const all = readAccess('all', undefined)
const late = { cpuMs: 1, untilMs: 2 }

/** What it holds, and what it gives up. */
export const fillingCases: readonly StoreCase[] = [
  {
    says: 'holds 10,000 records and finds the oldest of them',
    async run({ store }) {
      for (let n = 0; n < 10_000; n++) await store.put(made(n))
      expect((await store.health()).records).toBe(10_000)
      expect((await store.get(all, idAt(0)))?.id).toBe(idAt(0))
      const { ids } = await pagesOf(store, { limit: 200 })
      expect(new Set(ids).size).toBe(10_000)
    },
  },
  {
    says: 'reports its size and its oldest record',
    async run({ store }) {
      expect(await store.health()).toMatchObject({ records: 0, bytes: 0, evicted: 0 })
      for (const n of [5, 3, 4]) await store.put(made(n))
      const { records, bytes, maxBytes, evicted, oldest } = await store.health()
      expect({ records, evicted, oldest }).toEqual({ records: 3, evicted: 0, oldest: made(3).startedAt })
      expect(bytes).toBeGreaterThan(1_000)
      expect(maxBytes).toBeGreaterThan(bytes)
    },
  },
  {
    says: 'removes the first records when it is full, counts them, and never takes more than its maximum',
    size: { maxBytes: 100_000 },
    async run({ store }) {
      for (let n = 0; n < 500; n++) {
        await store.put(made(n, { outgoing: n % 7 === 0 ? [madeCall(1), madeCall(2)] : [] }))
        if (n % 50 === 0) expect((await store.health()).bytes).toBeLessThanOrEqual(100_000)
      }
      const { records, bytes, evicted, oldest } = await store.health()
      expect(bytes).toBeGreaterThan(90_000)
      expect(evicted).toBe(500 - records)
      expect(oldest).toBe(made(500 - records).startedAt)
      expect(await store.get(all, idAt(499 - records))).toBeUndefined()
      expect(await store.get(all, idAt(500 - records))).toBeDefined()
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
      expect(await store.get(all, idAt(0))).toBeUndefined()
    },
  },
  {
    says: 'ignores late figures of a removed record',
    size: { maxBytes: 32_768 },
    async run({ store }) {
      for (let n = 0; n < 100; n++) await store.put(made(n))
      const before = await store.health()
      await store.update(idAt(0), { late })
      expect(await store.get(all, idAt(0))).toBeUndefined()
      expect(await store.health()).toEqual(before)
    },
  },
  {
    says: 'counts a record that is too large as evicted, and keeps the others',
    size: { maxBytes: 32_768 },
    async run({ store }) {
      await store.put(made(1))
      await store.put(made(2, { path: 'x'.repeat(40_000) }))
      expect(await store.get(all, idAt(2))).toBeUndefined()
      expect(await store.get(all, idAt(1))).toBeDefined()
      expect((await store.health()).evicted).toBe(1)
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
      expect(await store.get(all, idAt(1))).toBeUndefined()
      expect((await store.list(all, {})).items.map(({ id }) => id)).toEqual([idAt(2)])
      const { records, evicted, expired = 1 } = await store.health()
      expect({ records, evicted, expired }).toEqual({ records: 1, evicted: 0, expired: 1 })
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
      expect(await store.get(all, idAt(1))).toBeUndefined()
      expect((await store.list(all, {})).items.map(({ id }) => id)).toEqual([idAt(2)])
    },
  },
]
