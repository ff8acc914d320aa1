import { getActiveResourcesInfo } from 'node:process'
import { describe, expect, it } from 'vitest'
import type { Identity } from './identity.js'
import { createContext } from './request-context.js'
import { resolveIdentity } from './resolver.js'

const timers = (): number => getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

class ForeignPromise implements PromiseLike<Identity> {
  // biome-ignore lint/suspicious/noThenProperty: libraries older than Promise have promises of their own
  then<A, B>(done?: ((identity: Identity) => A | PromiseLike<A>) | null): PromiseLike<A | B> {
    return Promise.resolve({ user: 'mara' }).then(done) as PromiseLike<A | B>
  }
}

describe('an account resolver', () => {
  it('that returns synchronously costs no turn of the event loop', () => {
    const context = createContext('request')
    expect(resolveIdentity(context, () => ({ account: 'acme' }), 1_000)).toBeUndefined()
    expect(context.account).toBe('acme')
  })

  it('may be asynchronous, also with a promise of another library, and leaves no timer', async () => {
    const before = timers()
    const context = createContext('request')
    await resolveIdentity(context, async () => ({ account: 'acme' }), 60_000)
    expect(context.account).toBe('acme')
    await resolveIdentity(context, () => new ForeignPromise(), 60_000)
    expect(context.user).toBe('mara')
    expect(timers()).toBe(before)
  })

  it.each([undefined, null])('that returns %s leaves the request anonymous', async (nobody) => {
    const context = createContext('request')
    resolveIdentity(context, () => nobody, 1_000)
    await resolveIdentity(context, async () => nobody, 1_000)
    expect([context.account, context.user, context.roles]).toEqual([undefined, undefined, []])
  })

  it.each([undefined, null])('that returns %s keeps the identity that is known already', async (nobody) => {
    const context = createContext('request')
    resolveIdentity(context, () => ({ account: 'acme' }), 1_000)
    resolveIdentity(context, () => nobody, 1_000)
    await resolveIdentity(context, async () => nobody, 1_000)
    expect(context.account).toBe('acme')
  })

  it('that throws or rejects passes its error on', async () => {
    const broken = new Error('the database is down')
    const context = createContext('request')
    expect(() => {
      resolveIdentity(
        context,
        () => {
          throw broken
        },
        1_000,
      )
    }).toThrow(broken)
    await expect(resolveIdentity(context, () => Promise.reject(broken), 1_000)).rejects.toBe(broken)
  })

  it('that hangs does not keep the process alive', async () => {
    const before = timers()
    const resolved = resolveIdentity(createContext('request'), () => new Promise(() => {}), 20)
    expect(timers()).toBe(before)
    await expect(resolved).rejects.toMatchObject({ code: 'ERR_SPOOR_RESOLVER_TIMEOUT' })
  })

  it('that hangs fails after its time limit, and its later result is ignored', async () => {
    const context = createContext('request')
    let answer: (identity: Identity) => void = () => {}
    const late = new Promise<Identity>((resolve) => {
      answer = resolve
    })
    const resolved = resolveIdentity(context, () => late, 5)
    await expect(resolved).rejects.toMatchObject({
      code: 'ERR_SPOOR_RESOLVER_TIMEOUT',
      message: 'account resolver: no answer within 5 ms (resolveWithinMs)',
    })
    answer({ account: 'acme' })
    await late
    expect(context.account).toBeUndefined()
  })
})
