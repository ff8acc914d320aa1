// What `writeHead` puts on the wire is the same with Spoor as without, but for Spoor's header.
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { afterAll, expect, test } from 'vitest'

const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
const spoor = createSpoor({ service: 'heads', logs })
afterAll(async () => {
  await spoor.close()
  await logs.close()
})

/** The lines of the head as they are written, without the date and our header, or the error that `writeHead` throws. */
async function headOf(write: (response: ServerResponse) => void, followed?: Spoor): Promise<string[]> {
  const thrown: string[] = []
  const listener: RequestListener = (_, response) => {
    try {
      write(response)
    } catch (error) {
      const { name, code, message } = error as NodeJS.ErrnoException
      thrown.push(`${name} ${code} ${message}`)
    }
    response.end('ok')
  }
  const server = createServer(listener)
  followed?.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  client.setEncoding('latin1').on('data', (more) => (text += more))
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await once(client, 'close')
  server.close()
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  return [...lines.filter((line) => !/^(?:date|x-request-id):/i.test(line)), ...thrown]
}

const heads: Record<string, (response: ServerResponse) => void> = {
  'no headers': (response) => response.writeHead(200),
  'a reason': (response) => response.writeHead(200, 'Fine'),
  'an object': (response) => response.writeHead(200, { 'X-A': '1', 'x-b': '2' }),
  'an object with a list': (response) => response.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }),
  'a flat list': (response) => response.writeHead(200, ['X-A', '1', 'x-b', '2']),
  'a flat list with a name twice': (response) => response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']),
  'a flat list with a name in two spellings': (response) => response.writeHead(200, ['X-A', '1', 'x-a', '2']),
  'an object with a name in two spellings': (response) => response.writeHead(200, { 'X-A': '1', 'x-a': '2' }),
  'headers set before': (response) => {
    response.setHeader('X-Before', '0')
    response.writeHead(200, { 'X-A': '1' })
  },
  'all headers removed before': (response) => {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.writeHead(200, { 'X-A': '1' })
  },
  'an object with the id of another request': (response) => response.writeHead(200, { 'x-request-id': 'mine', b: '1' }),
  'an object that inherits a header': (response) => response.writeHead(200, Object.create({ 'X-A': '1' })),
  'names of members of objects': (response) => response.writeHead(200, { constructor: '1', toString: '2' }),
  'an object whose member throws': (response) =>
    response.writeHead(200, {
      a: '1',
      get b(): string {
        throw new RangeError('no b')
      },
    }),
  'an odd list': (response) => response.writeHead(200, ['X-A']),
  'a list with an empty list': (response) => response.writeHead(200, [[]] as unknown as string[]),
  'an invalid status': (response) => response.writeHead(9),
  'an invalid name': (response) => response.writeHead(200, { 'a b': '1' }),
  'an invalid value': (response) => response.writeHead(200, { 'X-A': 'a\nb' }),
}

test.each(Object.keys(heads))('writeHead with %s writes the same head as without Spoor', async (name) => {
  const write = heads[name] as (response: ServerResponse) => void
  expect(await headOf(write, spoor)).toEqual(await headOf(write))
})

test.each(['set', 'appended', 'removed'])(
  'after writeHead, getHeader gives the id that was sent, also where the service had changed it: %s',
  async (how) => {
    const told: unknown[] = []
    const server = createServer((_, response) => {
      if (how === 'set') response.setHeader('x-request-id', 'mine')
      if (how === 'appended') response.appendHeader('x-request-id', 'mine')
      if (how === 'removed') response.removeHeader('x-request-id')
      response.writeHead(200, { b: '1' })
      told.push(response.getHeader('x-request-id'))
      response.end()
    })
    spoor.attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.close()
    expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(told).toEqual([headers.get('x-request-id')])
  },
)

test('an error of the service’s own headers makes no warning of Spoor', async () => {
  const lines: string[] = []
  const write = (text: Buffer): void => void lines.push(text.toString())
  const handler = { write, flush: async () => {}, close: async () => {}, format: 'json' as const }
  const to = { console: false, handlers: [handler] } as const
  const own = defineLogs({ files: false, root: to, loggers: { requests: to } })
  const followed = createSpoor({ service: 'own', logs: own })
  await headOf(heads['an object whose member throws'] as (response: ServerResponse) => void, followed)
  await followed.close()
  await own.close()
  expect(lines.join('')).toContain('"kind":"request"')
  expect(lines.join('')).not.toContain('could not follow')
})

test('a CONNECT gets no listener for the end of its socket', async () => {
  const counts: number[] = []
  for (const followed of [undefined, spoor]) {
    const server = createServer()
    server.on('connect', (_, socket) => {
      counts.push(socket.listenerCount('close'))
      socket.end('HTTP/1.1 200 OK\r\n\r\n')
    })
    followed?.attach(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
    client.write('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
    await once(client, 'close')
    server.close()
  }
  expect(counts[1]).toBe(counts[0])
})
