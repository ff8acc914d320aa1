import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redaction, secretKeys } from './redaction.js'
import { safeFields, safeValue } from './safe-value.js'

describe('a key', () => {
  test.each([...secretKeys])('%s is hidden', (key) => {
    expect(redaction().hides(key)).toBe(true)
  })

  test.each(['PASSWORD', 'Api-Key', 'ApiKey', 'access-token', 'accessToken', 'Set_Cookie', 'X-Signature'.slice(2)])(
    '%s is hidden: case, - and _ do not matter',
    (key) => {
      expect(redaction().hides(key)).toBe(true)
    },
  )

  test.each(['cookies', 'tokens', 'secrets', 'passwords', 'apiKeys', 'sessionIds', 'password1', 'new_password2'])(
    '%s is hidden: one or many, numbered or not',
    (key) => {
      expect(redaction().hides(key)).toBe(true)
    },
  )

  test.each([
    'sessionId',
    'session_id',
    'connect.sid',
    'secret_key',
    'secretAccessKey',
    'AWS_SECRET_ACCESS_KEY',
    'accessKey',
    'passphrase',
    'DB_PWD',
    'password_confirmation',
    'passwordConfirmation',
  ])('%s is hidden, although the contract does not list it', (key) => {
    expect(redaction().hides(key)).toBe(true)
  })

  test.each([
    'user',
    'accessKeyId',
    'sha1',
    's',
    '1',
    'account',
    'passport',
    'secretary',
    'kids',
    'side',
    'authorisation',
    '',
    '__proto__',
    'constructor',
  ])('%j is shown', (key) => {
    expect(redaction().hides(key)).toBe(false)
  })

  test('of the service is hidden beside the built-in ones', () => {
    const own = redaction(['pin_code'], '***')
    expect(['pinCode', 'PIN-CODE', 'password'].map((key) => own.hides(key))).toEqual([true, true, true])
    expect(safeFields({ pinCode: 1234, a: 1 }, own)).toEqual({ pinCode: '***', a: 1 })
  })

  test('is redacted the same after any number of other keys', () => {
    const { hides } = redaction()
    for (let i = 0; i < 5_000; i++) expect(hides(`key ${i}`)).toBe(false)
    expect(hides('password')).toBe(true)
    expect(hides('refresh_token')).toBe(true)
    expect(hides('fresh')).toBe(false)
  })
})

describe('redaction by key', () => {
  const secret = 'hunter2-canary'
  const told = [`password=${secret}`, `Bearer ${secret}`, `https://eve:${secret}@h/`, `{"token":"${secret}"}`]
  const throwing = (error: unknown) => ({
    get a() {
      throw error
    },
    toString: () => {
      throw error
    },
  })
  // Any nesting of objects, arrays, Maps, Sets and errors round an object that holds a secret under a secret key.
  const nested = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom(...secretKeys, 'Password', 'ACCESS-TOKEN').map((key) => ({ [key]: secret, other: 1 })),
      fc.constantFrom(...told).map((text) => Object.assign(new Error('x'), { name: text })),
      fc.constantFrom(...told).map((text) => Object.assign(new Error(text), { code: text })),
      fc.constantFrom(...told).map((text) => throwing(new Error(text))),
      fc.constantFrom(...told).map((text) => throwing(Object.assign(new Error('x'), { message: [text] }))),
      tie('value').map((inner) => ({ inner })),
      tie('value').map((inner) => [1, inner]),
      tie('value').map((inner) => new Map([['inner', inner]])),
      tie('value').map((inner) => new Set([inner])),
      tie('value').map((inner) => Object.assign(new Error('x', { cause: inner }), { inner })),
      tie('value').map((inner) => ({ toJSON: () => inner })),
    ),
  })).value

  test('finds planted secrets at any depth', () => {
    fc.assert(
      fc.property(nested, (value) => {
        expect(JSON.stringify(safeValue(value, redaction()))).not.toContain(secret)
      }),
    )
  })

  test('hides whole objects and lists under a secret key', () => {
    expect(safeValue({ session: { id: secret }, token: [secret] }, redaction())).toEqual({
      session: '[redacted]',
      token: '[redacted]',
    })
  })

  test('hides values in a raw list of headers as in an object of headers', () => {
    const rawHeaders = ['Host', 'h', 'Cookie', `sid=${secret}`, 'X-Api-Key', secret, 'Accept']
    const shown = ['Host', 'h', 'Cookie', '[redacted]', 'X-Api-Key', '[redacted]', 'Accept']
    expect(safeValue({ rawHeaders, inner: { raw_headers: rawHeaders } }, redaction())).toEqual({
      rawHeaders: shown,
      inner: { raw_headers: shown },
    })
    expect(safeValue({ rawTrailers: rawHeaders }, redaction())).toEqual({ rawTrailers: shown })
    expect(safeValue({ rawHeaders: 'none' }, redaction())).toEqual({ rawHeaders: 'none' })
    expect(rawHeaders[3]).toBe(`sid=${secret}`)
  })

  test('never changes its input', () => {
    const value = Object.freeze({ password: secret, list: Object.freeze([Object.freeze({ token: secret })]) })
    safeValue(value, redaction())
    expect(value).toEqual({ password: secret, list: [{ token: secret }] })
  })
})
