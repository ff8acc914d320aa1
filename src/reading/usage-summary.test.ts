import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { account, type Given, route, sourceOf } from '../../test/reading/usage-rows.js'
import { type ReadAccess, readAccess } from '../records/read-access.js'
import { usageOf } from './accounts.js'
import type { RankedBy, UsageQuery } from './usage.js'
import { rankings } from './usage.js'

const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')

const said = (
  given: Given,
  query: UsageQuery = {},
  of: 'account' | 'route' = 'account',
  access: ReadAccess = all,
): string => usageOf(sourceOf(given), access, of, query).summary

const minutes = 60_000
const held = { requests: 3_918, ms: 9.4 * minutes }
const globexRoutes = [
  route('POST /api/v1/export', {
    cpuMs: 910_000,
    requests: 800,
    queryMs: 300_000,
    holdMs: 400,
    bytes: 1_000,
    errors: 9,
  }),
  route('GET /api/v1/posts', { cpuMs: 12_600, requests: 1_304, queryMs: 261_000, holdMs: 100, bytes: 900, errors: 3 }),
]
const globex = account(
  'globex',
  {
    cpuMs: 922_600,
    heldOthers: held,
    requests: 2_104,
    queries: 36_000,
    queryMs: 561_000,
    holdMs: 500,
    bytes: 1_900,
    errors: 12,
    counts: { tokens: 29_400_000 },
  },
  globexRoutes,
)
const others = {
  cpuMs: 271_400,
  requests: 41_206,
  queries: 1,
  queryMs: 61_000,
  holdMs: 100,
  bytes: 1_300_000,
  errors: 1,
  counts: { tokens: 18_800_000 },
}
const given: Given = {
  accounts: [
    account('acme', others, [route('GET /api/v1/posts', { requests: 30_000, cpuMs: 100_000, bytes: 1_299_999 })]),
    globex,
  ],
  all: {
    cpuMs: 1_528_000,
    heldOthers: held,
    requests: 43_310,
    queries: 36_001,
    queryMs: 622_000,
    holdMs: 600,
    bytes: 1_301_900,
    errors: 13,
    counts: { tokens: 48_200_000 },
  },
}

describe('the sentence for a reader of everything', () => {
  test.each<[RankedBy, string]>([
    [
      'cpu',
      'globex used 60 % of the CPU in the last hour, nearly all of it in POST /api/v1/export, and held up 3,918 requests of other accounts for 9.4 min.',
    ],
    ['heldUp', 'globex held up 3,918 requests of other accounts for 9.4 min in the last hour.'],
    [
      'queries',
      'globex used 90 % of the query time in the last hour (9.35 min in 36,000 queries), most of it in POST /api/v1/export.',
    ],
    [
      'pool',
      'globex had connections of pools for 500 ms in the last hour, 83 % of all such time, most of it in POST /api/v1/export.',
    ],
    [
      'bytes',
      'acme transferred 1.24 MB in the last hour, more than 99 % of all bytes, nearly all of them in GET /api/v1/posts.',
    ],
    ['requests', 'acme had 41,206 requests in the last hour, 95 % of all requests, most of them in GET /api/v1/posts.'],
    ['errors', 'globex had 12 failures in the last hour, 92 % of all failures, most of them in POST /api/v1/export.'],
    ['counts.tokens', 'globex counted 29.4 M tokens in the last hour, 61 % of all.'],
  ])('by %s', (by, sentence) => {
    expect(said(given, { by })).toBe(sentence)
  })
})

describe('the sentence', () => {
  const inLastHour = (accounts: Given['accounts'] = [], own: Partial<Given> = {}): string =>
    said({ accounts, all: { cpuMs: 100_000 }, ...own })

  test.each<[RankedBy, string]>([
    ['cpu', 'No CPU was measured in the last hour.'],
    ['heldUp', 'No account was seen to hold up others in the last hour.'],
    ['queries', 'No query ended in the last hour.'],
    ['pool', 'No connection of a pool was in use in the last hour.'],
    ['bytes', 'No bytes were transferred in the last hour.'],
    ['requests', 'No request ended in the last hour.'],
    ['errors', 'No request or job failed in the last hour.'],
    ['counts.tokens', 'This count got no values in the last hour.'],
  ])('of no data by %s says that there is no data', (by, sentence) => {
    expect(said({}, { by })).toBe(sentence)
    expect(said({ accounts: [account('acme', {})] }, { by })).toBe(sentence)
  })

  test.each([
    ['5m', 'the last 5 minutes'],
    ['10m', 'the last 10 minutes'],
    ['1h', 'the last hour'],
    ['24h', 'the last 24 hours'],
  ] as const)('names the span %s', (span, words) => {
    expect(said(given, { span, by: 'errors' })).toContain(`12 failures in ${words}, `)
  })

  test('names a single account', () => {
    expect(inLastHour([account('acme', { cpuMs: 97_400 })])).toBe('acme used 97 % of the CPU in the last hour.')
  })

  test('names the route only if most of the use was there', () => {
    const sharing = (share: number): string =>
      inLastHour([account('acme', { cpuMs: 50_000 }, [route('GET /a', { cpuMs: 50_000 * share })])])
    expect(sharing(0.49)).toBe('acme used 50 % of the CPU in the last hour.')
    expect(sharing(0.5)).toBe('acme used 50 % of the CPU in the last hour, most of it in GET /a.')
    expect(sharing(0.9)).toBe('acme used 50 % of the CPU in the last hour, nearly all of it in GET /a.')
  })

  test('says that all requests, or the only one, were in one route', () => {
    const requests = (n: number): string =>
      said({ accounts: [account('acme', { requests: n }, [route('GET /a', { requests: n })])] }, { by: 'requests' })
    expect(requests(1)).toBe('acme had 1 request in the last hour, 100 % of all requests, in GET /a.')
    expect(requests(2)).toBe('acme had 2 requests in the last hour, 100 % of all requests, all of them in GET /a.')
  })

  test('names jobs and scopes of `run` as such, but not the rest', () => {
    const within = (name: string): string =>
      inLastHour([account('acme', { cpuMs: 50_000 }, [route(name, { cpuMs: 50_000 })])])
    expect(within('job receipt')).toContain('nearly all of it in job receipt.')
    expect(within('run clean-up')).toContain('nearly all of it in scope clean-up.')
    for (const rest of ['(no route)', '(other)']) {
      expect(within(rest)).toBe('acme used 50 % of the CPU in the last hour.')
    }
  })

  test('mentions requests that were held up by an account that used the most CPU', () => {
    const held = (requests: number, ms: number): string =>
      inLastHour([account('acme', { cpuMs: 50_000, heldOthers: { requests, ms } })])
    expect(held(1, 240)).toBe(
      'acme used 50 % of the CPU in the last hour, and held up 1 request of other accounts for 240 ms.',
    )
    // An estimate from windows may be a part of a request.
    expect(held(0.4, 0.4)).toBe('acme used 50 % of the CPU in the last hour.')
  })

  test('names accounts that used equally much together', () => {
    const equal = (...names: string[]): string => inLastHour(names.map((name) => account(name, { cpuMs: 30_000 })))
    expect(equal('b', 'a')).toBe('a and b each used 30 % of the CPU in the last hour.')
    expect(equal('b', 'a', 'c')).toBe('a, b and c each used 30 % of the CPU in the last hour.')
    expect(equal('b', 'a', 'c', 'd')).toBe('a, b, c and 1 other account each used 30 % of the CPU in the last hour.')
    expect(equal('e', 'b', 'a', 'c', 'd')).toContain('a, b, c and 2 other accounts each used')
  })

  test('speaks of work without an account if there is no other', () => {
    expect(inLastHour([account('(anonymous)', { cpuMs: 30_000 })])).toBe(
      'Work without an account used 30 % of the CPU in the last hour.',
    )
  })

  test('names the first account, not the sum of all accounts without a row', () => {
    const rows = [account('(other)', { cpuMs: 60_000 }), account('acme', { cpuMs: 400 })]
    expect(inLastHour(rows)).toBe('acme used less than 1 % of the CPU in the last hour.')
  })

  test('says that figures are estimated, and from how many windows', () => {
    const reading = { exact: false, windows: 3_540 }
    const rows = [account('acme', { cpuMs: 30_000, requests: 5, exact: false, heldOthers: { requests: 2, ms: 40 } })]
    const by = (figure: RankedBy): string =>
      said({ accounts: rows, all: { cpuMs: 90_000, requests: 5 }, reading }, { by: figure })
    expect(by('cpu')).toBe(
      'acme used 33 % of the CPU in the last hour, and held up 2 requests of other accounts for 40 ms. Estimated from 3,540 windows.',
    )
    expect(by('heldUp')).toBe(
      'acme held up 2 requests of other accounts for 40 ms in the last hour. Estimated from 3,540 windows.',
    )
    // Requests are counted, not estimated.
    expect(by('requests')).toBe('acme had 5 requests in the last hour, 100 % of all requests.')
  })

  test('of routes names the route, and the requests that it held up', () => {
    const routes = [route('POST /api/v1/export', { cpuMs: 55_000, heldOthers: { requests: 20, ms: 4_200 } })]
    expect(said({ routes, all: { cpuMs: 100_000 } }, {}, 'route')).toBe(
      'POST /api/v1/export used 55 % of the CPU in the last hour, and held up 20 other requests for 4.2 s.',
    )
    expect(
      said({ routes: [route('(no route)', { requests: 3 })], all: { requests: 3 } }, { by: 'requests' }, 'route'),
    ).toBe('Work without a route had 3 requests in the last hour, 100 % of all requests.')
  })

  test('of the routes of one account tells shares of the work for that account', () => {
    const routesOf = { globex: globexRoutes }
    expect(said({ ...given, routesOf }, { account: 'globex' }, 'route')).toBe(
      'Of the work for globex, POST /api/v1/export used 99 % of the CPU in the last hour.',
    )
  })
})

describe('the sentence for a reader of one account', () => {
  test.each<[RankedBy, string]>([
    ['cpu', 'acme used 4.52 min of CPU in the last hour.'],
    ['heldUp', 'Only readers of everything see how long others were held up.'],
    ['queries', 'acme used 1.02 min of query time in the last hour (1 query).'],
    ['pool', 'acme had connections of pools for 100 ms in the last hour.'],
    ['bytes', 'acme transferred 1.24 MB in the last hour, nearly all of them in GET /api/v1/posts.'],
    ['requests', 'acme had 41,206 requests in the last hour, most of them in GET /api/v1/posts.'],
    ['errors', 'acme had 1 failure in the last hour.'],
    ['counts.tokens', 'acme counted 18.8 M tokens in the last hour.'],
  ])('by %s has no share', (by, sentence) => {
    expect(said(given, { by }, 'account', acme)).toBe(sentence)
  })

  test('of the routes of another account says the same as of an unknown account', () => {
    const routesOf = { globex: globexRoutes }
    const asked = (name: string): string => said({ ...given, routesOf }, { account: name }, 'route', acme)
    expect(asked('globex')).toBe('No CPU was measured in the last hour.')
    expect(asked('globex')).toBe(asked('initech'))
  })
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
  fc.constantFrom(
    'evil\nglobex used 99 % of the CPU',
    '\u001b[31mred',
    '\u202egnp.exe',
    'a"b',
    '(anonymous)',
    'x'.repeat(200),
  ),
)
const anyRow = (name: 'account' | 'route') =>
  fc
    .record({
      name: anyText,
      cpuMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
      ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
      count: fc.nat(1e9),
      exact: fc.boolean(),
      path: anyText,
    })
    .map(({ name: text, cpuMs, ms, count, exact, path }) => {
      const sums = {
        requests: count,
        jobs: 1,
        errors: count,
        bytes: ms,
        queries: count,
        queryMs: ms,
        poolMs: ms,
        holdMs: ms,
      }
      const own = { ...sums, cpuMs, exact, heldOthers: { requests: count, ms }, counts: { [path]: count } }
      return name === 'account' ? account(text, own, [route(`POST ${path}`, own)]) : route(`GET ${text}`, own)
    })
// Control characters, line separators and marks that reorder text.
const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const anyFigure = fc.oneof(
  fc.constantFrom<RankedBy>(...rankings),
  anyText.map((name): RankedBy => `counts.${name}`),
)

describe('for all names and figures, the sentence', () => {
  test('is one line of at most 500 characters', () => {
    const rows = fc.array(anyRow('account'), { maxLength: 5 })
    const routes = fc.array(anyRow('route'), { maxLength: 5 })
    fc.assert(
      fc.property(rows, routes, anyFigure, fc.nat(1e9), (accounts, routes, by, all) => {
        for (const of of ['account', 'route'] as const) {
          const sentence = said({ accounts, routes, all: { cpuMs: all } }, { by }, of)
          expect(sentence).not.toMatch(dangerous)
          expect(sentence.length).toBeLessThanOrEqual(500)
          expect(sentence).toMatch(/^\S.*\.$/)
        }
      }),
    )
  })

  test('for a reader of one account does not depend on other accounts', () => {
    const rows = fc.array(anyRow('account'), { maxLength: 5 })
    fc.assert(
      fc.property(rows, anyRow('account'), anyFigure, (accounts, own, by) => {
        const mine = { ...own, account: 'acme' }
        const foreign = accounts.filter((one) => one.account !== 'acme')
        const alone = said({ accounts: [mine] }, { by }, 'account', acme)
        expect(said({ accounts: [...foreign, mine], all: { cpuMs: 5 } }, { by }, 'account', acme)).toBe(alone)
      }),
    )
  })
})
