import { describe, expect, it, vi } from 'vitest'
import type { ListedRequest } from '../protocol.js'

vi.stubGlobal('location', { hash: '' })
vi.stubGlobal('addEventListener', () => undefined)
const { findIn, isWholeId, mayBeId, timeOfPrefix } = await import('./find.js')

const id = '01a20dde-1314-7c1e-9b52-6f0d3a81c7e4'
const request = (more: Partial<ListedRequest>): ListedRequest =>
  ({
    id,
    requestId: id,
    kind: 'request',
    method: 'GET',
    path: '/api/v1/posts/8841',
    route: '/api/v1/posts/:id',
    ...more,
  }) as ListedRequest
const known = {
  requests: [request({}), request({ id: 'x-2', requestId: 'x-2', path: '/favicon.ico', route: undefined })],
  accounts: ['acme', 'globex'],
  routes: ['/api/v1/posts/:id', '/api/v1/publish'],
  hasLines: true,
}
const found = (text: string) => findIn(known, text).map(({ what, text }) => `${what}: ${text}`)

describe('the find box', () => {
  it('finds a part of an id, at its start or end', () => {
    expect(found('3a81c7e4')[0]).toBe(`request: ${id}`)
    expect(found('01a20dde-13')[0]).toBe(`request: ${id}`)
  })

  it('finds a path by its route, and one without a route by itself', () => {
    expect(found('/posts')[0]).toBe('path: /api/v1/posts/:id')
    expect(found('favicon')).toContain('path: /favicon.ico')
  })

  it('finds an account, a field, and words in lines, in this order', () => {
    expect(found('acme')).toEqual(['account: acme', 'lines: lines with “acme”'])
    expect(found('plan=pro')).toEqual(['field: plan=pro', 'lines: lines with “plan=pro”'])
    expect(findIn(known, 'plan=pro')[0]?.address).toBe('#/requests?field.plan=pro')
    expect(findIn(known, 'out of stock')[0]?.address).toBe('#/logs?q=out+of+stock')
  })

  it('offers no lines where there are none', () => {
    expect(findIn({ ...known, hasLines: false }, 'words here')).toEqual([])
  })

  it('tells whole ids from parts', () => {
    expect(isWholeId(` ${id} `)).toBe(true)
    expect(isWholeId(id.slice(1))).toBe(false)
    expect(mayBeId('3a81c7e4')).toBe(true)
    expect(mayBeId('two words 1')).toBe(false)
  })

  it('knows the time of the first digits of an id', () => {
    const now = 0x01a20dde1314
    expect(timeOfPrefix('01a20dde-1314-7c1e', now)).toEqual({ from: now, to: now + 1 })
    const wide = timeOfPrefix('01a20dde', now)
    expect(wide && wide.from <= now && now < wide.to).toBe(true)
    expect(timeOfPrefix('3a81c7e4', now)).toBeUndefined()
    expect(timeOfPrefix('acme', now)).toBeUndefined()
  })
})
