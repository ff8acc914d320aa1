// What Koa's documentation promises, with and without Spoor.
import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import Router from '@koa/router'
import Koa, { type Context } from 'koa'
import type { Spoor } from 'spoor'
import { spoorKoa } from 'spoor/koa'
import { describe, expect, test, vi } from 'vitest'
import { type Ask, asking, expectProblem, leave, type Running, running, until } from './frameworks/compared.js'

/** What the listeners of the app heard. */
interface Heard {
  readonly errors: unknown[]
  readonly left: string[]
}

/** A service with much of what Koa has. */
function appOf(spoor: Spoor | undefined, heard: Heard = { errors: [], left: [] }): Koa {
  const app = new Koa({ asyncLocalStorage: true })
  app.on('error', (error) => heard.errors.push(error))
  if (spoor !== undefined)
    app.use(spoorKoa(spoor, { account: (ctx) => ({ account: ctx.get('x-account') || 'guest' }) }))
  app.use(async (ctx, next) => {
    await next()
    if (ctx.path.startsWith('/after/')) ctx.set('X-After', String(ctx.status))
  })
  const router = new Router()
  router.get('/text', (ctx) => {
    ctx.body = 'hello'
  })
  router.get('/html', (ctx) => {
    ctx.body = '<p>hello'
  })
  router.get('/json', (ctx) => {
    ctx.status = 201
    ctx.body = { a: 1 }
  })
  router.get('/bytes', (ctx) => {
    ctx.body = Buffer.from([1, 2, 3])
  })
  router.get('/blob', (ctx) => {
    ctx.body = new Blob(['blob'])
  })
  router.get('/response', (ctx) => {
    ctx.body = new Response('fetched', { status: 203 })
  })
  router.get('/cookies', (ctx) => {
    ctx.cookies.set('a', '1')
    ctx.cookies.set('b', '2')
    ctx.body = 'two'
  })
  router.get('/empty', (ctx) => {
    ctx.status = 204
  })
  router.get('/null', (ctx) => {
    ctx.body = null
  })
  router.get('/null-200', (ctx) => {
    ctx.body = null
    ctx.status = 200
  })
  router.get('/not-modified', (ctx) => {
    ctx.status = 304
  })
  router.get('/fresh', (ctx) => {
    ctx.set('ETag', '"a"')
    ctx.status = 200
    if (ctx.fresh) ctx.status = 304
    else ctx.body = 'new'
  })
  router.get('/redirect', (ctx) => ctx.redirect('/text'))
  router.get('/status-only', (ctx) => {
    ctx.status = 404
  })
  router.get('/gone', (ctx) => {
    ctx.status = 404
    ctx.body = { gone: true }
  })
  router.get('/after/text', (ctx) => {
    ctx.body = 'hello'
  })
  router.get('/stream', (ctx) => {
    ctx.body = Readable.from(['one ', 'two'])
  })
  router.get('/web-stream', (ctx) => {
    ctx.body = new Blob(['one ', 'two']).stream()
  })
  router.get('/stream-breaks', (ctx) => {
    ctx.body = Readable.from(
      (async function* () {
        yield 'half'
        await new Promise((resolve) => setTimeout(resolve, 5))
        throw new Error('in the body')
      })(),
    )
  })
  router.get('/respond', (ctx) => {
    ctx.respond = false
    ctx.res.writeHead(202, { 'X-Own': 'a' }).end('by Node')
  })
  router.get('/current', (ctx) => {
    ctx.body = String((app as { currentContext?: unknown }).currentContext === ctx)
  })
  router.get('/own', async (ctx) => {
    try {
      ctx.throw(409, 'mine')
    } catch (error) {
      ctx.status = 409
      ctx.body = `own: ${(error as Error).message}`
    }
  })
  router.get('/wait', (ctx) => {
    ctx.req.on('close', () => heard.left.push('close'))
    return new Promise(() => {})
  })
  router.get('/throw', () => {
    throw new Error('secret')
  })
  router.get('/throw-string', () => {
    throw 'text'
  })
  router.get('/throw-undefined', () => {
    throw undefined
  })
  router.get('/exposed', (ctx) => ctx.throw(403, 'not yours'))
  router.get('/retry', (ctx) => ctx.throw(503, 'secret', { headers: { 'Retry-After': '7' }, expose: true }))
  router.get('/no-file', (ctx) => {
    ctx.body = createReadStream('/no/such/file')
  })
  router.get('/late', async (ctx) => {
    ctx.res.statusCode = 200
    await new Promise((written) => ctx.res.write('half', written))
    throw new Error('secret')
  })
  router.get('/cors', (ctx) => withCors(ctx))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** As @koa/cors, which is not installed in this project: it notes its headers on errors. */
function withCors(ctx: Context): never {
  ctx.vary('Origin')
  ctx.set('Access-Control-Allow-Origin', 'https://page.test')
  throw Object.assign(new Error('secret'), {
    headers: { 'Access-Control-Allow-Origin': 'https://page.test', vary: 'Origin' },
  })
}

const serverOf = (app: Koa): Server => createServer(app.callback())
const withSpoor = (heard?: Heard): Promise<Running> => running((spoor) => serverOf(appOf(spoor, heard)))

const same: [what: string, path: string, ask?: Ask][] = [
  ['text', '/text'],
  ['HTML', '/html'],
  ['JSON with a status', '/json'],
  ['bytes', '/bytes'],
  ['a Blob', '/blob'],
  ['a Response', '/response'],
  ['two cookies', '/cookies'],
  ['204', '/empty'],
  ['a null body', '/null'],
  ['a null body with 200', '/null-200'],
  ['304', '/not-modified'],
  ['304 by an ETag', '/fresh', { headers: { 'If-None-Match': '"a"' } }],
  ['a redirect', '/redirect'],
  ['a 404 that a handler sets', '/status-only'],
  ['a 404 with a body', '/gone'],
  ['HEAD', '/text', { method: 'HEAD' }],
  ['HEAD of JSON', '/json', { method: 'HEAD' }],
  ['HEAD of a stream', '/stream', { method: 'HEAD' }],
  ['a header that a middleware sets after the handler', '/after/text'],
  ['a stream', '/stream'],
  ['a web stream', '/web-stream'],
  ['a stream that breaks', '/stream-breaks'],
  ['ctx.respond = false', '/respond'],
  ['app.currentContext', '/current'],
  ["a middleware's own answer to an error", '/own'],
  ['a method that the router does not allow', '/text', { method: 'DELETE' }],
  ['OPTIONS', '/text', { method: 'OPTIONS' }],
]

describe('Koa answers the same with and without Spoor', () => {
  test.each(same)('%s', async (_, path, ask) => {
    const plain = await asking(serverOf(appOf(undefined)))
    const { ask: followed, requestLines } = await withSpoor()
    const expected = await plain(path, ask)
    expect(await followed(path, ask)).toEqual(expected)
    const [line] = await requestLines(1)
    expect(line).toMatchObject({ path, status: expected.status, account: 'guest' })
    expect(line).not.toHaveProperty('contextLost')
  })

  test.each(['/throw', '/throw-string', '/exposed', '/stream-breaks', '/late'])(
    "the app's own listener hears the error of %s as often",
    async (path) => {
      const heard: [without: Heard, followed: Heard] = [
        { errors: [], left: [] },
        { errors: [], left: [] },
      ]
      const plain = await asking(serverOf(appOf(undefined, heard[0])))
      const { ask } = await withSpoor(heard[1])
      // Without Spoor, a response that broke in the middle hangs.
      if (path === '/late') heard[0].errors.push(new Error('secret'))
      else await plain(path)
      await ask(path)
      const texts = ({ errors }: Heard): string[] => errors.map(String)
      // Koa tells an error of a stream twice on Node 22 and later; the second time comes after the response.
      await until(async () => {
        const [without, followed] = heard.map(texts)
        return (followed?.length && followed.length === without?.length) || undefined
      })
      expect(texts(heard[1])).toEqual(texts(heard[0]))
    },
  )

  test('a stream that fails before its first byte: the connection is cut', async () => {
    const plain = await asking(serverOf(appOf(undefined)))
    const { ask, requestLines, rootLines } = await withSpoor()
    for (const one of [plain, ask]) await expect(one('/no-file')).rejects.toThrow('socket hang up')
    const [line] = await requestLines(1)
    expect(line).toMatchObject({ path: '/no-file', level: 'error', error: { code: 'ENOENT' } })
    expect(await rootLines()).toHaveLength(1)
  })

  test('a client that leaves: the request is closed', async () => {
    const heard: [without: Heard, followed: Heard] = [
      { errors: [], left: [] },
      { errors: [], left: [] },
    ]
    const plain = serverOf(appOf(undefined, heard[0]))
    await asking(plain)
    const { server, requestLines } = await withSpoor(heard[1])
    for (const one of [plain, server]) await leave(one, '/wait')
    expect((await requestLines(1))[0]).toMatchObject({ path: '/wait', aborted: true })
    await until(async () => heard.every(({ left }) => left.length > 0) || undefined)
    expect(heard[1]).toEqual(heard[0])
  })
})

describe('Spoor answers in its own shape', () => {
  const failures: [what: string, path: string, status: number, members: object][] = [
    ['an unknown route', '/nowhere', 404, { code: 'not_found' }],
    ['a thrown error', '/throw', 500, { code: 'internal_error' }],
    ['a thrown text', '/throw-string', 500, { code: 'internal_error' }],
    ['a thrown undefined, for which Koa sends no answer', '/throw-undefined', 500, { code: 'internal_error' }],
    ['ctx.throw', '/exposed', 403, { code: 'forbidden', detail: 'not yours' }],
    ['an error with the headers of the CORS package', '/cors', 500, { code: 'internal_error' }],
  ]
  test.each(failures)('%s', async (_, path, status, members) => {
    await expectProblem(await withSpoor(), path, status, members)
  })

  test('headers that tell the client what to do stay, and those of CORS', async () => {
    const { ask } = await withSpoor()
    expect((await ask('/retry')).headers).toMatchObject({ 'retry-after': '7' })
    expect((await ask('/cors')).headers).toMatchObject({ 'access-control-allow-origin': 'https://page.test' })
  })

  test('an error after the headers cuts the connection', async () => {
    const { ask, requestLines } = await withSpoor()
    expect(await ask('/late')).toMatchObject({ status: 200, body: 'half', isCut: true })
    expect((await requestLines(1))[0]).toMatchObject({ status: 200, aborted: true, error: { message: 'secret' } })
  })

  test("without a listener of the service, Koa's own prints nothing: Spoor has logged the error", async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { ask, rootLines } = await running((spoor) => {
      const app = new Koa()
      app.use(spoorKoa(spoor))
      app.use(() => {
        throw new Error('secret')
      })
      return serverOf(app)
    })
    expect((await ask('/')).status).toBe(500)
    expect(await rootLines()).toHaveLength(1)
    expect(printed).not.toHaveBeenCalled()
  })

  test('a listener that throws does not stop the answer', async () => {
    const { ask, rootLines } = await running((spoor) => {
      const app = new Koa()
      app.use(spoorKoa(spoor))
      app.on('error', () => {
        throw new Error('in the listener')
      })
      app.use((ctx) => ctx.throw(403, 'not yours'))
      return serverOf(app)
    })
    expect(await ask('/')).toMatchObject({ status: 403, body: expect.stringContaining('not yours') })
    expect((await rootLines()).join('\n')).toMatch(/not yours[\s\S]*in the listener/)
  })
})
