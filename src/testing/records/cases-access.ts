import { type ReadAccess, readAccess } from '../../records/read-access.js'
import { holds, rejects, same } from '../expecting.js'
import { idAt, made } from './made.js'
import type { StoreCase } from './store-case.js'

const accounts = ['acme', 'globex', undefined, 'acme ', 'ACME', '__proto__', ''] as const
const rights: readonly [string, ReadAccess, readonly (string | undefined)[]][] = [
  ['all', readAccess('all', undefined), accounts],
  ['all, of an account', readAccess('all', 'acme'), accounts],
  ['acme', readAccess('account', 'acme'), ['acme']],
  ['globex', readAccess('account', 'globex'), ['globex']],
  ['an account without records', readAccess('account', 'initech'), []],
  ['an account that is an empty text', readAccess('account', ''), ['']],
  ['a hostile account', readAccess('account', '__proto__'), ['__proto__']],
  ['no account, though bound to one', readAccess('account', undefined), []],
]

/** No record of another account leaves a store. */
export const accessCases: readonly StoreCase[] = [
  ...rights.map(
    ([name, access, seen]): StoreCase => ({
      says: `shows a reader of ${name} own records only, by id and in lists`,
      async run({ store }) {
        for (const [n, account] of accounts.entries()) await store.put(made(n, { account }))
        for (const [n, account] of accounts.entries()) {
          const record = await store.get(access, idAt(n))
          same(record?.id, seen.includes(account) ? idAt(n) : undefined)
        }
        const { items } = await store.list(access, {})
        same(items.map(({ account }) => account).reverse(), seen)
      },
    }),
  ),
  {
    says: 'shows a record whose account was switched to readers of everything only',
    async run({ store }) {
      await store.put(made(1, { accountSwitched: true }))
      const everything = readAccess('all', 'acme')
      holds((await store.get(everything, idAt(1))) !== undefined, 'expected the record, got undefined')
      same((await store.list(everything, {})).items.length, 1)
      const mine = readAccess('account', 'acme')
      same(await store.get(mine, idAt(1)), undefined)
      same((await store.list(mine, {})).items, [])
    },
  },
  {
    says: 'does not show more because of a filter',
    async run({ store }) {
      for (const [n, account] of accounts.entries()) await store.put(made(n, { account }))
      const mine = readAccess('account', 'acme')
      same((await store.list(mine, { account: 'globex' })).items, [])
      same((await store.list(mine, { requestId: idAt(1) })).items, [])
      same((await store.list(mine, { account: 'acme' })).items.length, 1)
    },
  },
  {
    says: 'does not reveal records of other accounts by pages or cursors',
    async run({ store }) {
      for (let n = 0; n < 30; n++) await store.put(made(n, { account: n % 10 === 0 ? 'acme' : 'globex' }))
      const mine = readAccess('account', 'acme')
      const first = await store.list(mine, { limit: 2 })
      same(
        first.items.map(({ id }) => id),
        [idAt(20), idAt(10)],
      )
      const second = await store.list(mine, { limit: 2, before: first.next })
      same(
        second.items.map(({ id }) => id),
        [idAt(0)],
      )
      same(second.next, undefined)
      same((await store.list(mine, { limit: 3 })).next, undefined)
    },
  },
  {
    says: 'refuses an access that Spoor did not make, whatever its members',
    async run({ store }) {
      const access = readAccess('account', 'acme')
      for (const forged of [{ account: undefined, isEmpty: false }, { ...access, account: undefined }, {}, null]) {
        const read = async () => store.get(forged as unknown as ReadAccess, idAt(1))
        const list = async () => store.list(forged as unknown as ReadAccess, {})
        await rejects(read, TypeError)
        await rejects(list, TypeError)
      }
    },
  },
]
