import { setImmediate as setImmediateCallback } from 'node:timers'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epoch, idAt, made } from '../../test/records/made.js'
import { newestFirst } from './cursor.js'
import { memoryRecords } from './memory-records.js'
import { MemoryRecords } from './memory-store.js'
import { readAccess } from './read-access.js'
import type { StoredRecord } from './record.js'

const all = readAccess('all', undefined)

describe('memoryRecords', () => {
  test('needs no options', async () => {
    expect(await memoryRecords().health()).toMatchObject({ maxBytes: 67_108_864 })
  })

  test('reports all invalid options at once', () => {
    const wrong = { maxBytes: 1_000, keepForMs: 0.5, maxByte: 1 } as object
    expect(() => memoryRecords(wrong)).toThrow(
      /^memoryRecords:\n.*maxBytes: .*got 1000\n.*keepForMs: .*got 0.5\n.*maxByte: .*maxBytes/,
    )
  })

  test('does not keep the process alive, even if it is not closed', async () => {
    const active = process.getActiveResourcesInfo().length
    const store = memoryRecords({ keepForMs: 10 })
    store.put(made(1))
    await store.list(all, {})
    expect(process.getActiveResourcesInfo()).toHaveLength(active)
  })

  test('counts evicted records and expired records separately, also when both occur at once', async () => {
    let now = 0
    const store = new MemoryRecords({ maxBytes: 32_768, keepForMs: 100 }, () => now)
    for (let n = 0; n < 10; n++) store.put(made(n))
    now = 200
    for (let n = 10; n < 100; n++) store.put(made(n))
    const { records, evicted, expired } = await store.health()
    expect(expired).toBe(10)
    expect(evicted).toBe(90 - records)
  })

  test('removes expired records when new ones arrive, read or not', async () => {
    let now = 0
    const store = new MemoryRecords({ keepForMs: 100 }, () => now)
    const putOne = (): WeakRef<StoredRecord> => {
      const record = made(1)
      store.put(record)
      return new WeakRef(record)
    }
    const reference = putOne()
    now = 50
    store.put(made(2))
    expect(await isHeld(reference)).toBe(true)
    now = 100
    store.put(made(3))
    expect(await isHeld(reference)).toBe(false)
  })
})

describe('a full store', () => {
  const count = 20_000
  const acme = readAccess('account', 'acme')

  function full(): MemoryRecords {
    const store = new MemoryRecords({ maxBytes: 2 ** 30 }, () => 0)
    for (let n = 0; n < count; n++) store.put(made(n, { requestId: n % 100 === 0 ? 'edge' : idAt(n) }))
    return store
  }

  /** Fills a store with records that tell when a list looks at them. */
  function counted(store: MemoryRecords, look: () => void): void {
    for (let n = 0; n < count; n++) {
      const record = made(n)
      Object.defineProperty(record, 'account', {
        get: () => {
          look()
          return 'acme'
        },
      })
      store.put(record)
    }
  }

  test('reads only the records of the first page for that page', async () => {
    let looks = 0
    const store = new MemoryRecords({ maxBytes: 2 ** 30 }, () => 0)
    counted(store, () => looks++)
    looks = 0
    expect((await store.list(acme, { limit: 50 })).items).toHaveLength(50)
    expect(looks).toBeLessThan(100)
    looks = 0
    expect((await store.list(acme, { from: epoch + count - 10, status: '5xx' })).items).toEqual([])
    expect(looks).toBeLessThan(20)
    looks = 0
    expect((await store.list(acme, { requestId: idAt(7) })).items).toHaveLength(1)
    expect(looks).toBe(1)
  })

  test('lets the event loop run while a list reads every record: one slice a turn for all readers', async () => {
    const store = full()
    let turns = 0
    let isOver = false
    const turn = (): void => {
      turns++
      if (!isOver) setImmediateCallback(turn)
    }
    setImmediateCallback(turn)
    const lists = Array.from({ length: 8 }, () => store.list(acme, { errorCode: 'none' }))
    expect((await Promise.all(lists)).map(({ items }) => items.length)).toEqual(Array(8).fill(0))
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(8)
  })

  test('lists the records at the time of the call, although records come and go meanwhile', async () => {
    const store = new MemoryRecords({ maxBytes: 4 * 2 ** 20 }, () => 0)
    const last = 30_000
    for (let n = 0; n < last; n++) store.put(made(n, { user: n % 1_000 === 999 ? 'rare' : 'mara' }))
    const { oldest = '' } = await store.health()
    const first = Date.parse(oldest) - epoch
    const list = store.list(all, { user: 'rare', limit: 200 })
    // One third is pushed out, from below and while the list is on its way.
    for (let n = last; n < last + (last - first) / 3; n++) store.put(made(n, { user: 'rare' }))
    const ids = (await list).items.map(({ id }) => id)
    const rare = Array.from({ length: last }, (_, n) => n).filter((n) => n % 1_000 === 999)
    const expected = rare.map((n) => idAt(n)).reverse()
    expect(ids).toEqual(expected.slice(0, ids.length))
    const { oldest: still = '' } = await store.health()
    const surely = rare.filter((n) => n >= Date.parse(still) - epoch)
    expect(ids.length).toBeGreaterThanOrEqual(surely.length)
  })

  test('finds every record of a request id, also after some were removed', async () => {
    const store = new MemoryRecords({ maxBytes: 64_000 }, () => 0)
    const putAll = fc.array(fc.record({ n: fc.nat(40), requestId: fc.constantFrom('a', 'b', 'own', idAt(3)) }), {
      maxLength: 200,
    })
    await fc.assert(
      fc.asyncProperty(putAll, async (puts) => {
        for (const { n, requestId } of puts) store.put(made(n, requestId === 'own' ? {} : { requestId }))
        const { items: every } = await store.list(all, { limit: 200 })
        for (const requestId of ['a', 'b', idAt(3)]) {
          const { items } = await store.list(all, { requestId, limit: 200 })
          expect(items).toEqual(every.filter((record) => record.requestId === requestId))
        }
      }),
    )
  })

  test('removes an hour of expired records in small steps, and shows none of them', async () => {
    let now = 0
    const store = new MemoryRecords({ maxBytes: 2 ** 30, keepForMs: 100 }, () => now)
    for (let n = 0; n < 5_000; n++) store.put(made(n))
    now = 100
    expect((await store.list(all, {})).items).toEqual([])
    expect(store.get(all, idAt(4_000))).toBeUndefined()
    for (let n = 5_000; n < 5_100; n++) store.put(made(n))
    expect(await store.health()).toMatchObject({ records: 100, expired: 5_000, evicted: 0 })
  })
})

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

/** False once nothing holds what `reference` names. */
async function isHeld(reference: WeakRef<object>): Promise<boolean> {
  // A WeakRef holds its target until the turn ends in which it was made or asked.
  await setImmediate()
  collectGarbage()
  return reference.deref() !== undefined
}

/** Changes of a store while a reader turns pages. */
type Step = { put: { at: number; id: number; account: string; status: number } } | { pass: number } | 'page'

const account = fc.constantFrom('acme', 'globex')
const status = fc.constantFrom(200, 500)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ put: fc.record({ at: fc.nat(20), id: fc.nat(60), account, status }) }),
  fc.record({ pass: fc.nat(30) }),
  fc.constant('page' as const),
)

describe('pages of a store that changes meanwhile', () => {
  test('contain every lasting record once and in order, and no record that does not match', async () => {
    const steps = fc.array(step, { maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(undefined, 'acme'),
        (list, limit, own) => {
          return turn(list, limit, own)
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Turns pages between the steps and compares what was seen with a plain list of records. */
async function turn(steps: readonly Step[], limit: number, own: string | undefined): Promise<void> {
  let now = 0
  const store = new MemoryRecords({ keepForMs: 100 }, () => now)
  const access = own === undefined ? all : readAccess('account', own)
  const wanted = (record: StoredRecord): boolean =>
    (own === undefined || record.account === own) && record.status === 500
  let model: { record: StoredRecord; until: number }[] = []
  let throughout: Set<string> | undefined
  let seen: StoredRecord[] = []
  let before: string | undefined

  const kept = (): StoredRecord[] => model.filter(({ until }) => until > now).map(({ record }) => record)
  const page = async (): Promise<void> => {
    throughout ??= new Set(
      kept()
        .filter(wanted)
        .map(({ id }) => id),
    )
    const { items, next } = await store.list(access, { status: '500', limit, before })
    for (const item of items) expect(wanted(item)).toBe(true)
    seen.push(...items)
    before = next
    if (next === undefined) ended()
  }
  const ended = (): void => {
    expect(seen).toEqual([...seen].sort(newestFirst))
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
    const still = kept().filter(({ id }) => throughout?.has(id))
    expect(seen).toEqual(expect.arrayContaining(still))
    throughout = undefined
    seen = []
  }

  for (const one of steps) {
    if (one === 'page') await page()
    else if ('pass' in one) now += one.pass
    else {
      const { at, id, ...fields } = one.put
      const record = made(id, { ...fields, startedAt: new Date(epoch + at).toISOString() })
      if (model.some((entry) => entry.record.id === record.id && entry.until > now)) continue
      model = [...model.filter((entry) => entry.record.id !== record.id), { record, until: now + 100 }]
      // An id that comes again after its time was not there throughout.
      throughout?.delete(record.id)
      store.put(record)
    }
  }
  do await page()
  while (before !== undefined)
  expect((await store.list(all, { limit: 200 })).items).toEqual(kept().sort(newestFirst).slice(0, 200))
}

describe('late figures', () => {
  const everything = readAccess('all', undefined)
  const late = { cpuMs: 1, untilMs: 2 }

  test('are on every later read, and do not change a record that a reader has', async () => {
    const store = new MemoryRecords({ maxBytes: 2 ** 20 }, () => 0)
    store.put(made(1))
    const before = store.get(everything, idAt(1))
    store.update(idAt(1), { late })
    expect(store.get(everything, idAt(1))).toEqual({ ...made(1), late })
    expect((await store.list(everything, {})).items).toEqual([{ ...made(1), late }])
    expect(before).toEqual(made(1))
  })

  test('count in the size of the store once, beside an error that came late', async () => {
    const [updated, whole] = [0, 1].map(() => new MemoryRecords({ maxBytes: 2 ** 20 }, () => 0)) as [
      MemoryRecords,
      MemoryRecords,
    ]
    const error = { message: 'broken' }
    updated.put(made(1))
    for (const later of [{ late }, { error }, { late: { cpuMs: 3, untilMs: 4 } }]) updated.update(idAt(1), later)
    whole.put(made(1, { late, error }))
    expect((await updated.health()).bytes).toBe((await whole.health()).bytes)
    expect(updated.get(everything, idAt(1))).toMatchObject({ late: { cpuMs: 3, untilMs: 4 }, error })
  })
})
