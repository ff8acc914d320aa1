import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epoch, made } from '../../test/records/made.js'
import { newestFirst } from './cursor.js'
import { MemoryRecords, memoryRecords } from './memory-records.js'
import type { KeptRecord } from './record.js'
import { readerScope } from './scope.js'

const all = readerScope('all', undefined)

describe('memoryRecords', () => {
  test('takes no options at all', () => {
    expect(memoryRecords().health()).toMatchObject({ maxBytes: 67_108_864 })
  })

  test('refuses options it cannot take, all at once', () => {
    const wrong = { maxBytes: 1_000, keepForMs: 0.5, maxByte: 1 } as object
    expect(() => memoryRecords(wrong)).toThrow(
      /^memoryRecords:\n.*maxBytes: .*got 1000\n.*keepForMs: .*got 0.5\n.*maxByte: .*maxBytes/,
    )
  })

  test('leaves nothing behind that keeps the process alive, even unclosed', () => {
    const active = process.getActiveResourcesInfo().length
    const store = memoryRecords({ keepForMs: 10 })
    store.put(made(1))
    store.list(all, {})
    expect(process.getActiveResourcesInfo()).toHaveLength(active)
  })

  test('counts what leaves because it is full apart from what is past its time, when both come at once', () => {
    let now = 0
    const store = new MemoryRecords({ maxBytes: 32_768, keepForMs: 100 }, () => now)
    for (let n = 0; n < 10; n++) store.put(made(n))
    now = 200
    for (let n = 10; n < 100; n++) store.put(made(n))
    const { records, evicted, expired } = store.health()
    expect(expired).toBe(10)
    expect(evicted).toBe(90 - records)
  })

  test('lets go of what is past its time when new records come, read or not', async () => {
    let now = 0
    const store = new MemoryRecords({ keepForMs: 100 }, () => now)
    const putOne = (): WeakRef<KeptRecord> => {
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

/** What happens to a store while somebody turns pages. */
type Step = { put: { at: number; id: number; account: string; status: number } } | { pass: number } | 'page'

const account = fc.constantFrom('acme', 'globex')
const status = fc.constantFrom(200, 500)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ put: fc.record({ at: fc.nat(20), id: fc.nat(60), account, status }) }),
  fc.record({ pass: fc.nat(30) }),
  fc.constant('page' as const),
)

describe('pages of a store that changes meanwhile', () => {
  test('have every record once that was there throughout, in order, and none that was never asked for', () => {
    const steps = fc.array(step, { maxLength: 120 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.constantFrom(undefined, 'acme'), (list, limit, own) => {
        turn(list, limit, own)
      }),
      { numRuns: 300 },
    )
  })
})

/** Turns pages between the steps and compares what was seen with a plain list of records. */
function turn(steps: readonly Step[], limit: number, own: string | undefined): void {
  let now = 0
  const store = new MemoryRecords({ keepForMs: 100 }, () => now)
  const scope = own === undefined ? all : readerScope('account', own)
  const wanted = (record: KeptRecord): boolean => (own === undefined || record.account === own) && record.status === 500
  let model: { record: KeptRecord; until: number }[] = []
  let throughout: Set<string> | undefined
  let seen: KeptRecord[] = []
  let before: string | undefined

  const kept = (): KeptRecord[] => model.filter(({ until }) => until > now).map(({ record }) => record)
  const page = (): void => {
    throughout ??= new Set(
      kept()
        .filter(wanted)
        .map(({ id }) => id),
    )
    const { items, next } = store.list(scope, { status: '500', limit, before })
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
    if (one === 'page') page()
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
  do page()
  while (before !== undefined)
  expect(store.list(all, { limit: 200 }).items).toEqual(kept().sort(newestFirst).slice(0, 200))
}
