// What Hono's documentation promises, with and without Spoor.
import { createServer, type Server } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { stream, streamSSE, streamText } from 'hono/streaming'
import type { Spoor } from 'spoor'
import { spoorHono } from 'spoor/hono'
import { describe, expect, test, vi } from 'vitest'
import { type Ask, asking, expectProblem, leave, type Running, running, until } from './frameworks/compared.js'

type App = Hono<{ Bindings: HttpBindings }>

/** A service with much of what Hono has. @param aborted gets the reason of each request that was aborted */
function appOf(spoor: Spoor | undefined, aborted: string[] = []): App {
  const app: App = new Hono()
  if (spoor !== undefined) {
    const s = spoorHono(spoor, { account: (c) => ({ account: c.req.header('x-account') ?? 'guest' }) })
    app.use(s)
    app.onError(s.errors)
    app.notFound(s.notFound)
    app.use('/_spoor/*', s.inspector)
  }
  app.use('/etag/*', etag())
  app.use('/compressed/*', compress())
  app.use('/cors/*', cors({ origin: 'https://page.test', exposeHeaders: ['X-Own'] }))
  app.use('/secure/*', secureHeaders())
  app.use('/after/*', async (c, next) => {
    await next()
    c.header('X-After', String(c.res.status))
    c.res.headers.append('X-After', 'twice')
  })
  app.get('/text', (c) => c.text('hello'))
  app.get('/json', (c) => c.json({ a: 1 }, 201, { 'X-Own': 'a' }))
  app.get('/html', (c) => c.html('<p>hello'))
  app.get('/cookies', (c) => {
    c.header('Set-Cookie', 'a=1', { append: true })
    c.header('Set-Cookie', 'b=2', { append: true })
    return c.text('two')
  })
  app.get('/bare', () => new Response('bare'))
  app.get('/bytes', () => new Response(new Uint8Array([1, 2, 3])))
  app.get('/blob', () => new Response(new Blob(['blob'])))
  app.get('/empty', (c) => c.body(null, 204))
  app.get('/not-modified', (c) => c.body(null, 304))
  app.get('/redirect', (c) => c.redirect('/text'))
  app.get('/etag/text', (c) => c.text('hello'))
  app.get('/compressed/text', (c) => c.text('long '.repeat(1_000)))
  app.get('/cors/text', (c) => c.text('hello'))
  app.get('/secure/text', (c) => c.text('hello'))
  app.get('/after/text', (c) => c.text('hello'))
  app.post('/echo', async (c) => c.json(await c.req.json()))
  app.post('/form', async (c) => c.json(await c.req.parseBody()))
  app.post('/limited', bodyLimit({ maxSize: 4 }), async (c) => c.text(await c.req.text()))
  app.get('/stream', (c) =>
    stream(c, async (out) => {
      await out.write('one ')
      await out.sleep(1)
      await out.write('two')
    }),
  )
  app.get('/stream-text', (c) => streamText(c, async (out) => void (await out.writeln('one'))))
  app.get('/stream-events', (c) =>
    streamSSE(c, async (out) => {
      await out.writeSSE({ event: 'tick', id: '1', data: 'one' })
    }),
  )
  app.get('/stream-fails', (c) =>
    stream(
      c,
      async (out) => {
        await out.write('half ')
        throw new Error('in the stream')
      },
      async (_, out) => void (await out.write('handled')),
    ),
  )
  app.get('/stream-breaks', () => {
    let pulls = 0
    const body = new ReadableStream({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (pulls++ === 0) controller.enqueue(new TextEncoder().encode('half'))
        else controller.error(new Error('in the body'))
      },
    })
    return new Response(body)
  })
  app.get('/exception/own', () => {
    throw new HTTPException(401, { res: new Response('who?', { headers: { 'WWW-Authenticate': 'Basic' } }) })
  })
  app.get('/exception/subclass', () => {
    throw new OwnException(402)
  })
  app.get('/node', (c) => {
    c.env.outgoing.writeHead(202, { 'X-Own': 'a' }).end('by Node')
    return RESPONSE_ALREADY_SENT
  })
  app.get('/wait', (c) => {
    c.req.raw.signal.addEventListener('abort', () => aborted.push(String(c.req.raw.signal.reason)))
    return new Promise(() => {})
  })
  app.mount('/mounted', (request) => new Response(new URL(request.url).pathname))
  const own = new Hono()
  own.onError((error, c) => c.text(`own: ${error.message}`, 409))
  own.get('/fail', () => {
    throw new Error('mine')
  })
  app.route('/own', own)
  app.get('/throw', () => {
    throw new Error('secret')
  })
  app.get('/cors/throw', () => {
    throw new Error('secret')
  })
  app.get('/throw-string', () => {
    throw 'text'
  })
  app.get('/exception/plain', () => {
    throw new HTTPException(403, { message: 'not yours' })
  })
  app.get('/exception/server', () => {
    throw new HTTPException(503, { message: 'secret' })
  })
  return app
}

class OwnException extends HTTPException {
  override getResponse(): Response {
    return Response.json({ own: true }, { status: this.status })
  }
}

const serverOf = (app: App): Server => createServer(getRequestListener(app.fetch))
const withSpoor = (): Promise<Running> => running((spoor) => serverOf(appOf(spoor)))

const same: [what: string, path: string, ask?: Ask][] = [
  ['text', '/text'],
  ['JSON with a status and a header', '/json'],
  ['HTML', '/html'],
  ['two cookies', '/cookies'],
  ['a Response', '/bare'],
  ['a Response of bytes', '/bytes'],
  ['a Response of a Blob', '/blob'],
  ['204', '/empty'],
  ['304', '/not-modified'],
  ['a redirect', '/redirect'],
  ['HEAD', '/text', { method: 'HEAD' }],
  ['HEAD of JSON', '/json', { method: 'HEAD' }],
  ['HEAD of a stream', '/stream', { method: 'HEAD' }],
  ['an ETag', '/etag/text'],
  ['304 by an ETag', '/etag/text', { headers: { 'If-None-Match': '"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"' } }],
  ['compressed text', '/compressed/text', { headers: { 'Accept-Encoding': 'gzip' } }],
  ['secure headers', '/secure/text'],
  ['a header that a middleware sets after the response', '/after/text'],
  ['a JSON body', '/echo', { method: 'POST', body: '{"a":[1]}' }],
  [
    'a form',
    '/form',
    { method: 'POST', body: 'a=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
  ],
  ['a preflight', '/cors/text', { method: 'OPTIONS', headers: { Origin: 'https://page.test' } }],
  ['a stream', '/stream'],
  ['a stream of text', '/stream-text'],
  ['events', '/stream-events'],
  ['a stream whose callback fails', '/stream-fails'],
  ['a body that breaks', '/stream-breaks'],
  ['an HTTPException with a response', '/exception/own'],
  ['an HTTPException with a getResponse of its own', '/exception/subclass'],
  ["the body limit's refusal", '/limited', { method: 'POST', body: 'too long' }],
  ["Node's own response", '/node'],
  ['a mounted app', '/mounted/a/b'],
  ['the error handler of a sub-app', '/own/fail'],
]

describe('Hono answers the same with and without Spoor', () => {
  test.each(same)('%s', async (_, path, ask) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const plain = await asking(serverOf(appOf(undefined)))
    const { ask: followed, requestLines } = await withSpoor()
    const expected = await plain(path, ask)
    expect(await followed(path, ask)).toEqual(expected)
    const [line] = await requestLines(1)
    expect(line).toMatchObject({ path, status: expected.status, account: 'guest' })
    expect(line).not.toHaveProperty('contextLost')
  })

  test('a client that leaves: the signal of the request is aborted', async () => {
    const aborted: [without: string[], followed: string[]] = [[], []]
    const plain = serverOf(appOf(undefined, aborted[0]))
    await asking(plain)
    const { server, requestLines } = await running((spoor) => serverOf(appOf(spoor, aborted[1])))
    for (const one of [plain, server]) await leave(one, '/wait')
    const [line] = await requestLines(1)
    expect(line).toMatchObject({ path: '/wait', aborted: true })
    await until(async () => aborted.every((reasons) => reasons.length > 0) || undefined)
    expect(aborted[1]).toEqual(aborted[0])
  })
})

describe('Spoor answers in its own shape, with the headers of the service', () => {
  const failures: [what: string, path: string, status: number, members: object][] = [
    ['an unknown route', '/nowhere', 404, { code: 'not_found' }],
    ['a thrown error', '/throw', 500, { code: 'internal_error' }],
    ['a thrown text, for which Hono has no answer', '/throw-string', 500, { code: 'internal_error' }],
    ['an HTTPException', '/exception/plain', 403, { code: 'forbidden', detail: 'not yours' }],
    ['an HTTPException of a 5xx', '/exception/server', 503, { code: 'service_unavailable' }],
  ]
  test.each(failures)('%s', async (_, path, status, members) => {
    await expectProblem(await withSpoor(), path, status, members)
  })

  test('an error behind the CORS middleware has its headers, and of the answer that was meant none', async () => {
    const { ask } = await running((spoor) => {
      const app = appOf(spoor)
      app.get('/cors/meant', (c) => {
        c.header('ETag', '"meant"')
        c.header('Content-Length', '5')
        throw new Error('secret')
      })
      return serverOf(app)
    })
    const { headers, body } = await ask('/cors/meant', { headers: { Origin: 'https://page.test' } })
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://page.test', vary: 'Origin' })
    expect(headers).not.toHaveProperty('etag')
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error' })
  })

  test('an error after the response of the handler replaces that response', async () => {
    const { ask } = await running((spoor) => {
      const app: App = new Hono()
      const s = spoorHono(spoor)
      app.use(s)
      app.onError(s.errors)
      app.use(async (_, next) => {
        await next()
        throw new Error('secret')
      })
      app.get('/', (c) => c.body('hello', 200, { 'Content-Length': '5', ETag: '"a"' }))
      return serverOf(app)
    })
    const { status, headers, body, isCut } = await ask('/')
    expect([status, isCut, headers['etag']]).toEqual([500, false, undefined])
    expect(JSON.parse(body)).toMatchObject({ code: 'internal_error' })
  })

  test("a middleware that answers through Node's response and passes on has answered", async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { ask, requestLines, rootLines } = await running((spoor) => {
      const app = appOf(spoor)
      for (const path of ['/passed', '/cors/passed']) {
        app.use(path, (c, next) => {
          c.env.outgoing.end('by Node')
          return next()
        })
      }
      return serverOf(app)
    })
    for (const path of ['/passed', '/cors/passed']) {
      expect(await ask(path)).toMatchObject({ status: 200, body: 'by Node', isCut: false })
    }
    for (const line of await requestLines(2)) expect(line).not.toHaveProperty('error')
    expect([await rootLines(), said.mock.calls]).toEqual([[], []])
  })

  test('an error after the headers cuts the connection, and no line goes to the console', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { ask, requestLines } = await running((spoor) => {
      const app = appOf(spoor)
      for (const path of ['/late', '/cors/late']) {
        app.get(path, async (c) => {
          await new Promise((written) => c.env.outgoing.write('half', written))
          throw new Error('secret')
        })
      }
      return serverOf(app)
    })
    for (const path of ['/stream-breaks', '/late', '/cors/late']) {
      expect(await ask(path)).toMatchObject({ status: 200, body: 'half', isCut: true })
    }
    const lines = await requestLines(3)
    expect(lines.map(({ error }) => (error as Error).message)).toEqual(['in the body', 'secret', 'secret'])
    // @hono/node-server prints the first itself.
    expect(said.mock.calls.filter(([error]) => !String(error).includes('in the body'))).toEqual([])
  })
})
