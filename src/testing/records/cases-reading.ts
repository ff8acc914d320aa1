import { readAccess } from '../../records/read-access.js'
import { same } from '../expecting.js'
import { idAt, made, madeCall } from './made.js'
import type { StoreCase } from './store-case.js'

const all = readAccess('all', undefined)

/** Put, get and update. */
export const readingCases: readonly StoreCase[] = [
  {
    says: 'returns a record as it was put, by its own id',
    async run({ store }) {
      const record = made(1, {
        outgoing: [madeCall(1)],
        error: { type: 'Error', message: 'naïve \u0000 "x"', code: 'E' },
      })
      await store.put(record)
      same(await store.get(all, record.id), record)
      same((await store.list(all, {})).items, [record])
    },
  },
  {
    says: 'returns nothing for an unknown id, whatever it looks like',
    async run({ store }) {
      await store.put(made(1))
      for (const id of [idAt(2), '', '*', '__proto__', 'constructor', `${idAt(1)} `, 'x'.repeat(10_000), '\u0000'])
        same(await store.get(all, id), undefined)
    },
  },
  {
    says: 'keeps the last record that was put for an id',
    async run({ store }) {
      await store.put(made(1))
      await store.put(made(1, { status: 500 }))
      same(
        (await store.list(all, {})).items.map(({ status }) => status),
        [500],
      )
      same((await store.health()).records, 1)
    },
  },
  {
    says: 'finds all records of a request id, such as the attempts at a job',
    async run({ store }) {
      for (const n of [1, 2, 3]) await store.put(made(n, { kind: 'job', requestId: idAt(100), attempt: n }))
      await store.put(made(4))
      const { items } = await store.list(all, { requestId: idAt(100) })
      same(
        items.map(({ attempt }) => attempt),
        [3, 2, 1],
      )
    },
  },
  {
    says: 'adds late figures, and changes nothing else',
    async run({ store }) {
      for (const n of [1, 2]) await store.put(made(n))
      const late = { cpuMs: 1.1, untilMs: 840 }
      await store.update(idAt(1), { late })
      same(await store.get(all, idAt(1)), { ...made(1), late })
      same((await store.list(all, {})).items, [made(2), { ...made(1), late }])
    },
  },
  {
    says: 'ignores late figures of an unknown record',
    async run({ store }) {
      await store.update(idAt(1), { late: { cpuMs: 1, untilMs: 2 } })
      same(await store.get(all, idAt(1)), undefined)
      same((await store.health()).records, 0)
    },
  },
  {
    says: 'may be closed twice, and then neither stores nor returns records',
    async run({ store }) {
      await store.put(made(1))
      await store.close()
      await store.close()
      await store.put(made(2))
      await store.update(idAt(1), { late: { cpuMs: 1, untilMs: 2 } })
      same(await store.get(all, idAt(1)), undefined)
      same((await store.list(all, {})).items, [])
    },
  },
]
