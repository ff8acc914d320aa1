import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { belongsTo, createContext, type WorkContext } from './request-context.js'
import { bindToContext, type ScopeSeed, scopeContext } from './scope.js'
import { currentContext, runWith } from './storage.js'

const inside = (outer: WorkContext, seed: ScopeSeed): WorkContext => runWith(outer, () => scopeContext(seed))

describe('a scope opened by hand', () => {
  it('has an id of its own and, inside a request, that request as its parent', () => {
    const request = createContext('request')
    const scope = inside(request, {})
    expect(scope.kind).toBe('run')
    expect(scope.requestId).not.toBe(request.requestId)
    expect(scope.parentId).toBe(request.requestId)
    expect(scopeContext({}).parentId).toBeUndefined()
  })

  it('works for the account of the request around it by default', () => {
    const request = createContext('request', { account: 'acme', user: 'mara', roles: ['admin'] })
    expect(inside(request, {})).toMatchObject({ account: 'acme', user: 'mara', roles: ['admin'] })
    expect(inside(request, { account: 'acme', user: 'otto' })).toMatchObject({ user: 'otto', roles: ['admin'] })
  })

  it('for another account has neither user nor roles', () => {
    const request = createContext('request', { account: 'acme', user: 'mara', roles: ['admin'] })
    expect(inside(request, { account: 'globex' })).toMatchObject({ account: 'globex', user: undefined, roles: [] })
  })

  it('accepts a valid id, and never fails on an invalid one', () => {
    expect(scopeContext({ requestId: 'nightly-7' }).requestId).toBe('nightly-7')
    const odd = scopeContext({ requestId: 'a\nb' })
    expect(odd.requestId).toBe(odd.id)
    expect(odd.clientRequestId).toBe('a?b')
  })

  it('belongs to the request around it, at any depth, and to no other', () => {
    const request = createContext('request')
    const deep = inside(inside(request, {}), {})
    expect(belongsTo(deep, request)).toBe(true)
    expect(belongsTo(request, deep)).toBe(false)
    expect(belongsTo(undefined, request)).toBe(false)
  })
})

it('a scope keeps no references to outer scopes: a timer may open the next one for ever', () => {
  let context = inside(createContext('request'), {})
  for (let turn = 0; turn < 10; turn++) context = inside(context, {})
  expect(context.within?.kind).toBe('request')
  let free = scopeContext({})
  for (let turn = 0; turn < 10; turn++) free = inside(free, {})
  expect(free.within).toBeUndefined()
})

describe('a bound callback', () => {
  it('runs in the context it was bound in, wherever it is called from', () => {
    const [mine, other] = [createContext('request'), createContext('request')]
    const bound = runWith(mine, () => bindToContext((word: string) => [word, currentContext()]))
    expect(runWith(other, () => bound('hello'))).toEqual(['hello', mine])
    expect(bound('hello')).toEqual(['hello', mine])
  })

  it('keeps the length and the name of the function, because libraries distinguish handlers by them', () => {
    function onError(_error: unknown, _request: unknown, _response: unknown, _next: unknown): void {}
    const method = onError.bind(undefined)
    for (const fn of [onError, method, () => {}, (_one: unknown, ..._rest: unknown[]) => {}]) {
      const { length, name } = bindToContext(fn)
      expect([length, name]).toEqual([fn.length, fn.name])
    }
  })

  it('is called with its receiver and arguments', () => {
    const bound = bindToContext(function (this: unknown, ...args: unknown[]) {
      return [this, args]
    })
    const receiver = {}
    expect(Reflect.apply(bound, receiver, [1, undefined])).toEqual([receiver, [1, undefined]])
  })

  it('keeps the AsyncLocalStorage of other libraries, too', () => {
    const theirs = new AsyncLocalStorage<string>()
    const bound = theirs.run('span 7', () => bindToContext(() => theirs.getStore()))
    expect(bound()).toBe('span 7')
  })

  it('runs outside any request if it was bound outside', () => {
    const bound = bindToContext(currentContext)
    expect(runWith(createContext('request'), () => bound())).toBeUndefined()
  })
})
