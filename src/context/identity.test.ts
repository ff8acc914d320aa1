import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyIdentity, type Identity, IdentityError } from './identity.js'
import { createContext } from './request-context.js'

const codeOf = (fn: () => void): string => {
  try {
    fn()
  } catch (error) {
    return error instanceof IdentityError ? error.code : String(error)
  }
  return 'nothing thrown'
}

describe('an identity', () => {
  it('is noted on the context with account, user and roles', () => {
    const context = createContext('request')
    applyIdentity(context, { account: 'acme', user: 'mara', roles: ['admin'] })
    expect(context).toMatchObject({ account: 'acme', user: 'mara', roles: ['admin'] })
  })

  it('may be completed later for the same account, and keeps what it does not name', () => {
    const context = createContext('request')
    applyIdentity(context, { account: 'acme', roles: ['admin'] })
    applyIdentity(context, { account: 'acme', user: 'mara' })
    expect(context).toMatchObject({ account: 'acme', user: 'mara', roles: ['admin'] })
  })

  it('of another account is refused, and leaves the first untouched, unless the switch is explicit', () => {
    const context = createContext('request')
    applyIdentity(context, { account: 'acme', user: 'mara' })
    expect(codeOf(() => applyIdentity(context, { account: 'globex', user: 'eve' }))).toBe('ERR_SPOOR_ACCOUNT_SWITCH')
    expect(context).toMatchObject({ account: 'acme', user: 'mara' })
    applyIdentity(context, { account: 'globex', user: 'eve' }, { switch: true })
    expect(context).toMatchObject({ account: 'globex', user: 'eve' })
  })

  it('leaves user and roles of the first account behind when the account is switched', () => {
    const context = createContext('request')
    applyIdentity(context, { account: 'acme', user: 'mara', roles: ['admin'] })
    applyIdentity(context, { account: 'globex' }, { switch: true })
    expect(context).toMatchObject({ account: 'globex', user: undefined, roles: [] })
  })

  it('is copied: the array of roles that was given does not change it later', () => {
    const context = createContext('request')
    const roles = ['reader']
    applyIdentity(context, { roles })
    roles.push('admin')
    expect(context.roles).toEqual(['reader'])
  })

  it('is what it was when it was looked at: each member is read once', () => {
    let asked = 0
    const shifting = { get account() { return asked++ === 0 ? 'acme' : ({ evil: 1 } as never) } } // biome-ignore format: short
    const context = createContext('request')
    applyIdentity(context, shifting)
    expect(context.account).toBe('acme')
  })

  it('is refused if it is invalid, with what was expected and without the value', () => {
    const nonsense = [
      null,
      [],
      7,
      'acme',
      { account: 1.5 },
      { account: Number.NaN },
      { account: 2 ** 53 },
      { user: true },
      { roles: ['a', 7] },
      { account: '' },
      { account: 'x'.repeat(201) },
      { roles: 'admin' },
    ]
    for (const value of nonsense) {
      const context = createContext('request')
      expect(codeOf(() => applyIdentity(context, value as Identity))).toBe('ERR_SPOOR_IDENTITY')
      expect(context.account).toBeUndefined()
    }
    expect(() => applyIdentity(createContext('request'), 'token-7f3a' as Identity)).toThrow(
      'account resolver: expected { account?, user?, roles? } or undefined, got a string of 10 characters',
    )
  })

  it('is accepted or refused as a whole, for any answer of a resolver', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const context = createContext('request')
        const before = { ...context }
        const refused = codeOf(() => applyIdentity(context, value as Identity)) === 'ERR_SPOOR_IDENTITY'
        if (refused) expect(context).toEqual(before)
        expect(context.account === undefined || typeof context.account === 'string').toBe(true)
        expect(Array.isArray(context.roles)).toBe(true)
      }),
    )
  })

  it('takes integers as text, for account and user alike', () => {
    for (const [id, text] of [
      [7, '7'],
      [0, '0'],
      [-1, '-1'],
      [Number.MAX_SAFE_INTEGER, '9007199254740991'],
      [2n ** 64n, '18446744073709551616'],
    ] as const) {
      const context = createContext('request')
      applyIdentity(context, { account: id, user: id })
      expect([context.account, context.user]).toEqual([text, text])
      applyIdentity(context, { account: text })
    }
  })

  it('is refused with a member that is mistyped, which is named with what was meant', () => {
    const mistyped = {
      accountId: 'account',
      account_id: 'account',
      acount: 'account',
      Account: 'account',
      userId: 'user',
      role: 'roles',
    }
    for (const [name, meant] of Object.entries(mistyped)) {
      const call = () => applyIdentity(createContext('request'), { [name]: 'acme' })
      expect(call).toThrow(IdentityError)
      expect(call).toThrow(
        `account resolver: "${name}": expected only account, user and roles, got another member; did you mean ${meant}?`,
      )
    }
    expect(() => applyIdentity(createContext('request'), { ['tenant\n']: 7 } as object)).toThrow(
      '"tenant\\n": expected',
    )
  })

  it.each<[string, object, string]>([
    [
      'a promise that was not awaited',
      Promise.resolve({ account: 'acme' }),
      'got a promise without these members; await it',
    ],
    ['a Map', new Map([['account', 'acme']]), 'got an object without these members; return a plain'],
    ['a Date', new Date(), 'got an object without these members'],
    [
      'an object of a class with another getter',
      new (class {
        get accountId() {
          return 'acme'
        }
      })(),
      'got an object',
    ],
    ['an object that inherits a mistyped member', Object.create({ accountId: 'acme' }), 'got an object'],
    ['a symbol as the name', { [Symbol('account')]: 'acme' }, 'got an object without these members'],
    [
      'a hidden member that is mistyped',
      Object.defineProperty({}, 'accountId', { value: 'acme' }),
      'did you mean account?',
    ],
  ])('is refused if it says nothing: %s', (_, value, message) => {
    const context = createContext('request')
    expect(() => applyIdentity(context, value as Identity)).toThrow(message)
    expect(context.account).toBeUndefined()
  })

  it('may be empty, with or without a prototype', () => {
    for (const empty of [{}, Object.create(null)]) applyIdentity(createContext('request'), empty)
  })

  it('is refused with a message that says who gave it and which kind of number it holds', () => {
    const message = (value: unknown, who?: string): string => {
      try {
        applyIdentity(createContext('request'), value as Identity, undefined, who)
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    expect(message(undefined, 'identify')).toBe('identify: expected { account?, user?, roles? }, got undefined')
    expect(message(7)).toMatch(/, got a number$/)
    expect(message({ account: Number.NaN })).toMatch(/, got NaN$/)
    expect(message({ account: -Infinity })).toMatch(/, got -Infinity$/)
    expect(message({ account: 1.5 })).toMatch(/, got a number with a fraction$/)
    expect(message({ account: 2 ** 53 })).toMatch(/, got a number beyond 2\^53$/)
    expect(message({ account: Promise.resolve('acme') })).toMatch(/, got a promise$/)
  })

  it('is what its own members say: none from a prototype', () => {
    const inherited = Object.create({ account: 'acme', roles: ['admin'] })
    expect(() => applyIdentity(createContext('request'), inherited)).toThrow(
      'account: expected an own member, got an inherited one; return a plain { account, user, roles }',
    )
    const context = createContext('request', { account: 'acme' })
    expect(codeOf(() => applyIdentity(context, { account: 'globex' }, Object.create({ switch: true })))).toBe(
      'ERR_SPOOR_ACCOUNT_SWITCH',
    )
  })
})
