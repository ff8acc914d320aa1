// What Fastify's documentation promises about responses, streams, HEAD, 304, errors and aborts holds with Spoor as without.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { createSpoor, defineLogs } from 'spoor'
import { fastifyOptions, spoorFastify } from 'spoor/fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Ask, Connection, requestText } from './conformance/client.js'

/** What happened in a service besides its answers. */
type Events = string[]

function addRoutes(app: FastifyInstance, events: Events): void {
  app.addHook('onRequestAbort', async ({ url }) => void events.push(`onRequestAbort ${url}`))
  app.addHook('onError', async ({ url }, _, error) => void events.push(`onError ${url} ${error.message}`))
  app.addHook('onResponse', async ({ url }, reply) => void events.push(`onResponse ${url} ${reply.statusCode}`))
  app.get('/json', async () => ({ a: 1, b: [true, null] }))
  app.get('/schema', { schema: { response: { 200: { type: 'object', properties: { a: { type: 'number' } } } } } }, () =>
    Promise.resolve({ a: 1, left: 'out' }),
  )
  app.get('/text', (_, reply) => reply.type('text/html').header('Set-Cookie', ['a=1', 'b=2']).send('<p>'))
  app.get('/buffer', (_, reply) => reply.send(Buffer.from('bytes')))
  app.get('/empty', (_, reply) => reply.send())
  app.get('/created', (_, reply) => reply.code(201).header('Location', '/json').send({ id: 7 }))
  app.get('/none', (_, reply) => reply.code(204).send())
  app.get('/same', (_, reply) => reply.code(304).header('ETag', '"1"').send())
  app.get('/moved', (_, reply) => reply.redirect('/json', 308))
  app.get('/stream', (_, reply) => reply.type('text/plain').send(Readable.from(['one ', 'two'])))
  app.get('/sized', (_, reply) => reply.header('Content-Length', 7).send(Readable.from(['one ', 'two'])))
  app.get('/web-stream', (_, reply) => reply.send(new Blob(['one ', 'two']).stream()))
  app.get('/response', async () => new Response('own', { status: 202, headers: { 'X-Own': 'a' } }))
  app.get('/trailer', (_, reply) => {
    reply.trailer('Server-Timing', async () => 'db;dur=1')
    return reply.send('body')
  })
  app.get('/hijacked', (_, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'X-Own': 'a' }).end('raw')
  })
  app.head('/head', (_, reply) => reply.header('Content-Length', 42).send())
  app.post('/echo', async ({ body }) => ({ body }))
  app.get('/throw', () => {
    throw new Error('secret')
  })
  app.get('/missing', () => Promise.reject(Object.assign(new Error('no post'), { statusCode: 404 })))
  app.get('/coded', (_, reply) => reply.code(409).header('X-Own', 'a').send(new Error('taken')))
  app.get('/hook', { preHandler: async () => Promise.reject(new Error('secret')) }, async () => 'never')
  app.get('/query', { schema: { querystring: { type: 'object', required: ['page'] } } }, async () => 'ok')
  app.get('/early', { preHandler: async (_, reply) => reply.code(401).send('who?') }, async () => 'never')
  app.get('/not-found', (_, reply) => reply.callNotFound())
  app.get('/broken', (_, reply) => {
    const stream = new Readable({ read: () => {} })
    stream.push('half')
    setImmediate(() => stream.destroy(new Error('secret')))
    return reply.send(stream)
  })
  app.get('/endless', (_, reply) => {
    const stream = new Readable({ read: () => {} })
    stream.push('half')
    stream.once('close', () => events.push('the stream was closed'))
    return reply.send(stream)
  })
  app.get('/hang', async ({ signal, url }) => {
    events.push(`handler ${url}`)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    events.push('the signal was aborted')
    return 'never read'
  })
}

interface Running {
  readonly port: number
  readonly events: Events
}

async function plain(): Promise<Running> {
  return listening(Fastify({ keepAliveTimeout: 5_000 }))
}

async function followed(): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-behaviour-'))
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'behaviour', logs })
  const app = Fastify(fastifyOptions(spoor, { keepAliveTimeout: 5_000 }))
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  await app.register(spoorFastify, { spoor })
  return listening(app)
}

async function listening(app: FastifyInstance): Promise<Running> {
  const events: Events = []
  addRoutes(app, events)
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  const [address] = app.addresses()
  return { port: (address as { port: number }).port, events }
}

/** What comes over the wire, with headers in the order of their names and without those that always differ. */
async function received({ port }: Running, path: string, ask: Ask): Promise<{ head: string[]; body: string }> {
  const connection = await Connection.open(port)
  const { headers } = ask
  connection.send(requestText(path, { ...ask, headers: { ...headers, Connection: 'close' } }))
  const [head = '', ...body] = (await connection.rest()).split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const compared = lines.filter((line) => !/^(?:date|x-request-id):/i.test(line))
  return { head: [first, ...compared.sort()], body: body.join('\r\n\r\n') }
}

/** The same request to Fastify, without Spoor and with it. */
async function both(path: string, ask: Ask) {
  const services = [await plain(), await followed()] as const
  const [without, with_] = [await received(services[0], path, ask), await received(services[1], path, ask)]
  await vi.waitFor(() => expect(services[1].events).toEqual(services[0].events), { timeout: 20_000 })
  return { without, with: with_ }
}

const json = { 'Content-Type': 'application/json' }

describe('as without Spoor', () => {
  test.each<[path: string, ask?: Ask]>([
    ...['/json', '/schema', '/text', '/buffer', '/empty', '/created', '/none', '/same', '/moved'].map(
      (path): [string] => [path],
    ),
    ...['/stream', '/sized', '/web-stream', '/response', '/trailer', '/hijacked', '/early'].map((path): [string] => [
      path,
    ]),
    ...['/json', '/text', '/stream', '/sized', '/empty', '/none', '/same', '/head', '/trailer', '/moved'].map(
      (path): [string, Ask] => [path, { method: 'HEAD' }],
    ),
    ['/echo', { method: 'POST', headers: json, body: '{"a":1}' }],
  ])('%s %j is answered with the same head and body, and the same hooks run', async (path, ask = {}) => {
    const answers = await both(path, ask)
    expect(answers.with).toEqual(answers.without)
  })

  test.each<[path: string, ask?: Ask]>([
    ...['/throw', '/missing', '/coded', '/hook', '/query', '/not-found', '/nowhere'].map((path): [string] => [path]),
    ...['/throw', '/nowhere'].map((path): [string, Ask] => [path, { method: 'HEAD' }]),
    ['/echo', { method: 'POST', headers: json, body: '{"a":' }],
    ['/echo', { method: 'POST', headers: json, body: '' }],
    ['/echo', { method: 'POST', headers: { 'Content-Type': 'text/own' }, body: 'a' }],
    ['/echo', { method: 'POST', headers: json, body: `"${'x'.repeat(1_100_000)}"` }],
    ['/json', { method: 'POST', body: 'a' }],
    ['/%zz'],
  ])('%s %j fails with the same status and headers; the body is of one shape', async (path, ask = {}) => {
    const answers = await both(path, ask)
    const [without, with_] = [answers.without, answers.with].map(({ head }) =>
      head.filter((line) => !/^(?:content-type|content-length|cache-control|x-content-type-options):/i.test(line)),
    )
    expect(with_).toEqual(without)
    if (ask.method !== 'HEAD') expect(Object.keys(JSON.parse(answers.with.body))).toContain('requestId')
    else expect(answers.with.body).toBe('')
  })

  test('a stream that fails cuts the connection, after the same bytes', async () => {
    const answers = await both('/broken', {})
    expect(answers.with).toEqual(answers.without)
    expect(answers.with.body).toContain('half')
    expect(answers.with.body).not.toContain('\r\n0\r\n')
  })

  test.each(['/hang', '/endless'])('a client that leaves %s ends the same work', async (path) => {
    const seen: Events[] = []
    for (const service of [await plain(), await followed()]) {
      const connection = await Connection.open(service.port)
      connection.send(requestText(path))
      if (path === '/endless') await connection.text(10)
      else await vi.waitFor(() => expect(service.events).toContain(`handler ${path}`))
      connection.drop()
      await vi.waitFor(() => expect(service.events.join()).toMatch(/onRequestAbort/), { timeout: 20_000 })
      await vi.waitFor(() => expect(service.events.join()).toMatch(/the (?:stream|signal) was/), { timeout: 20_000 })
      seen.push([...service.events].sort())
    }
    expect(seen[1]).toEqual(seen[0])
  })

  test('a connection stays open for the next request, also behind a failure', async () => {
    for (const service of [await plain(), await followed()]) {
      const connection = await Connection.open(service.port)
      const statuses: number[] = []
      for (const path of ['/json', '/throw', '/nowhere', '/none', '/json']) {
        statuses.push((await connection.send(requestText(path)).answer()).status)
      }
      expect(statuses).toEqual([200, 500, 404, 204, 200])
    }
  })
})
