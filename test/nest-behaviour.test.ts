// What the documentation of NestJS and Express 4 promises about responses, streams, HEAD, 304, errors and aborts holds with Spoor
// as without.
import 'reflect-metadata'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  Body,
  ConflictException,
  Controller,
  Get,
  Head,
  Header,
  HttpCode,
  Module,
  NotFoundException,
  Post,
  Redirect,
  Sse,
  StreamableFile,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { RequestHandler } from 'express'
import { type Observable, of } from 'rxjs'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress4 } from 'spoor/express4'
import { SpoorModule } from 'spoor/nest'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Ask, Connection, requestText } from './conformance/client.js'
import { express4 } from './conformance/express4.js'
import { decorate } from './conformance/nest.js'

interface Running {
  readonly port: number
  /** What happened besides the answers. */
  readonly events: string[]
}

const endings: (() => unknown)[] = []
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

function made(): Spoor {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-behaviour-'))
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'behaviour', logs })
  endings.push(
    () => rmSync(directory, { recursive: true }),
    () => logs.close(),
    () => spoor.close(),
  )
  return spoor
}

/** Answers half and never the rest; notes when the client has left. */
function endless(events: string[]): Readable {
  const stream = new Readable({ read: () => {} })
  stream.push('half')
  stream.once('close', () => events.push('the stream was closed'))
  return stream
}

function broken(): Readable {
  const stream = new Readable({ read: () => {} })
  stream.push('half')
  setTimeout(() => stream.destroy(new Error('secret')), 20)
  return stream
}

async function nest(adapter: ExpressAdapter | FastifyAdapter, spoor: Spoor | undefined): Promise<Running> {
  const events: string[] = []
  class Routes {
    json = () => ({ a: 1, b: [true, null] })
    text = () => '<p>'
    nothing = () => undefined
    stream = () => new StreamableFile(Readable.from([Buffer.from('one '), Buffer.from('two')]), { type: 'text/plain' })
    sized = () => new StreamableFile(Buffer.from('one two'), { length: 7, disposition: 'attachment; filename="a"' })
    sse = (): Observable<object> => of({ data: 'one' }, { data: { two: 2 } })
    echo = (body: unknown) => ({ body })
    endless = () => new StreamableFile(endless(events))
    broken = () => new StreamableFile(broken())
    throw = () => {
      throw new Error('secret')
    }
    missing = () => Promise.reject(new NotFoundException('no post'))
    taken = () => {
      throw new ConflictException({ message: 'taken', code: 'taken' })
    }
  }
  const { prototype } = Routes
  const methods = prototype as unknown as Record<string, unknown>
  const instance = new Routes() as unknown as Record<string, (body: unknown) => unknown>
  const route = (name: string, answer: string, ...decorators: MethodDecorator[]): void => {
    methods[name] = (body: unknown) => instance[answer]?.(body)
    decorate({ prototype: methods }, name, decorators, [Body()])
  }
  class Controlled {}
  Object.setPrototypeOf(Controlled.prototype, prototype)
  for (const name of ['json', 'text', 'stream', 'sized', 'endless', 'broken', 'throw', 'missing', 'taken']) {
    route(`get ${name}`, name, Get(name), ...(name === 'text' ? [Header('Content-Type', 'text/html')] : []))
  }
  route('get empty', 'nothing', Get('empty'))
  route('get created', 'json', Get('created'), HttpCode(201), Header('Location', '/json'))
  route('get none', 'nothing', Get('none'), HttpCode(204))
  route('get same', 'nothing', Get('same'), HttpCode(304), Header('ETag', '"1"'))
  route('get moved', 'nothing', Get('moved'), Redirect('/json', 308))
  route('get sse', 'sse', Sse('sse'))
  route('head', 'nothing', Head('head'), Header('X-Own', 'a'))
  route('post echo', 'echo', Post('echo'))
  Controller()(Controlled)
  class Root {}
  Module({ imports: spoor ? [SpoorModule.forRoot({ spoor })] : [], controllers: [Controlled] })(Root)
  const app = await NestFactory.create(Root, adapter, { logger: false, abortOnError: false })
  await app.listen(0, '127.0.0.1')
  const server: Server = app.getHttpServer()
  // Nest's events keep the connection open, whatever the client asks for.
  server.keepAliveTimeout = 500
  endings.push(() => {
    server.closeAllConnections()
    return app.close()
  })
  return { port: (server.address() as { port: number }).port, events }
}

async function onExpress4(spoor: Spoor | undefined): Promise<Running> {
  const events: string[] = []
  const app = express4()
  const s = spoor && spoorExpress4(spoor)
  if (s) app.use(s)
  app.use(express4.json())
  const get = (path: string, handler: RequestHandler): unknown => app.get(path, handler)
  get('/json', (_, response) => void response.json({ a: 1, b: [true, null] }))
  get('/text', (_, response) => void response.type('html').send('<p>'))
  get('/empty', (_, response) => void response.end())
  get('/created', (_, response) => void response.status(201).location('/json').json({ a: 1 }))
  get('/none', (_, response) => void response.status(204).end())
  get('/same', (_, response) => void response.status(304).set('ETag', '"1"').end())
  get('/moved', (_, response) => response.redirect(308, '/json'))
  get('/stream', (_, response) => void Readable.from(['one ', 'two']).pipe(response.type('text')))
  get('/sized', (_, response) => void response.attachment('a').send(Buffer.from('one two')))
  get('/sse', (_, response) => void response.type('text/event-stream').write('data: one\n\n', () => response.end()))
  app.head('/head', (_, response) => void response.set('X-Own', 'a').end())
  app.post('/echo', (request, response) => void response.status(201).json({ body: request.body }))
  get('/endless', (_, response) => {
    const stream = endless(events)
    response.once('close', () => stream.destroy())
    stream.pipe(response)
  })
  get(
    '/broken',
    (_, response) =>
      void broken()
        .on('error', () => response.destroy())
        .pipe(response),
  )
  get('/throw', () => {
    throw new Error('secret')
  })
  get('/missing', (_request, _response, next) => next(Object.assign(new Error('no post'), { status: 404 })))
  get('/taken', (_request, _response, next) => next(Object.assign(new Error('taken'), { status: 409 })))
  if (s) app.use(s.errors)
  // Express prints the errors that it answers.
  else app.set('env', 'test')
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1')
  spoor?.attach(server)
  await once(server, 'listening')
  endings.push(() => server.close().closeAllConnections())
  return { port: (server.address() as { port: number }).port, events }
}

/** What comes over the wire, with headers in the order of their names and without those that always differ. */
async function received({ port }: Running, path: string, ask: Ask): Promise<{ head: string[]; body: string }> {
  const connection = await Connection.open(port)
  connection.send(requestText(path, { ...ask, headers: { ...ask.headers, Connection: 'close' } }))
  const [head = '', ...body] = (await connection.rest()).split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const compared = lines.filter((line) => !/^(?:date|x-request-id):/i.test(line))
  return { head: [first, ...compared.sort()], body: body.join('\r\n\r\n') }
}

const json = { 'Content-Type': 'application/json' }
const frameworks: [string, (spoor: Spoor | undefined) => Promise<Running>][] = [
  ['NestJS on Express', (spoor) => nest(new ExpressAdapter(), spoor)],
  ['NestJS on Fastify', (spoor) => nest(new FastifyAdapter(), spoor)],
  ['Express 4', onExpress4],
]

describe.each(frameworks)('%s, as without Spoor', (_, start) => {
  let without: Running
  let followed: Running
  beforeAll(async () => {
    without = await start(undefined)
    followed = await start(made())
  })

  const answers = ['json', 'text', 'empty', 'created', 'none', 'same', 'moved', 'stream', 'sized', 'sse']
  test.each<[path: string, ask?: Ask]>([
    ...answers.map((name): [string] => [`/${name}`]),
    ...['json', 'text', 'empty', 'none', 'same', 'stream', 'sized', 'head'].map((name): [string, Ask] => [
      `/${name}`,
      { method: 'HEAD' },
    ]),
    ['/json', { headers: { 'If-None-Match': 'W/"13-rxyTLdSxn8aZSVYyXZHx8yH5Ic8"' } }],
    ['/echo', { method: 'POST', headers: json, body: '{"a":1}' }],
    ['/broken'],
  ])('%s %j is answered with the same head and body', async (path, ask = {}) => {
    expect(await received(followed, path, ask)).toEqual(await received(without, path, ask))
  })

  // An error's body is of another shape, and so are the headers about it.
  const ofBody = /^(?:content-type|content-length|cache-control|etag|content-security-policy|x-content-type-options):/i
  test.each<[path: string, ask?: Ask]>([
    ...['/throw', '/missing', '/taken', '/nowhere'].map((path): [string] => [path]),
    ...['/throw', '/nowhere'].map((path): [string, Ask] => [path, { method: 'HEAD' }]),
    ['/echo', { method: 'POST', headers: json, body: '{"a":' }],
    ['/echo', { method: 'POST', headers: json, body: `"${'x'.repeat(1_100_000)}"` }],
  ])('%s %j fails with the same status and headers; the body is of one shape', async (path, ask = {}) => {
    const [plain, with_] = [await received(without, path, ask), await received(followed, path, ask)]
    const heads = [plain, with_].map(({ head }) => head.filter((line) => !ofBody.test(line)))
    expect(heads[1]).toEqual(heads[0])
    if (ask.method === 'HEAD') expect(with_.body).toBe('')
    else expect(JSON.parse(with_.body)).toHaveProperty('requestId')
  })

  test('a client that leaves ends the same work', async () => {
    for (const { port, events } of [without, followed]) {
      const connection = await Connection.open(port)
      await connection.send(requestText('/endless')).text(10)
      connection.drop()
      await vi.waitFor(() => expect(events).toEqual(['the stream was closed']), { timeout: 20_000 })
    }
  })

  test('a connection stays open for the next request, also behind a failure', async () => {
    for (const { port } of [without, followed]) {
      const connection = await Connection.open(port)
      const statuses: number[] = []
      for (const path of ['/json', '/throw', '/nowhere', '/none', '/json']) {
        statuses.push((await connection.send(requestText(path)).answer()).status)
      }
      connection.drop()
      expect(statuses).toEqual([200, 500, 404, 204, 200])
    }
  })
})
