// The balancer over real servers and sockets.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { addressOf, closeServer, listen } from '../server.js'
import { deadAddress } from '../testing/site.js'
import { type Balancer, SERVED_BY, startBalancer, type Target } from './balancer.js'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

async function targetOf(
  name: string,
  handler: Handler = (_, res) => res.end(name),
): Promise<Target & { server: Server }> {
  const server = createServer(handler)
  await listen(server, 0, '127.0.0.1')
  onTestFinished(() => closeServer(server))
  return { name, url: addressOf(server), server }
}

async function balancerOf(...targets: Target[]): Promise<Balancer> {
  const balancer = await startBalancer(0, '127.0.0.1', targets)
  onTestFinished(() => balancer.close(0))
  return balancer
}

const namesOf = async ({ url }: Balancer, times: number): Promise<(string | null)[]> => {
  const names: (string | null)[] = []
  for (let n = 0; n < times; n++) names.push((await fetch(url)).headers.get(SERVED_BY))
  return names
}

test('each process gets one request of each round, and the response names the one that answered', async () => {
  const balancer = await balancerOf(await targetOf('one'), await targetOf('other'), await targetOf('third'))
  for (let round = 0; round < 5; round++) {
    expect((await namesOf(balancer, 3)).sort()).toEqual(['one', 'other', 'third'])
  }
})

test('of two requests that always follow each other, each process gets both', async () => {
  const balancer = await balancerOf(await targetOf('one'), await targetOf('other'))
  const ofFirst = new Set<string | null>()
  // 2^-50 is the chance that a right balancer fails.
  for (let pair = 0; pair < 50; pair++) ofFirst.add((await namesOf(balancer, 2))[0] ?? null)
  expect([...ofFirst].sort()).toEqual(['one', 'other'])
})

test('a process that is left out gets no more requests', async () => {
  const [one, other] = [await targetOf('one'), await targetOf('other')]
  const balancer = await balancerOf(one, other)
  expect(balancer.leaveOut(one)).toBe(1)
  expect(await namesOf(balancer, 3)).toEqual(['other', 'other', 'other'])
})

test('a request that a process does not accept goes to the next one with its body', async () => {
  const echo = await targetOf('echo', (req, res) => void req.pipe(res))
  const balancer = await balancerOf({ name: 'dead', url: await deadAddress() }, echo)
  const response = await fetch(balancer.url, { method: 'POST', body: 'a post' })
  expect([await response.text(), response.headers.get(SERVED_BY)]).toEqual(['a post', 'echo'])
})

test('without a process that accepts it, a request gets 503, and one whose process breaks off gets 502', async () => {
  expect((await fetch((await balancerOf({ name: 'dead', url: await deadAddress() })).url)).status).toBe(503)
  const received = vi.fn()
  const rude: Handler = (req) => {
    received()
    req.socket.destroy()
  }
  const balancer = await balancerOf(await targetOf('rude', rude), await targetOf('second', rude))
  expect((await fetch(balancer.url, { method: 'POST', body: 'once' })).status).toBe(502)
  expect(received).toHaveBeenCalledTimes(1)
})

test('headers pass as they were sent, but for those of the connection; the caller is added to X-Forwarded-For', async () => {
  const seen = await targetOf('seen', (req, res) => {
    res.writeHead(200, [...['Set-Cookie', 'a=1'], ...['Set-Cookie', 'b=2'], ...['X-Request-ID', 'own']])
    res.end(JSON.stringify(req.rawHeaders))
  })
  const { hostname, port } = new URL((await balancerOf(seen)).url)
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.write(
    `GET /a?b=%20c HTTP/1.1\r\nHost: shop.example\r\nX-Request-ID: mine\r\ntraceparent: ${traceparent}\r\n` +
      'X-Forwarded-For: 203.0.113.7\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n\r\n',
  )
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Request-ID: own\r\n/)
  const given = ['Host', 'shop.example', 'X-Request-ID', 'mine', 'traceparent', traceparent]
  const [json = ''] = /\[.*\]/.exec(body) ?? []
  expect(JSON.parse(json)).toEqual([...given, 'x-forwarded-for', '203.0.113.7, 127.0.0.1', 'connection', 'keep-alive'])
})

test('an event stream passes event by event, and ends in the process when the reader leaves', async () => {
  let open: ServerResponse | undefined
  const events = await targetOf('events', (_, res) => {
    open = res
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  const leaving = new AbortController()
  const response = await fetch((await balancerOf(events)).url, { signal: leaving.signal })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    open?.write(text)
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(text)
  }
  const closed = once(open as ServerResponse, 'close')
  leaving.abort()
  await closed
})

test('a body passes while it is sent, and a caller who goes away in it is gone for the process too', async () => {
  const aborted = vi.fn()
  const first = vi.fn()
  const slow = await targetOf('slow', (req) => {
    req.once('data', first)
    req.once('close', aborted)
  })
  const sent = request((await balancerOf(slow)).url, { method: 'POST' })
  sent.on('error', () => {})
  sent.write('half')
  await vi.waitFor(() => expect(first).toHaveBeenCalled())
  expect(aborted).not.toHaveBeenCalled()
  sent.destroy()
  await vi.waitFor(() => expect(aborted).toHaveBeenCalled())
})

test('an answer that breaks off half-way breaks off for the caller too', async () => {
  const half = await targetOf('half', (_, res) => {
    res.writeHead(200, { 'content-length': '100' }).write('half', () => res.destroy())
  })
  const response = await fetch((await balancerOf(half)).url)
  await expect(response.text()).rejects.toThrow()
})

test('an answer that comes before the whole body reaches the caller', async () => {
  const refusing = await targetOf('refusing', (_, res) => {
    res.writeHead(413).end('too large')
  })
  const { hostname, port } = new URL((await balancerOf(refusing)).url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
  const writing = setInterval(() => socket.writableNeedDrain || socket.write(Buffer.alloc(65_536)), 1)
  onTestFinished(() => clearInterval(writing))
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /)
})
