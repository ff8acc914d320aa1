import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amendJob, type Carried, carriedFrom, childContext, namedIn } from './carrier.js'
import { createContext } from './request-context.js'
import { isRequestId } from './request-id.js'
import { runWith } from './storage.js'

const request = createContext('request', { account: 'acme', user: 'mara', roles: ['admin'] })
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a carrier', () => {
  it('is plain JSON with an id of its own, its parent and account, and never a role', () => {
    const carried = carriedFrom(request, 'resize')
    expect(throughJson(carried)).toEqual(carried)
    expect(carried).toMatchObject({ v: 1, parentId: request.requestId, account: 'acme', name: 'resize' })
    expect(isRequestId(carried.id)).toBe(true)
    expect(JSON.stringify(carried)).not.toContain('admin')
  })

  it('keeps one id over all attempts, which have separate records', () => {
    const carried = throughJson(carriedFrom(request, 'resize'))
    const [first, second] = [childContext(carried).context, childContext(carried).context]
    expect(first.requestId).toBe((carried as Carried).id)
    expect(second.requestId).toBe(first.requestId)
    expect(second.id).not.toBe(first.id)
    expect(first).toMatchObject({
      kind: 'job',
      parentId: request.requestId,
      account: 'acme',
      roles: [],
      name: 'resize',
    })
  })

  it('marks a job for measuring only if the work that queues it is tracked', () => {
    const measured = createContext('request')
    measured.work.tracked = true
    const { context } = childContext(throughJson(carriedFrom(measured, 'resize')))
    expect(context.work.tracked).toBe(true)
    expect(carriedFrom(request, 'resize')).not.toHaveProperty('tracked')
    amendJob(context, { isFresh: true })
    expect(carriedFrom(context, 'next')).not.toHaveProperty('tracked')
  })

  it('from outside any request has no parent and no account', () => {
    const { context, refused } = childContext(throughJson(carriedFrom(undefined, undefined)))
    expect(refused).toBe(false)
    expect(context.parentId).toBeUndefined()
    expect(context.account).toBeUndefined()
  })

  it('is refused as a whole if any part is invalid: the job gets a fresh id and no account', () => {
    const good = throughJson(carriedFrom(request, 'resize')) as Record<string, unknown>
    const forged = [
      { v: 2 },
      { id: 'a b' },
      { id: 7 },
      { parentId: '\n' },
      { account: 7 },
      { account: 'x'.repeat(201) },
      { traceparent: 'nonsense' },
      { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00\r\nx-evil: 1` },
      { traceparent: 7 },
      { account: '' },
      { tracked: 'true' },
      { tracked: false },
      { traceparent: `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-${'c'.repeat(1_000_000)}` },
      { tracestate: `a=${'b'.repeat(1_000_000)}` },
    ]
    for (const change of forged) {
      const { context, refused } = childContext({ ...good, ...change })
      expect(refused).toBe(true)
      expect(context.account).toBeUndefined()
      expect(context.parentId).toBeUndefined()
      expect(context.requestId).toBe(context.id)
    }
  })

  it('with a forged trace state loses only that', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    for (const tracestate of ['a=1\r\nx-evil: 1', 7, null]) {
      const { context, refused } = childContext({ ...carriedFrom(request, 'resize'), traceparent, tracestate })
      expect(refused).toBe(false)
      expect(context).toMatchObject({ account: 'acme', trace: { traceparent, tracestate: undefined } })
    }
  })

  it.each([
    ['with an account of its own', { account: 'globex' }],
    ['without an account', {}],
  ])('%s takes nothing from the surrounding request', (_, whose) => {
    const { context } = runWith(request, () => childContext({ v: 1, id: 'job-1', ...whose }))
    expect(context).toMatchObject({ account: undefined, ...whose, user: undefined, roles: [], parentId: undefined })
    expect(context.work).not.toBe(request.work)
  })

  it('that is refused takes nothing from the surrounding request either', () => {
    const { context } = runWith(request, () => childContext('forged'))
    expect(context).toMatchObject({ account: undefined, user: undefined, roles: [], parentId: undefined })
  })

  it('is ignored by a job that begins a chain of its own, with its trace', () => {
    const traced = createContext('request', { account: 'acme', trace: 'own' })
    const { context } = childContext(carriedFrom(traced, 'tick'))
    amendJob(context, { isFresh: true })
    expect(context).toMatchObject({ parentId: undefined, account: undefined, name: 'tick' })
    expect(context.trace?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(context.trace?.traceId).not.toBe(traced.trace?.traceId)
  })

  it('accepts a name or none, and refuses any other value', () => {
    expect([namedIn(), namedIn({}), namedIn({ name: 'resize' })]).toEqual([undefined, undefined, 'resize'])
    for (const wrong of ['resize', null, 7])
      expect(() => namedIn(wrong)).toThrow("carry: expected an object, as in carry({ name: 'resize' }), got ")
    for (const wrong of [{ name: 7 }, { name: null }])
      expect(() => namedIn(wrong)).toThrow("carry: name: expected a string, as in carry({ name: 'resize' }), got ")
  })

  it('keeps parent and account with an invalid name, and cuts a long name', () => {
    expect(carriedFrom(request, '').name).toBeUndefined()
    expect(carriedFrom(request, 'x'.repeat(300)).name).toHaveLength(200)
    expect(childContext(carriedFrom(request, 'resize'), 'x'.repeat(300)).context.name).toHaveLength(200)
    expect(childContext(carriedFrom(request, 'resize'), '').context.name).toBe('resize')
    const long = childContext(carriedFrom(request, undefined)).context
    amendJob(long, { name: 'x'.repeat(300) })
    expect(long.name).toHaveLength(200)
    const { context, refused } = childContext({ ...carriedFrom(request, 'resize'), name: 7 })
    expect(refused).toBe(false)
    expect(context).toMatchObject({ account: 'acme', name: undefined })
  })

  it('adds the job to the jobs of its request, and counts those beyond the first 50', () => {
    const busy = createContext('request')
    const carried = Array.from({ length: 60 }, () => carriedFrom(busy, 'resize'))
    expect(busy.work.jobsQueued).toBe(60)
    expect(busy.work.jobs?.map(({ id }) => id)).toEqual(carried.slice(0, 50).map(({ id }) => id))
  })

  it('is read once, so changing values do not bypass the checks', () => {
    const answers = ['acme', '\n'.repeat(500)]
    const carried = Object.defineProperty({ ...carriedFrom(request, 'resize') }, 'account', {
      get: () => answers.shift(),
    })
    expect(childContext(carried).context.account).toBe('acme')
    const throwing = new Proxy({}, { get: () => expect.fail('touched') })
    expect(childContext(throwing).refused).toBe(true)
  })

  it('keeps id, account, name and trace through JSON and any number of hops, and never a role', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9._:@/+=~-]{1,200}$/)
    const text = fc.string({ minLength: 1, maxLength: 200 })
    const hops = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(id, fc.option(text), fc.option(text), hops, (requestId, account, name, left) => {
        const whose = { account: account ?? undefined, roles: ['admin'] }
        const first = createContext('request', { requestId, ...whose, trace: 'own' })
        for (let parent = first, hop = 0; hop < left; hop++) {
          const carried = throughJson(carriedFrom(parent, name ?? undefined)) as Carried
          const { context, refused } = childContext(carried)
          expect(refused).toBe(false)
          expect(context).toMatchObject({ requestId: carried.id, parentId: parent.requestId, account: whose.account })
          expect(context).toMatchObject({ name: name ?? undefined, trace: first.trace, roles: [] })
          parent = context
        }
      }),
    )
  })

  it('is refused or bounded after any change to one of its members', () => {
    const members = ['v', 'id', 'parentId', 'account', 'name', 'traceparent', 'tracestate']
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.anything(), (member, value) => {
        const { context, refused } = childContext({ ...carriedFrom(request, 'resize'), [member]: value })
        expect(isRequestId(context.requestId)).toBe(true)
        if (refused) expect(context).toMatchObject({ account: undefined, parentId: undefined, trace: undefined })
        expect((context.account ?? '').length).toBeLessThanOrEqual(200)
        expect((context.name ?? '').length).toBeLessThanOrEqual(200)
      }),
    )
  })

  it('gives a context with acceptable ids only, for any value from a queue', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { context } = childContext(value)
        expect(isRequestId(context.requestId)).toBe(true)
        expect(context.roles).toEqual([])
      }),
    )
  })
})
