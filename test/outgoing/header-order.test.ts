import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http, { Agent, type ClientRequest, createServer, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { request } from 'undici'
import { describe, expect, test } from 'vitest'
import { afterwards, following, target } from './started.js'

type Ask = (port: number) => RequestOptions & { readonly before?: (request: ClientRequest) => void }

/** A service that also takes requests without `Host`. */
const service = () =>
  target(
    (_, response) => response.end('x'),
    (listener) => createServer({ requireHostHeader: false }, listener),
  )

const ids = ['traceparent', 'x-request-id']

/** Resolves when the whole answer to a request has come. */
function asked(options: RequestOptions & { before?: (request: ClientRequest) => void }): Promise<void> {
  return new Promise((resolve, reject) => {
    const { before, ...rest } = options
    const made = http.request({ host: '127.0.0.1', ...rest }, (response) => response.resume().on('end', resolve))
    made.on('error', reject)
    before?.(made)
    made.end()
  })
}

/** Adds a header to every request as soon as it is made, as @sentry/node 11 does. */
function tracer(): void {
  const channel = 'http.client.request.created'
  const add = (message: unknown): void => {
    const { request } = message as { request: ClientRequest }
    if (!request.headersSent) request.setHeader('sentry-trace', 'a-b-1')
  }
  subscribe(channel, add)
  afterwards(() => unsubscribe(channel, add))
}

const ways: [string, Ask][] = [
  ['no headers', (port) => ({ port })],
  ['its own headers', (port) => ({ port, headers: { 'X-Own': '1', accept: '*/*' } })],
  ['a port as text', (port) => ({ port: String(port) })],
  ['the option auth', (port) => ({ port, auth: 'ada:secret' })],
  ['its own Host in front', (port) => ({ port, headers: { Host: `127.0.0.1:${port}`, 'X-Own': '1' } })],
  ['its own host in lower case', (port) => ({ port, headers: { 'X-Own': '1', host: `127.0.0.1:${port}` } })],
  ['the Host of a virtual host', (port) => ({ port, headers: { host: 'blog.example' } })],
  ['no Host at all', (port) => ({ port, setHost: false, headers: { 'X-Own': '1' } })],
  ['its own agent', (port) => ({ port, agent: new Agent({ keepAlive: false, maxSockets: 1 }) })],
  ['no shared agent', (port) => ({ port, agent: false })],
  ['its own connection and an agent', (port) => ({ port, agent: new Agent(), createConnection: () => connect(port) })],
  ['setHeader after it was made', (port) => ({ port, before: (request) => request.setHeader('X-Own', '1') })],
  ['Host set after it was made', (port) => ({ port, before: (request) => request.setHeader('host', 'blog.example') })],
]

describe('a call by node:http has its line and carries its ids', () => {
  test.each(ways)('with %s', async (_, options) => {
    const blog = await service()
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    await followed.inRequest('r1', () => asked(options(blog.port)))
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', host: blog.host, status: 200 })
    expect(blog.idsOf(0).sort()).toEqual(ids)
  })

  test.each(ways)('with %s, when a tracer subscribed first and adds a header', async (_, options) => {
    const blog = await service()
    tracer()
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    await followed.inRequest('r1', () => asked(options(blog.port)))
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', host: blog.host, status: 200 })
    expect(blog.idsOf(0).sort()).toEqual(ids)
  })

  test.each(['before', 'after'])('when a library wraps http.request %s Spoor and adds a header', async (when) => {
    const blog = await service()
    const wrap = (): void => {
      const below = http.request
      const above = (...args: Parameters<typeof http.request>): ClientRequest => {
        const made = below(...args)
        made.setHeader('x-datadog-trace-id', '1')
        return made
      }
      http.request = above as typeof http.request
      afterwards(() => {
        if (http.request === above) http.request = below
      })
    }
    if (when === 'before') wrap()
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    if (when === 'after') wrap()
    await followed.inRequest('r1', () => asked({ port: blog.port }))
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', status: 200 })
    expect(blog.idsOf(0).sort()).toEqual(ids)
    expect(blog.received[0]?.headers['x-datadog-trace-id']).toBe('1')
  })

  test('when a library wraps addRequest of the agents before or after Spoor', async () => {
    const blog = await service()
    const agents = Agent.prototype as unknown as { addRequest: (...args: unknown[]) => unknown }
    const before = agents.addRequest
    const wrap = (): void => {
      const below = agents.addRequest
      agents.addRequest = function (...args) {
        return Reflect.apply(below, this, args)
      }
    }
    wrap()
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    wrap()
    afterwards(() => {
      agents.addRequest = before
    })
    tracer()
    await followed.inRequest('r1', () => asked({ port: blog.port }))
    expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', status: 200 })
    expect(blog.idsOf(0).sort()).toEqual(ids)
  })
})

test.each([
  ['an array of headers', { headers: ['X-Own', '1'] as never }],
  ['Expect: 100-continue', { headers: { Expect: '100-continue' } }],
])('a call by node:http with %s has its line', async (_, options) => {
  const blog = await service()
  const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
  await followed.inRequest('r1', () => asked({ port: blog.port, ...options }))
  expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', host: blog.host, status: 200 })
})

/** What undici takes as headers. */
const undiciHeaders: [string, () => unknown][] = [
  ['none', () => undefined],
  ['null', () => null],
  ['an object', () => ({ 'x-own': '1', Host: 'blog.example' })],
  ['lists as values', () => ({ 'x-own': ['1', '2'] })],
  ['names and values in turn', () => ['x-own', '1', 'x-other', '2']],
  ['pairs in a Map', () => new Map([['x-own', '1']])],
  ['a Headers object', () => new Headers({ 'x-own': '1' })],
  ['a generator of pairs', () => [['x-own', '1']].values()],
]

describe('a call by undici has its line and carries its ids', () => {
  test.each(undiciHeaders)('with headers: %s, also if a tracer adds a header first', async (_, headers) => {
    const blog = await service()
    const channel = 'undici:request:create'
    const add = (message: unknown): void => {
      const { request } = message as { request: { addHeader(name: string, value: string): void } }
      request.addHeader('sentry-trace', 'a-b-1')
    }
    for (const isTraced of [false, true]) {
      if (isTraced) subscribe(channel, add)
      const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
      await followed.inRequest('r1', async () => (await request(blog.url, { headers: headers() as never })).body.dump())
      expect((await followed.lines(1))[0]).toMatchObject({ requestId: 'r1', host: blog.host, status: 200 })
      expect(blog.idsOf(blog.received.length - 1).sort()).toEqual(ids)
      await followed.spoor.close()
    }
    unsubscribe(channel, add)
  })

  test('once, if the service set its own id in any of these forms', async () => {
    const blog = await service()
    const followed = following([{ host: blog.host, logger: 'blog', propagate: true }])
    const own = [
      { 'X-Request-ID': 'own' },
      ['X-Request-ID', 'own'],
      new Map([['X-Request-ID', 'own']]),
      new Headers({ 'X-Request-ID': 'own' }),
    ]
    for (const headers of own) {
      await followed.inRequest('r1', async () => (await request(blog.url, { headers: headers as never })).body.dump())
    }
    expect(blog.received.map(({ headers }) => headers['x-request-id'])).toEqual(own.map(() => 'own'))
  })
})
