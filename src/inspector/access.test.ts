import { expect, test, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import type { RequestInfo } from '../http/request-info.js'
import { seesAll } from '../records/scope.js'
import { type Authorize, scopeOf } from './access.js'

const request = {} as RequestInfo
const say = (): void => {}

test('authorize cannot change who somebody is', () => {
  const context = createContext('request', { account: 'acme', roles: ['admin'] })
  const authorize: Authorize = (who) => {
    Object.assign(who, { account: 'globex' })
    ;(who.roles as string[]).push('operator')
    return 'account'
  }
  expect(scopeOf(authorize, context, request, say)).toMatchObject({ account: 'acme' })
  expect(context).toMatchObject({ account: 'acme', roles: ['admin'] })
})

test('authorize is told what is known of somebody, and nothing else', () => {
  const authorize = vi.fn<Authorize>(() => 'all')
  scopeOf(authorize, createContext('request', { user: 'olga' }), request, say)
  expect(authorize.mock.calls).toStrictEqual([[{ account: undefined, user: 'olga', roles: [] }, request]])
})

test('somebody of whom only roles are known is signed in', () => {
  const context = createContext('request', { roles: ['probe'] })
  const scope = scopeOf(() => 'all', context, request, say)
  expect(seesAll(scope)).toBe(true)
})

test('a reader bound to his account reads nothing if he has none', () => {
  const context = createContext('request', { user: 'sid' })
  expect(
    scopeOf(
      () => 'account',
      context,
      request,
      () => {},
    ),
  ).toMatchObject({ isEmpty: true })
})
