import { expect, test } from 'vitest'
import { identityOf } from './accounts.js'

test.each([
  ['acme-admin', { account: 'acme', user: 'acme-admin', roles: ['admin'] }],
  ['acme-user', { account: 'acme', user: 'acme-user', roles: [] }],
  ['globex-developer', { account: 'globex', user: 'globex-developer', roles: ['developer'] }],
  ['globex-user', { account: 'globex', user: 'globex-user', roles: [] }],
  ['operator', { user: 'operator', roles: ['operator'] }],
])('the token %s identifies its user', (token, identity) => {
  expect(identityOf(`Bearer ${token}`)).toEqual(identity)
  expect(identityOf(`bearer  ${token}`)).toEqual(identity)
})

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer acme',
  'Bearer acme-admin2',
  'Bearer acme-admin, Bearer acme-user',
  'Basic acme-admin',
  'acme-admin',
  `Bearer ${'x'.repeat(300)}`,
])('%j identifies no user', (authorization) => {
  expect(identityOf(authorization)).toBeUndefined()
})
