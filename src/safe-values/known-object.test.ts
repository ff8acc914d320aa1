import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { redaction } from './redaction.js'
import { safeValue } from './safe-value.js'

const safe = (value: unknown) => safeValue(value, redaction())
const headers = { 'content-type': 'text/plain', 'x-api-key': 'CANARY', 'set-cookie': 'CANARY' }

describe('an object of the web without members of its own', () => {
  class Secretive {
    readonly #hidden = 'CANARY'
    shown(): string {
      return this.#hidden
    }
  }
  test.each<[string, () => unknown, unknown]>([
    [
      'a Response is its status and harmless headers',
      () => new Response('CANARY', { status: 404, statusText: 'Not Found', headers }),
      { status: 404, statusText: 'Not Found', headers: { 'content-type': 'text/plain' } },
    ],
    [
      'a Request is its method, address and harmless headers',
      () => new Request('https://h.example/a?token=CANARY', { method: 'POST', body: 'CANARY', headers }),
      { method: 'POST', url: 'https://h.example/a', headers: { 'content-type': 'text/plain' } },
    ],
    ['FormData is its entries', () => formData({ a: '1', password: 'CANARY' }), { a: '1', password: '[redacted]' }],
    ['a Blob is its size and type', () => new Blob(['abc'], { type: 'text/plain' }), '[3 bytes, text/plain]'],
    ['an AbortSignal says whether it aborted', () => new AbortController().signal, { aborted: false }],
    ['and why', () => AbortSignal.abort('gone'), { aborted: true, reason: 'gone' }],
    ['an Event is its type', () => new Event('close'), { type: 'close' }],
    ['a MessageEvent keeps no data', () => new MessageEvent('message', { data: 'CANARY' }), { type: 'message' }],
    ['a stream is its kind', () => new ReadableStream(), '[ReadableStream]'],
    ['a WeakMap is its kind', () => new WeakMap(), '[WeakMap]'],
    ['a generator is its kind', () => (function* () {})(), '[Generator]'],
    ['a key is its kind', () => createSecretKey(Buffer.from('CANARY')), expect.stringMatching(/KeyObject\]$/)],
    ['any other is the name of its class', () => new Secretive(), '[Secretive]'],
    ['a plain object is itself', () => ({}), {}],
  ])('%s', (_, make, expected) => {
    expect(safe(make())).toEqual(expected)
    expect(safe({ response: make() })).toEqual({ response: expected })
  })

  test('a DOMException is an error', () => {
    expect(safe(new DOMException('m', 'AbortError'))).toMatchObject({ type: 'AbortError', message: 'm' })
  })
})

function formData(entries: Record<string, string>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(entries)) data.append(name, value)
  return data
}
