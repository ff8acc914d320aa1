import { AssertionError } from 'node:assert'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { spoorNode } from 'spoor/node'
import { type Capture, captureSpoor, secretsStayOut } from 'spoor/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { secretFinder } from './secret-forms.js'

const canary = 'Canary-7f3a/9c+21 "é"'
let captured: Capture<'billing'>

beforeEach(async () => {
  captured = await captureSpoor({ loggers: { billing: {} } })
})
afterEach(() => captured.close())

function found(): AssertionError {
  try {
    secretsStayOut(canary)
  } catch (error) {
    return error as AssertionError
  }
  throw new Error('expected an error, got none')
}

test('passes while no line and no record has the secret', () => {
  captured.logs.get('billing').info({ password: canary, nested: { api_key: canary } }, 'signed in')
  captured.spoor.runChild(captured.spoor.carry({ name: 'mail' }), {}, () => {})
  secretsStayOut(canary)
})

const forms: readonly [form: string, text: string][] = [
  ['as it is', canary],
  ['as it is', canary.toUpperCase()],
  ['JSON-escaped', JSON.stringify({ a: canary })],
  ['JSON-escaped twice', JSON.stringify(JSON.stringify({ a: canary }))],
  ['URL-encoded', `https://a.example/?q=${encodeURIComponent(canary)}`],
  ['URL-encoded', String(new URLSearchParams({ q: canary }))],
  ['in hex', Buffer.from(canary).toString('hex').toUpperCase()],
  ['in base64', Buffer.from(canary).toString('base64')],
  ['in base64', Buffer.from(`a:${canary}:b`).toString('base64')],
  ['in base64', Buffer.from(`ab:${canary}`).toString('base64')],
  ['in base64url', Buffer.from(`:${canary}é`).toString('base64url')],
]

test.each(forms)('finds a secret that stands %s in a field: %j', (form, text) => {
  // A neutral name, and a text that redaction leaves.
  const find = secretFinder(canary)
  expect(find(`before ${text} after`)).toMatch(new RegExp(`^${form.replace('64url', '64')}|^URL-encoded|^as it is`))
  captured.logs.get('billing').info({ order: { note: `before ${text} after` } }, 'paid')
  const { message, actual } = found()
  expect(message).toMatch(
    /^secretsStayOut: the secret is in 1 place\n- line 1 \(info, logger billing\): fields\.order\.note, /,
  )
  for (const shown of [message, JSON.stringify(actual)]) expect(find(shown)).toBeUndefined()
})

test('finds it in messages, in names of fields and in lists, and lists every place', () => {
  captured.logs.get('billing').warn({ list: ['a', canary], [canary]: 1 }, `paid with ${canary}`)
  expect(found().message.split('\n').slice(1).sort()).toEqual([
    '- line 1 (warn, logger billing): fields.list[1], as it is',
    '- line 1 (warn, logger billing): message, as it is',
    '- line 1 (warn, logger billing): the name of fields.(the secret), as it is',
  ])
})

test('finds it in a record, and in a response header of Spoor', async () => {
  const name = 'canary-7f3a9c21'
  const handler: Parameters<typeof spoorNode>[1]['handler'] = (_, response) => {
    captured.spoor.measure(name, () => {})
    response.end('hello')
  }
  const account = () => ({ account: 'acme', user: 'ann', roles: ['admin'] })
  const server = createServer(spoorNode(captured.spoor, { handler, account }))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const response = await fetch(url, { headers: { 'x-debug-resource-tracking': 'true' } })
  await response.text()
  await captured.close()
  const check = () => secretsStayOut(name, { capture: captured })
  expect(response.headers.get('server-timing')).toContain(name)
  expect(check).toThrow(/\n- record of the request [\w-]+: steps\[0\]\.name, as it is/)
  expect(check).toThrow(/\n- response of the request [\w-]+: header server-timing, as it is/)
})

test('finds it in the request id that a caller gave and Spoor believed', async () => {
  const id = 'canary-7f3a9c21'
  const trusting = await captureSpoor({ requestId: { trust: true } })
  const server = createServer(spoorNode(trusting.spoor, { handler: (_, response) => void response.end() }))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await (await fetch(url, { headers: { 'x-request-id': id } })).text()
  await trusting.close()
  expect(() => secretsStayOut(id, { capture: trusting })).toThrow(
    /response of the request: header x-request-id, as it is/,
  )
  expect(() => secretsStayOut(id, { capture: trusting })).not.toThrow(/7f3a9c21/)
})

test('throws an error of the test frameworks, whose stack begins in the test', () => {
  captured.logs.root.info(canary)
  const error = found()
  expect(error).toBeInstanceOf(AssertionError)
  expect(error.stack?.split('\n').find((row) => row.startsWith('    at '))).toContain('secrets.test.ts')
})

test('refuses what would find too much or nothing: short texts, no capture', async () => {
  expect(() => secretsStayOut('short')).toThrow('expected a text of 8 to 1,000 characters, got 5 characters')
  expect(() => secretsStayOut(undefined as never)).toThrow('got undefined')
  expect(() => secretsStayOut(canary, { capture: {} })).toThrow('expected what captureSpoor returns')
  await captured.close()
  expect(() => secretsStayOut(canary)).toThrow('expected an open capture, got none')
})

describe('the search', () => {
  const secret = fc.string({ unit: 'binary', minLength: 8, maxLength: 40 })

  test('finds every secret in base64 and base64url, whatever stands around it', () => {
    const bytes = fc.uint8Array({ maxLength: 12 })
    fc.assert(
      fc.property(secret, bytes, bytes, fc.constantFrom('base64', 'base64url'), (text, before, after, encoding) => {
        const all = Buffer.concat([before, Buffer.from(text), after])
        expect(secretFinder(text)(all.toString(encoding as BufferEncoding))).toBeDefined()
      }),
    )
  })

  test('finds every secret as it is, in hex, URL-encoded and JSON-escaped', () => {
    fc.assert(
      fc.property(secret, (text) => {
        const find = secretFinder(text)
        const whole = Buffer.from(text).toString()
        const encoded = [text, Buffer.from(text).toString('hex'), encodeURIComponent(whole), JSON.stringify([text])]
        for (const one of encoded) expect(find(`x${one}x`)).toBeDefined()
      }),
    )
  })

  test('finds nothing in texts without it', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.lorem(), (text, other) => {
        expect(secretFinder(text)(other)).toBeUndefined()
      }),
    )
  })
})
