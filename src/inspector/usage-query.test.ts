import { expect, test } from 'vitest'
import type { Refusal } from './refusal.js'
import { accountingQueryOf, accountsQueryOf, routesQueryOf } from './usage-query.js'

test('every span, figure and count can be asked', () => {
  for (const span of ['5m', '10m', '1h', '24h'] as const) expect(accountsQueryOf(`span=${span}`)).toEqual({ span })
  for (const by of ['cpu', 'heldUp', 'queries', 'pool', 'bytes', 'requests', 'errors', 'counts.tokens', 'counts.a b'])
    expect(routesQueryOf(`by=${encodeURIComponent(by)}`)).toEqual({ by })
  expect(routesQueryOf('account=acme&process=web-2:4127')).toEqual({ account: 'acme', process: 'web-2:4127' })
  expect(accountingQueryOf('')).toEqual({})
})

const spans = 'span: expected one of 5m, 10m, 1h, 24h, got another value'
const figures =
  'by: expected one of cpu, heldUp, queries, pool, bytes, requests, errors, or counts.NAME with a name of 1 to 100 characters, got another value'

test.each([
  ['span=1d', spans],
  ['span=1H', spans],
  ['span=3600', spans],
  ['span=', 'span: expected one of 5m, 10m, 1h, 24h, got an empty value'],
  ['span=1h&span=1h', 'span: expected one value, got several'],
  ['by=memory', figures],
  ['by=counts.', figures],
  [`by=counts.${'x'.repeat(101)}`, figures],
  ['by=__proto__', figures],
  ['process=', 'process: expected 1 to 300 characters, got an empty value'],
  ['account=acme', 'query: expected only the parameters span, by, process, got another'],
  ['evil%0a=1', 'query: expected only the parameters span, by, process, got another'],
  ['by=evil&span=evil', `${figures}; ${spans}`],
])('/api/accounts refuses ?%s and names the fix', (query, detail) => {
  expect(refusalOf(() => accountsQueryOf(query))).toEqual([400, 'bad_query', detail])
})

test.each([
  [`account=${'a'.repeat(201)}`, 'account: expected 1 to 200 characters, got another value'],
  ['limit=5', 'query: expected only the parameters span, by, account, process, got another'],
])('/api/routes refuses ?%s and names the fix', (query, detail) => {
  expect(refusalOf(() => routesQueryOf(query))).toEqual([400, 'bad_query', detail])
})

test.each([
  ['span=2h', spans],
  ['by=cpu', 'query: expected only the parameter span, got another'],
])('/api/accounting refuses ?%s and names the fix', (query, detail) => {
  expect(refusalOf(() => accountingQueryOf(query))).toEqual([400, 'bad_query', detail])
})

function refusalOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    const { status, code, detail } = (error as Refusal).failure
    return [status, code, detail]
  }
}
