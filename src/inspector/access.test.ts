import { expect, test, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import type { RequestInfo } from '../http/request-info.js'
import { seesAll, seesInternals } from '../records/read-access.js'
import { type Authorize, accessOf } from './access.js'

const request = {} as RequestInfo
const say = (): void => {}

test('authorize cannot change the identity of a reader', () => {
  const context = createContext('request', { account: 'acme', roles: ['admin'] })
  const authorize: Authorize = (who) => {
    Object.assign(who, { account: 'globex' })
    ;(who.roles as string[]).push('operator')
    return 'account'
  }
  expect(accessOf(authorize, context, request, say)).toMatchObject({ account: 'acme' })
  expect(context).toMatchObject({ account: 'acme', roles: ['admin'] })
})

test('authorize gets the identity of the reader, and nothing else', () => {
  const authorize = vi.fn<Authorize>(() => 'all')
  accessOf(authorize, createContext('request', { user: 'olga' }), request, say)
  expect(authorize.mock.calls).toStrictEqual([[{ account: undefined, user: 'olga', roles: [] }, request]])
})

test('a reader with roles only is signed in', () => {
  const context = createContext('request', { roles: ['probe'] })
  const access = accessOf(() => 'all', context, request, say)
  expect(seesAll(access)).toBe(true)
})

test('a reader bound to an account sees nothing without an account', () => {
  const context = createContext('request', { user: 'sid' })
  expect(
    accessOf(
      () => 'account',
      context,
      request,
      () => {},
    ),
  ).toMatchObject({ isEmpty: true })
})

test('a reader of one account sees failures in full only if authorize allows it', () => {
  const context = createContext('request', { account: 'acme' })
  const rights = (
    ['account', { read: 'account', internals: false }, { read: 'account', internals: true }, 'all'] as const
  )
    .map((right) => accessOf(() => right, context, request, say))
    .map((access) => [access.account, seesInternals(access)])
  expect(rights).toEqual([
    ['acme', false],
    ['acme', false],
    ['acme', true],
    [undefined, true],
  ])
})

test.each([
  ['read all in an object', { read: 'all', internals: true }],
  ['no internals', { read: 'account' }],
  ['internals that are not true or false', { read: 'account', internals: 'yes' }],
  ['inherited members', Object.create({ read: 'account', internals: true })],
  [
    'members that throw',
    {
      get read() {
        throw new Error('x')
      },
      internals: true,
    },
  ],
  ['a list', ['account']],
  ['a promise', Promise.resolve({ read: 'account', internals: true })],
])('authorize that returns %s refuses the reader, and Spoor warns', (_, right) => {
  const context = createContext('request', { account: 'acme' })
  const said = vi.fn()
  expect(() => accessOf(() => right as never, context, request, said)).toThrow('forbidden')
  expect(said).toHaveBeenCalledWith('inspector authorize', expect.stringContaining('internals: true'))
})
