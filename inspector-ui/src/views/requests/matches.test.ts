import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matches as matchesInService } from '../../../../src/records/filter.js'
import type { ListedRequest } from '../../protocol.js'
import { type RequestFilter, readFilter } from './filter.js'
import { matches } from './matches.js'

const some = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values)
const ms = fc.constantFrom(0, 0.5, 10, 100, 250)

const items = fc.record({
  id: fc.constant('x'),
  kind: fc.constantFrom('request', 'job'),
  account: some('acme', 'globex'),
  user: some('mara'),
  route: some('/a', '/a/:id'),
  status: some(200, 204, 404, 500, 503),
  parentId: some('p'),
  instance: fc.constantFrom('web-1:41', 'web-1:42', 'web-2:41'),
  startedAt: fc.constant('2026-11-24T14:03:07.412Z'),
  durationMs: ms,
  cpu: fc.option(fc.record({ ms }), { nil: undefined }),
  waits: fc.option(
    fc.record({ heldUpMs: ms, outgoingMs: ms, queriesMs: ms, poolMs: ms, stepsMs: ms, otherMs: ms, unmeasuredMs: ms }),
    { nil: undefined },
  ),
  fields: some<Record<string, unknown>>({ plan: 'pro' }, { plan: 7 }, { plan: { a: 1 } }, { plan: null }),
  error: some<unknown>({ code: 'E_BAD' }, 'text'),
})

const filters = fc.record({
  kind: some('request', 'job', 'both'),
  account: some('acme'),
  user: some('mara'),
  route: some('/a'),
  status: some('404', '5xx', '2xx'),
  over: some('10', '100'),
  dominant: some('cpu', 'held', 'outgoing', 'queries', 'pool', 'other'),
  process: some('web-1', '41', 'web-1 41', 'web-2:41'),
  measured: some('true', 'false'),
  errorCode: some('E_BAD'),
  parentId: some('p'),
  'field.plan': some('pro', '7', 'null'),
})

function asked(filter: RequestFilter): Parameters<typeof matchesInService>[0] {
  const { fields, ...others } = filter
  return { ...others, fields: Object.fromEntries(fields) }
}

it('takes the same requests from the live stream as the service lists', () => {
  fc.assert(
    fc.property(items, filters, (made, wanted) => {
      const item = { ...made, measured: made.cpu !== undefined } as unknown as ListedRequest
      const given = Object.entries(wanted).filter((pair): pair is [string, string] => pair[1] !== undefined)
      const filter = readFilter(new URLSearchParams(given))
      expect(matches(filter, item)).toBe(matchesInService(asked(filter))(item as never))
    }),
    { numRuns: 3_000 },
  )
})
