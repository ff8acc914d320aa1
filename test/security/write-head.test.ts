// Whatever a service gives `writeHead`, a client gets the bytes it gets from plain Node, with the headers of Spoor besides.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { afterAll, describe, expect, it } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'spoor-head-'))
const quiet = { console: false } as const
const logs = defineLogs({ directory, root: quiet, loggers: { requests: quiet } })
const spoor = createSpoor({ service: 'head', logs })
afterAll(async () => {
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
})

type Head = { writeHead(...args: unknown[]): ServerResponse }
type Use = (response: ServerResponse & Head) => unknown

interface Seen {
  /** The lines of the head in order, without those of Spoor and the date. */
  readonly head: string[]
  readonly thrown: unknown
}

/** What is on the wire, and what `use` threw. */
async function seen(use: Use, way: 'plain' | 'attached' | 'behind'): Promise<Seen> {
  let thrown: unknown
  const handler: RequestListener = (_request, response) => {
    try {
      use(response as ServerResponse & Head)
    } catch (error) {
      const { name, code } = error as { name: string; code?: string }
      thrown = { name, code }
    }
    response.end()
  }
  const listener = way === 'plain' ? handler : spoorNode(spoor, { handler: handler as never })
  const server = createServer(listener as RequestListener)
  if (way === 'attached') spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
  let text = ''
  client.on('data', (chunk) => {
    text += chunk
    if (text.includes('\r\n\r\n')) client.destroy()
  })
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await once(client, 'close')
  server.close()
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  const ids = lines.filter((line) => /^x-request-id:/i.test(line))
  expect(ids).toHaveLength(way === 'plain' ? ids.length : 1)
  return { head: lines.filter((line) => !/^(x-request-id|date):/i.test(line)), thrown }
}

const uses: Record<string, Use> = {
  'an object': (res) => res.writeHead(200, { 'X-Own': 'a', 'content-TYPE': 'text/plain' }),
  'a reason and an object': (res) => res.writeHead(200, 'Fine', { 'X-Own': 'a' }),
  'two names that differ in case': (res) => res.writeHead(200, { 'X-Own': 'a', 'x-own': 'b' }),
  'two cookies': (res) => res.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }),
  'a flat list': (res) => res.writeHead(200, ['X-Own', 'a', 'Y', 'b']),
  'a flat list with repeated names': (res) => res.writeHead(200, ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X', '1']),
  'a list of pairs': (res) =>
    res.writeHead(200, [
      ['X-Own', 'a'],
      ['x-own', 'b'],
    ]),
  'an id in any case, which ours replaces': (res) => res.writeHead(200, { 'x-request-ID': 'forged', A: 'b' }),
  'an id in a flat list': (res) => res.writeHead(200, ['A', 'b', 'X-Request-Id', 'forged', 'a', 'c']),
  'an id in pairs': (res) =>
    res.writeHead(200, [
      ['X-Request-Id', 'forged'],
      ['A', 'b'],
    ]),
  'numbers and lists': (res) => res.writeHead(200, { 'X-Own': 7, 'X-List': ['a', 'b'] }),
  'a name that objects have': (res) => res.writeHead(200, { constructor: 'c', __proto__: { inherited: 'x' } }),
  'a content length': (res) => res.writeHead(204, { 'Content-Length': 0 }),
  'a connection header': (res) => res.writeHead(200, { Connection: 'x-own' }),
  'headers after others were set': (res) => {
    res.setHeader('X-Set', 'a')
    res.writeHead(200, { 'x-set': 'b', 'X-Own': 'c', 'x-OWN': 'd' })
  },
  'an odd list after others were set': (res) => {
    res.setHeader('X-Set', 'a')
    res.writeHead(200, ['X-Own'])
  },
  'an empty list': (res) => res.writeHead(200, []),
  'a list of an empty pair': (res) => res.writeHead(200, [[]]),
  'a list of two empty pairs': (res) => res.writeHead(200, [[], []]),
  'an odd list': (res) => res.writeHead(200, ['X-Own']),
  'a pair of one': (res) => res.writeHead(200, [['X-Own']]),
  'a pair and a text': (res) => res.writeHead(200, [['X-Own', 'a'], 'b']),
  'an empty name': (res) => res.writeHead(200, { '': 'a' }),
  'a name with a blank': (res) => res.writeHead(200, { 'X Own': 'a' }),
  'a value with a line end': (res) => res.writeHead(200, { 'X-Own': 'a\r\nB: c' }),
  'a value that is undefined': (res) => res.writeHead(200, { 'X-Own': undefined }),
  null: (res) => res.writeHead(200, null),
  false: (res) => res.writeHead(200, false),
  zero: (res) => res.writeHead(200, 0),
  'a number that is not one': (res) => res.writeHead(200, Number.NaN),
  true: (res) => res.writeHead(200, true),
  'a text': (res) => res.writeHead(200, ''),
  'a Map': (res) => res.writeHead(200, new Map([['X-Own', 'a']])),
  'a Headers object': (res) => res.writeHead(200, new Headers({ 'X-Own': 'a' })),
  'undefined and headers': (res) => res.writeHead(200, undefined, { 'X-Own': 'a' }),
  'an invalid status': (res) => res.writeHead(1_000, { 'X-Own': 'a' }),
  'a symbol as a name': (res) => res.writeHead(200, [Symbol('x'), 'a']),
  'headers twice': (res) => {
    res.writeHead(200, { 'X-Own': 'a' })
    res.writeHead(200, { 'X-Own': 'b' })
  },
  'a second try after a mistake': (res) => {
    try {
      res.writeHead(200, { 'X Own': 'a' })
    } catch {
      res.writeHead(201, { 'X-Own': 'b' })
    }
  },
}

describe('a client gets from writeHead what plain Node sends', () => {
  it.each(Object.entries(uses))('with %s', async (_, use) => {
    const plain = await seen(use, 'plain')
    expect(await seen(use, 'attached')).toEqual(plain)
    expect(await seen(use, 'behind')).toEqual(plain)
  })

  it('with any list or object', async () => {
    const name = fc.constantFrom('A', 'a', 'X-Own', 'x-own', 'Set-Cookie', 'set-cookie', '')
    const value = fc.constantFrom('1', '2', 'a, b')
    const flat = fc.array(fc.oneof(name, value), { maxLength: 6 })
    const pairs = fc.array(fc.array(fc.oneof(name, value), { maxLength: 3 }), { maxLength: 3 })
    const given = fc.oneof(fc.dictionary(name, fc.oneof(value, fc.array(value, { maxLength: 2 }))), flat, pairs)
    await fc.assert(
      fc.asyncProperty(given, fc.boolean(), async (headers, isSet) => {
        const use: Use = (response) => {
          if (isSet && !Array.isArray(headers)) response.setHeader('X-Own', 'set')
          response.writeHead(200, headers)
        }
        expect(await seen(use, 'attached')).toEqual(await seen(use, 'plain'))
      }),
      { numRuns: 150 },
    )
  })

  it('with a list after setHeader, which Node 20 drops and no version accepts as pairs', async () => {
    for (const list of [
      ['Set-Cookie', 'a=1', 'set-cookie', 'b=2'],
      [
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    ]) {
      const { head } = await seen((response) => {
        response.setHeader('X-Set', 'a')
        response.writeHead(200, list)
      }, 'attached')
      expect(head).toEqual(expect.arrayContaining(['X-Set: a', 'Set-Cookie: a=1', 'Set-Cookie: b=2']))
    }
  })

  it('and the service can read its id from the response afterwards', async () => {
    let read: unknown
    await seen((response) => {
      response.writeHead(200, { 'X-Own': 'a' })
      read = response.getHeader('x-request-id')
    }, 'behind')
    expect(read).toEqual(expect.stringMatching(/^[\da-f-]{36}$/))
  })
})
