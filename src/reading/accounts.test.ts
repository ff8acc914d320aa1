import { describe, expect, test } from 'vitest'
import { account, type Given, route, sourceOf } from '../../test/reading/usage-rows.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { usageOf } from './accounts.js'
import type { UsageAnswer, UsageQuery } from './usage.js'

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')
const withoutAccount = readAccess('account', undefined)

const used = (
  given: Given,
  access: ReadAccess = all,
  query: UsageQuery = {},
  of: 'account' | 'route' = 'account',
): UsageAnswer => usageOf(sourceOf(given), access, of, query)
const namesOf = ({ items }: UsageAnswer): unknown[] =>
  items.map(({ account, method, route }) => account ?? [method, route])

const three: Given = {
  accounts: [
    account('(other)', { cpuMs: 900, requests: 3 }),
    account('acme', { cpuMs: 10, requests: 9, heldOthers: { requests: 3, ms: 70 } }),
    account('(anonymous)', { cpuMs: 40, requests: 1 }),
    account('globex', { cpuMs: 50, requests: 2 }, [route('POST /export', { cpuMs: 49 })]),
  ],
  routes: [
    route('POST /export', { cpuMs: 49 }),
    route('GET /posts', { cpuMs: 11 }),
    route('job receipt', { cpuMs: 12 }),
  ],
  routesOf: {
    acme: [route('(other)', { cpuMs: 900 }), route('GET /posts', { cpuMs: 10, heldOthers: { requests: 5, ms: 1 } })],
    globex: [route('POST /export', { cpuMs: 49 })],
  },
  all: { cpuMs: 1_000 },
}

describe('the accounts for a reader of everything', () => {
  test('come with the largest figure first, and the sum of the others last', () => {
    expect(namesOf(used(three))).toEqual(['globex', '(anonymous)', 'acme', '(other)'])
    expect(namesOf(used(three, all, { by: 'requests' }))).toEqual(['acme', 'globex', '(anonymous)', '(other)'])
  })

  test('have all figures, rounded to the microsecond, and the asked figure by minute', () => {
    const duration = { mean: 12.00049, p50: 10, p95: 40.12345, p99: 60 }
    const own = {
      requests: 7,
      jobs: 2,
      errors: 1,
      queries: 8,
      queryMs: 1.00049,
      poolMs: 2,
      holdMs: 3,
      bytes: 99,
      duration,
    }
    const busy = account('acme', {
      ...own,
      cpuMs: 100.123456,
      exact: false,
      windows: 12,
      heldOthers: { requests: 2.6, ms: 5.55555 },
      counts: { tokens: 5 },
      perMinute: (by) => [by === 'cpu' ? 1.23456 : 9, 2],
    })
    expect(used({ accounts: [busy], all: { cpuMs: 200 }, reading: { exact: false, windows: 60 } })).toEqual({
      summary:
        'acme used 50 % of the CPU in the last hour, and held up 3 requests of other accounts for 5.56 ms. Estimated from 60 windows.',
      pieces: expect.arrayContaining([{ text: 'acme', isStrong: true }]),
      span: '1h',
      exact: false,
      windows: 60,
      items: [
        {
          account: 'acme',
          ...own,
          queryMs: 1,
          cpuMs: 100.123,
          exact: false,
          windows: 12,
          heldOthers: { requests: 3, ms: 5.556 },
          counts: { tokens: 5 },
          duration: { mean: 12, p50: 10, p95: 40.123, p99: 60 },
          perMinute: [1.235, 2],
          routes: [],
        },
      ],
    })
  })

  test('have their routes, with method and pattern', () => {
    expect(used(three).items[0]?.routes).toEqual([
      expect.objectContaining({ method: 'POST', route: '/export', cpuMs: 49 }),
    ])
  })

  test.each([
    ['queries', 'queryMs'],
    ['pool', 'holdMs'],
    ['bytes', 'bytes'],
    ['counts.tokens', 'counts.tokens'],
  ] as const)('by %s are ordered by the same figure as their figures by minute', (by, figure) => {
    const accounts = [1, 2].map((n) => {
      const own = { queryMs: n, holdMs: n, bytes: n, counts: { tokens: n } }
      return account(`a${n}`, { ...own, queries: 9 - n, poolMs: 9 - n, perMinute: (name) => [name === figure ? n : 0] })
    })
    const { items } = used({ accounts }, all, { by })
    expect(items.map(({ account, perMinute }) => [account, perMinute])).toEqual([
      ['a2', [2]],
      ['a1', [1]],
    ])
  })

  test('have figures by minute and routes for the first hundred only', () => {
    const accounts = Array.from({ length: 120 }, (_, n) => account(`a${n}`, { cpuMs: n + 1, perMinute: () => [n] }))
    const { items } = used({ accounts, all: { cpuMs: 9_999 } })
    expect(items).toHaveLength(120)
    expect(items.findLastIndex(({ perMinute }) => perMinute !== undefined)).toBe(99)
    expect(items.findLastIndex(({ routes }) => routes !== undefined)).toBe(99)
  })

  test('of another process are empty; its host, its pid, or both name a process', () => {
    const from = (process: string): number => used(three, all, { process }).items.length
    for (const own of ['web-2', '4127', 'web-2:4127', 'web-2 4127']) expect([own, from(own)]).toEqual([own, 4])
    for (const foreign of ['web-1', '41', 'web-2:4128', 'web', ':'])
      expect([foreign, from(foreign)]).toEqual([foreign, 0])
  })

  test.each([
    ['5m', 300_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['24h', 86_400_000],
  ] as const)('of %s are asked of the totals for that time', (span, spanMs) => {
    const source = sourceOf(three)
    expect(usageOf(source, all, 'account', { span }).span).toBe(span)
    expect(source.asked[0]).toMatchObject({ by: 'account', spanMs })
  })
})

describe('the routes for a reader of everything', () => {
  test('are those of all accounts, or of the named account', () => {
    expect(namesOf(used(three, all, {}, 'route'))).toEqual([
      ['POST', '/export'],
      [undefined, 'job receipt'],
      ['GET', '/posts'],
    ])
    expect(namesOf(used(three, all, { account: 'acme' }, 'route'))).toEqual([
      ['GET', '/posts'],
      [undefined, '(other)'],
    ])
  })

  test('have no secrets in their names, in items and in the sentence', () => {
    const routes = [route('GET /reset/s3cret', { cpuMs: 5 })]
    const { items, summary } = used(
      { routes, accounts: [account('acme', { cpuMs: 5 }, routes)], all: { cpuMs: 5 } },
      all,
      {},
      'route',
    )
    expect(items[0]?.route).toBe('/reset/[redacted]')
    expect(summary).toBe('GET /reset/[redacted] used 100 % of the CPU in the last hour.')
  })
})

describe('a reader of one account', () => {
  const answers = (access: ReadAccess, given: Given = three): string =>
    JSON.stringify(
      (['account', 'route'] as const).flatMap((of) =>
        (['cpu', 'heldUp', 'requests', 'counts.x'] as const).flatMap((by) =>
          [undefined, 'globex', '(other)', '(anonymous)'].map((account) => used(given, access, { by, account }, of)),
        ),
      ),
    )

  test('sees the rows of this account, without the times of others', () => {
    const { items } = used(three, acme)
    expect(items).toMatchObject([{ account: 'acme', cpuMs: 10, requests: 9 }])
    expect(items[0]).not.toMatchObject({ heldOthers: expect.anything() })
    expect(namesOf(used(three, acme, {}, 'route'))).toEqual([['GET', '/posts']])
  })

  test('sees no other name, and no sum of other accounts', () => {
    expect(answers(acme)).not.toMatch(/globex|export|other\)|anonymous|900|1000|%/)
  })

  test('gets answers that do not depend on other accounts', () => {
    const mine = three.accounts?.filter((row) => row.account === 'acme') ?? []
    const quiet = { ...three, accounts: mine, all: { cpuMs: 10 }, routes: [] }
    expect(answers(acme)).toBe(answers(acme, quiet))
  })

  test('sees nothing without an account, or if the account has the name of a shared row', () => {
    const source = sourceOf(three)
    for (const access of [withoutAccount, readAccess('account', '(other)'), readAccess('account', '(anonymous)')]) {
      expect(usageOf(source, access, 'account', {}).items).toEqual([])
      expect(usageOf(source, access, 'route', {}).items).toEqual([])
    }
    expect(source.asked).toEqual([])
  })

  test('must have an access that Spoor made', () => {
    expect(() => used(three, { ...all } as ReadAccess)).toThrow(TypeError)
  })
})
