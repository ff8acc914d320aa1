import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../context/request-context.js'
import { OpenCall } from '../../outgoing/call.js'
import type { Rule } from '../../outgoing/rules.js'
import { OpenQuery } from '../../queries/open-query.js'
import { MetricAttributes } from './attributes.js'
import { other } from './bounded-names.js'

const anything = fc.string({ unit: 'binary', maxLength: 300 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const known = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE']
const ended = (own: object, failed?: number) => ({
  context: createContext('request'),
  durationMs: 1,
  failed,
  own,
})
const call = (of: { method?: string; origin?: string; status?: number; errorCode?: string; rule?: Rule }) => {
  const { method = 'GET', origin = 'https://blog.example:443' } = of
  const open = new OpenCall({ method, origin, host: new URL(origin).host, path: '/' }, undefined, of.rule, () => {})
  return Object.assign(open, { status: of.status, errorCode: of.errorCode })
}
const rule = { lines: undefined, propagate: false } as unknown as Rule
const query = (system: string, summary?: string, errorCode?: string) =>
  Object.assign(new OpenQuery({ system, summary, namespace: undefined, text: undefined }, undefined), { errorCode })

describe('the attributes of a request', () => {
  test('are those of the conventions', () => {
    const own = { method: 'GET', route: '/posts/:id', status: 200, path: '/posts/7' }
    expect(new MetricAttributes().ofRequest(ended(own))).toEqual({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'http.route': '/posts/:id',
      'http.response.status_code': 200,
    })
  })

  test.each([
    ['a 5xx has its status', 503, undefined, '503'],
    ['a failure without a response has the status that it would have had', undefined, 500, '500'],
    ['a 4xx has none', 404, 404, undefined],
    ['a failure whose answer was a success has none', 200, 500, undefined],
  ])('error.type: %s', (_, status, failed, type) => {
    expect(new MetricAttributes().ofRequest(ended({ method: 'GET', status }, failed))['error.type']).toBe(type)
  })

  test.each([
    ['by a failure has the status of the failure', 200, 500, '500'],
    ['by the caller has none', 200, undefined, undefined],
    ['and was a 5xx has its status', 503, undefined, '503'],
  ])('error.type: a response that was cut %s', (_, status, failed, type) => {
    const own = { method: 'GET', status, aborted: true }
    expect(new MetricAttributes().ofRequest(ended(own, failed))['error.type']).toBe(type)
  })

  test.each([
    [true, 'https'],
    [false, 'http'],
  ])('the scheme is that of the connection: encrypted %s is %s', (isEncrypted, scheme) => {
    const own = { method: 'GET', connection: { isEncrypted } }
    expect(new MetricAttributes().ofRequest(ended(own))['url.scheme']).toBe(scheme)
  })

  test("the operation of a GraphQL route is left out: its name is the caller's", () => {
    const own = { method: 'POST', route: '/graphql query Posts' }
    expect(new MetricAttributes().ofRequest(ended(own))['http.route']).toBe('/graphql')
  })

  test('have values of bounded number and size, whatever the request', () => {
    const attributes = new MetricAttributes()
    const seen = new Map<string, Set<unknown>>()
    const own = fc.record({
      method: maybe(fc.oneof(anything, fc.constantFrom(...known, 'get'))),
      route: maybe(anything),
      status: maybe(fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 100, max: 599 }))),
      path: anything,
      userAgent: anything,
    })
    fc.assert(
      fc.property(own, maybe(fc.integer({ min: 100, max: 599 })), (members, failed) => {
        const made = attributes.ofRequest(ended(members, failed))
        for (const [name, value] of Object.entries(made)) {
          if (!seen.has(name)) seen.set(name, new Set())
          seen.get(name)?.add(value)
          if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(255)
        }
        const { method = '', route } = members
        expect(made['http.request.method']).toBe(known.includes(method) ? method : other)
        expect(made['http.route']).toSatisfy(
          (value) => [undefined, other].includes(value) || route?.startsWith(value) === true,
        )
        expect(Object.values(made)).not.toContain(members.userAgent || undefined)
      }),
      { numRuns: 3_000 },
    )
    expect(
      [...(seen.get('http.request.method') ?? [])].every((method) => [...known, other].includes(String(method))),
    ).toBe(true)
    expect(seen.get('http.route')?.size).toBeLessThanOrEqual(501)
    expect(seen.get('http.response.status_code')?.size ?? 0).toBeLessThanOrEqual(500)
    expect([...(seen.get('error.type') ?? [])].every((type) => /^5\d\d$/.test(String(type)))).toBe(true)
  })
})

describe('the attributes of a call', () => {
  test('name a host of outgoing, and no other: a caller may choose the host of a webhook', () => {
    const attributes = new MetricAttributes()
    expect(attributes.ofCall(call({ status: 200, rule }))).toEqual({
      'http.request.method': 'GET',
      'server.address': 'blog.example',
      'server.port': 443,
      'http.response.status_code': 200,
    })
    expect(attributes.ofCall(call({ origin: 'http://[::1]:8080', rule }))).toMatchObject({
      'server.address': '::1',
      'server.port': 8080,
    })
    expect(attributes.ofCall(call({ origin: 'https://tenant-7.example:443', status: 404 }))).toEqual({
      'http.request.method': 'GET',
      'server.address': other,
      'http.response.status_code': 404,
      'error.type': '404',
    })
  })

  test('have errors of bounded number and shape, whatever an abort gives as its reason', () => {
    const attributes = new MetricAttributes()
    const types = new Set<unknown>()
    expect(attributes.ofCall(call({ errorCode: 'ECONNRESET' }))['error.type']).toBe('ECONNRESET')
    fc.assert(
      fc.property(anything, anything, (errorCode, method) => {
        const made = attributes.ofCall(call({ errorCode, method }))
        types.add(made['error.type'])
        expect(made['http.request.method']).toBe(known.includes(method) ? method : other)
        expect(String(made['error.type'])).toMatch(/^[\w.:-]{1,64}$/)
      }),
      { numRuns: 2_000 },
    )
    expect(types.size).toBeLessThanOrEqual(101)
  })
})

describe('the attributes of a query', () => {
  test.each([
    ['SELECT posts', 'SELECT', 'posts'],
    ['INSERT orders SELECT carts', 'INSERT', undefined],
    ['GET', 'GET', undefined],
    ['FIND blog.posts', 'FIND', 'blog.posts'],
    ['lookup 4711', 'lookup', other],
    [undefined, undefined, undefined],
    ['', undefined, undefined],
  ])('of %s', (summary, operation, collection) => {
    const made = new MetricAttributes().ofQuery(query('postgresql', summary, '23505'))
    expect(made).toEqual({
      'db.system.name': 'postgresql',
      ...(operation && { 'db.operation.name': operation }),
      ...(collection && { 'db.collection.name': collection }),
      'error.type': '23505',
    })
  })

  test('have values of bounded number and shape, whatever the summary', () => {
    const attributes = new MetricAttributes()
    const seen = new Map<string, Set<unknown>>()
    const words = fc.array(fc.oneof(anything, fc.stringMatching(/^[a-z]{1,8}$/)), { maxLength: 3 })
    fc.assert(
      fc.property(anything, maybe(words), maybe(anything), (system, summary, errorCode) => {
        const made = attributes.ofQuery(query(system, summary?.join(' '), errorCode))
        for (const [name, value] of Object.entries(made)) {
          seen.set(name, (seen.get(name) ?? new Set()).add(value))
          expect(String(value)).not.toMatch(/[\p{Cc} ]/u)
          expect(String(value).length).toBeLessThanOrEqual(131)
        }
      }),
      { numRuns: 3_000 },
    )
    const sizes = Object.fromEntries([...seen].map(([name, values]) => [name, values.size]))
    expect(sizes['db.system.name']).toBeLessThanOrEqual(21)
    expect(sizes['db.operation.name']).toBeLessThanOrEqual(101)
    expect(sizes['db.collection.name']).toBeLessThanOrEqual(501)
    expect(sizes['error.type']).toBeLessThanOrEqual(101)
  })
})

test('the first 1,000 accounts have series of their own, work without an account has no account.id', () => {
  const attributes = new MetricAttributes()
  const made = Array.from({ length: 1_005 }, (_, at) => attributes.ofAccount(`a${at}`)['account.id'])
  expect(new Set(made).size).toBe(1_001)
  expect(made.slice(1_000)).toEqual(Array.from({ length: 5 }, () => other))
  expect(attributes.ofAccount('a7')).toEqual({ 'account.id': 'a7' })
  expect(attributes.ofAccount(undefined)).toEqual({})
})
