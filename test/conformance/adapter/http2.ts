import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { expect, onTestFinished } from 'vitest'
import { inspected } from '../readers.js'
import { repeated, type Service, until } from '../service.js'
import type { Case } from '../suite.js'

interface Reply {
  readonly headers: IncomingHttpHeaders
  readonly status: number
  readonly id: string
  readonly body: string
}

function session(service: Service): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${service.port}`)
  onTestFinished(() => client.destroy())
  return client
}

async function ask(client: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Reply> {
  const stream = client.request(headers, { endStream: false })
  stream.end(body)
  return new Promise((resolve, reject) => {
    let text = ''
    let got: IncomingHttpHeaders = {}
    stream.on('response', (response) => (got = response))
    stream.on('data', (chunk) => (text += String(chunk)))
    stream.on('error', reject)
    stream.on('close', () => {
      resolve({ headers: got, status: Number(got[':status']), id: String(got['x-request-id']), body: text })
    })
  })
}

function http2(says: string, run: (service: Service, client: ClientHttp2Session) => Promise<void>): Case {
  return {
    row: 'S1',
    says: `HTTP/2: ${says}`,
    service: { http2: true },
    run: (service) => run(service, session(service)),
  }
}

export const http2Cases: readonly Case[] = [
  http2(
    'a response with implicit headers carries X-Request-ID, and its request line has no aborted',
    async (service, client) => {
      const reply = await ask(client, { ':path': '/implicit' })
      expect([reply.status, reply.body]).toEqual([200, 'x'])
      const line = await service.requestLine(reply.id)
      expect(line).toMatchObject({ method: 'GET', path: '/implicit', status: 200 })
      expect(line).not.toHaveProperty('aborted')
    },
  ),
  http2(
    'writeHead keeps headers from an object or a flat array, and ignores ids of the service',
    async (service, client) => {
      for (const path of [
        '/head-object',
        '/head-array',
        '/head-array-after-set',
        '/head-conflict',
        '/head-conflict-array',
      ]) {
        const reply = await ask(client, { ':path': path })
        expect([reply.status, reply.headers['x-own']]).toEqual([200, 'a'])
        expect(reply.headers['set-cookie']).toEqual(path.includes('conflict') ? undefined : ['a=1', 'b=2'])
        await service.requestLine(reply.id)
      }
    },
  ),
  http2('a 204, a response to HEAD and one with flushed headers carry X-Request-ID', async (service, client) => {
    for (const [method, path, status] of [
      ['GET', '/empty', 204],
      ['HEAD', '/implicit', 200],
      ['GET', '/flush-headers', 200],
    ] as const) {
      const reply = await ask(client, { ':method': method, ':path': path })
      expect(reply.status).toBe(status)
      const line = await service.requestLine(reply.id)
      expect(line).toMatchObject({ method, path, status, level: 'info' })
      expect(line).not.toHaveProperty('error')
    }
  }),
  http2('a thrown error is answered with a problem document', async (service, client) => {
    const reply = await ask(client, { ':path': '/throw' })
    expect(reply.status).toBe(500)
    expect(JSON.parse(reply.body)).toMatchObject({ status: 500, requestId: reply.id })
    expect(await service.requestLine(reply.id)).toMatchObject({ status: 500, error: { message: 'secret' } })
  }),
  http2('streams of one connection keep their ids in every event', async (service, client) => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        const headers = { ':method': 'POST', ':path': '/events', 'x-marker': `m${i}`, 'x-delay': String(10 - i) }
        return ask(client, headers, `hello ${i}`)
      }),
    )
    expect(repeated(replies.map((reply) => reply.id))).toEqual([])
    for (const [i, reply] of replies.entries()) {
      expect(reply.body).toBe(`hello ${i}`)
      const lines = await service.linesOf(reply.id, (all) => all.some((line) => line.message === 'response close'))
      expect(new Set(lines.map((line) => line['marker']).filter(Boolean))).toEqual(new Set([`m${i}`]))
      expect(lines.map((line) => line.message)).toEqual(
        expect.arrayContaining(['request data', 'request end', 'written', 'ended', 'response finish']),
      )
    }
  }),
  http2('a stream that the client resets leaves a request line with aborted', async (service, client) => {
    const stream = client.request({ ':path': '/hang', 'x-marker': 'gone' })
    stream.on('error', () => {})
    await until('the request', async () => (await service.lines()).find((line) => line['marker'] === 'gone'))
    stream.close(constants.NGHTTP2_CANCEL)
    const [line] = await service.requestLines(1)
    expect(line).toMatchObject({ path: '/hang', aborted: true })
  }),
  http2('CONNECT without a listener is answered with an id', async (service, client) => {
    const reply = await ask(client, { ':method': 'CONNECT', ':authority': 'other.test:443' })
    expect(reply.status).toBe(405)
    expect(await service.requestLine(reply.id)).toMatchObject({ method: 'CONNECT', status: 405 })
  }),
  {
    row: 'B6',
    says: 'HTTP/2: the inspector accepts its own host name in :authority, also for HEAD and OPTIONS, and refuses every other name',
    service: { ...inspected('before', { hosts: undefined }), http2: true },
    async run(service) {
      const client = session(service)
      const path = '/_spoor/api/live-requests'
      const as = (who: string, own: Record<string, string> = {}) => ask(client, { ':path': path, 'x-who': who, ...own })
      const get = await as('operator')
      expect([get.status, get.body]).toEqual([200, '{"items":[]}\n'])
      const head = await as('operator', { ':method': 'HEAD' })
      expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', get.headers['content-length']])
      expect((await as('', { ':method': 'OPTIONS' })).status).toBe(204)
      expect((await as('operator', { ':method': 'DELETE' })).status).toBe(405)
      expect((await as('')).status).toBe(401)
      expect((await as('operator', { ':authority': 'evil.test' })).status).toBe(421)
      expect((await as('operator', { host: 'evil.test' })).status).toBe(421)
    },
  },
]
