import { expect, test, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import type { RequestInfo } from '../http/request-info.js'
import { type Authorize, accessOf } from './access.js'

const request = {} as RequestInfo

test('authorize cannot change who somebody is', () => {
  const context = createContext('request', { account: 'acme', roles: ['admin'] })
  const authorize: Authorize = (who) => {
    Object.assign(who, { account: 'globex' })
    ;(who.roles as string[]).push('operator')
    return 'account'
  }
  expect(accessOf(authorize, context, request, () => {}).scope).toMatchObject({ account: 'acme' })
  expect(context).toMatchObject({ account: 'acme', roles: ['admin'] })
})

test('authorize is told what is known of somebody, and nothing else', () => {
  const authorize = vi.fn<Authorize>(() => 'all')
  accessOf(authorize, createContext('request', { user: 'olga' }), request, () => {})
  expect(authorize.mock.calls).toStrictEqual([[{ user: 'olga', roles: [] }, request]])
})

test('somebody of whom only roles are known is signed in', () => {
  const context = createContext('request', { roles: ['probe'] })
  expect(
    accessOf(
      () => 'all',
      context,
      request,
      () => {},
    ).seesProcess,
  ).toBe(true)
})

test('a reader bound to his account reads nothing if he has none', () => {
  const context = createContext('request', { user: 'sid' })
  expect(
    accessOf(
      () => 'account',
      context,
      request,
      () => {},
    ),
  ).toMatchObject({
    scope: { isEmpty: true },
    seesProcess: false,
  })
})
