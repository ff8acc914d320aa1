import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type HonoOptions, type SpoorHono, spoorHono } from 'spoor/hono'
import { spoorNode } from 'spoor/node'
import supertest from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Opened, opened } from '../../../test/frameworks/opened.js'

interface Service extends Opened {
  readonly app: Hono
  readonly s: SpoorHono
}

/** A service that is not attached, so that the adapter alone follows it. */
function service(options: HonoOptions = {}, before: (app: Hono, s: SpoorHono) => unknown = () => {}): Service {
  const open = opened({ inspector: { authorize: () => 'all' } })
  const s = spoorHono(open.spoor, options)
  const app = new Hono()
  before(app, s)
  app.use(s)
  app.onError(s.errors)
  app.notFound(s.notFound)
  return { ...open, app, s }
}

const serve = (app: Hono) => supertest(createServer(getRequestListener(app.fetch)))

describe('the route of a request', () => {
  const patterns: [
    what: string,
    mount: (app: Hono, s: SpoorHono) => unknown,
    path: string,
    route: string | undefined,
  ][] = [
    [
      'below a parameter',
      (app) =>
        app.route(
          '/t/:tenant',
          new Hono().get('/users/:id', (c) => c.text('')),
        ),
      '/t/a/users/7',
      '/t/:tenant/users/:id',
    ],
    [
      'of basePath',
      (app) => app.basePath('/api').get('/users/:id', (c) => c.text('')),
      '/api/users/7',
      '/api/users/:id',
    ],
    [
      'of the handler that answers, not of one after it',
      (app) => app.get('/users/new', (c) => c.text('')).get('/users/:id', (c) => c.text('')),
      '/users/new',
      '/users/new',
    ],
    [
      'of the handler to which another passes on',
      (app) => app.get('/users/:name', (_, next) => next()).get('/:what/:id', (c) => c.text('')),
      '/users/7',
      '/:what/:id',
    ],
    [
      'behind a middleware that refuses',
      (app) => app.use('/users/*', async (c) => c.text('no', 403)).get('/users/:id', (c) => c.text('')),
      '/users/7',
      '/users/:id',
    ],
    ['of a handler for all methods', (app) => app.all('/users/:id', (c) => c.text('')), '/users/7', '/users/:id'],
    [
      'of a sub-app with its own error handler',
      (app) =>
        app.route(
          '/sub',
          new Hono()
            .onError((_, c) => c.text('', 409))
            .all('*', () => {
              throw new Error('x')
            }),
        ),
      '/sub/7',
      '/sub/*',
    ],
    [
      'of a mounted app that does not use Spoor',
      (app) => app.mount('/other', () => new Response('')),
      '/other/7',
      '/other/*',
    ],
    [
      'of a mounted app that uses Spoor',
      (app, s) => app.mount('/other', new Hono().use(s).get('/users/:id', (c) => c.text('')).fetch),
      '/other/users/7',
      '/other/users/:id',
    ],
    ['that does not exist', (app) => app.get('/users/:id', (c) => c.text('')), '/nowhere/7', undefined],
    [
      'that does not exist below a middleware',
      (app) => app.use('/admin/*', (_, next) => next()),
      '/admin/7',
      undefined,
    ],
    ['that a middleware answers', (app) => app.use('/static/*', async (c) => c.text('')), '/static/a.css', '/static/*'],
  ]
  test.each(patterns)('%s', async (_, mount, path, route) => {
    const { app, s, requestLines } = service()
    mount(app, s)
    await serve(app).get(path)
    const [line] = await requestLines()
    expect(line?.['route']).toBe(route)
  })
})

describe('a server that is not attached', () => {
  test('has ids, accounts and lines, and takes no response for a lost context', async () => {
    const { app, spoor, requestLines } = service({ account: async (c) => ({ account: c.req.header('x-account') }) })
    app.get('/users/:id', (c) => c.json({ id: c.get('requestId'), ...spoor.context(), work: undefined }))
    app.get('/fail', () => {
      throw new Error('x')
    })
    const seen = await serve(app).get('/users/7').set('X-Account', 'acme')
    expect(seen.body).toMatchObject({
      id: seen.headers['x-request-id'],
      requestId: seen.headers['x-request-id'],
      account: 'acme',
    })
    for (const path of ['/fail', '/nowhere']) expect((await serve(app).get(path)).body.requestId).toMatch(/-/)
    const all = await requestLines()
    expect(all.map(({ path, status }) => [path, status])).toEqual([
      ['/users/7', 200],
      ['/fail', 500],
      ['/nowhere', 404],
    ])
    for (const line of all) expect(line).not.toHaveProperty('contextLost')
  })

  test('has the standard Request and Response if the service asks for them', async () => {
    const { app, requestLines } = service()
    app.get('/', (c) => c.text('hello'))
    const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
    for (const path of ['/', '/nowhere'])
      expect((await supertest(server).get(path)).headers['x-request-id']).toMatch(/-/)
    expect((await requestLines()).map(({ status }) => status)).toEqual([200, 404])
  })
})

describe('a resolver that fails', () => {
  const thrown: unknown[] = [undefined, null, 'text', new Error('x'), Object.assign(new Error('who?'), { status: 401 })]
  test.each(thrown)('with %s admits no request', async (error) => {
    const { app } = service({
      account: () => {
        throw error
      },
    })
    app.get('/', (c) => c.text('let in'))
    for (const path of ['/', '/nowhere']) {
      const { status, body } = await serve(app).get(path)
      expect([status, body]).toEqual([
        (error as { status?: number } | null)?.status ?? 500,
        expect.objectContaining({ requestId: expect.any(String) }),
      ])
    }
  })
})

describe('app.request() without a server', () => {
  test('answers as over a socket: id, account, failures, and a line', async () => {
    const { app, spoor, requestLines } = service({ account: (c) => ({ account: c.req.header('x-account') }) })
    app.post('/users/:id', async (c) => {
      c.header('Set-Cookie', 'a=1', { append: true })
      c.header('Set-Cookie', 'b=2', { append: true })
      return c.json({ sent: await c.req.json(), account: spoor.context()?.account, id: c.get('requestId') }, 201)
    })
    app.get('/fail', () => {
      throw new HTTPException(403, { message: 'not yours' })
    })
    const body = JSON.stringify({ a: 1 })
    const made = await app.request('/users/7?b=1', { method: 'POST', body, headers: { 'X-Account': 'acme' } })
    const id = made.headers.get('x-request-id')
    expect([made.status, made.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
    expect(await made.json()).toEqual({ sent: { a: 1 }, account: 'acme', id })
    const failed = await app.request('/fail')
    expect(await failed.json()).toMatchObject({
      status: 403,
      detail: 'not yours',
      requestId: failed.headers.get('x-request-id'),
    })
    const unknown = await app.request('/nowhere')
    expect(await unknown.json()).toMatchObject({ code: 'not_found', requestId: unknown.headers.get('x-request-id') })
    const all = await requestLines()
    expect(all).toMatchObject([
      { requestId: id, method: 'POST', path: '/users/7', route: '/users/:id', status: 201, account: 'acme' },
      { path: '/fail', status: 403, error: { message: 'not yours' } },
      { path: '/nowhere', status: 404 },
    ])
    for (const line of all)
      expect(Object.keys(line).filter((key) => ['aborted', 'contextLost'].includes(key))).toEqual([])
  })

  test('leaves the environment of the test as it is, and passes it on', async () => {
    const { app, requestLines } = service()
    app.get('/', (c: Context) => c.text(c.env.name))
    const env = { name: 'mine' }
    for (let i = 0; i < 2; i++) expect(await (await app.request('/', {}, env)).text()).toBe('mine')
    expect(env).toEqual({ name: 'mine' })
    expect(new Set((await requestLines()).map(({ id }) => id)).size).toBe(2)
  })

  test('ends requests of an app that only answers failures with Spoor', async () => {
    const { s, requestLines } = service()
    const app = new Hono().onError(s.errors).get('/', () => {
      throw new Error('x')
    })
    const { status, headers } = await app.request('/')
    expect([status, headers.get('x-request-id')]).toEqual([500, expect.stringMatching(/-/)])
    expect(await requestLines()).toMatchObject([{ status: 500, error: { message: 'x' } }])
  })

  test('within a request belongs to that request', async () => {
    const { app, warnings, requestLines } = service()
    app.get('/inner', (c) => c.text(c.get('requestId')))
    app.get('/', async (c) => c.text(await (await app.request('/inner')).text()))
    const seen = await serve(app).get('/')
    expect(seen.text).toBe(seen.headers['x-request-id'])
    expect(await warnings()).toEqual([])
    expect(await requestLines()).toMatchObject([{ path: '/', route: '/' }])
  })
})

describe('an app that gets requests without the environment of the server', () => {
  test('uses the request of the attached server: one id', async () => {
    const { app, spoor, requestLines } = service()
    app.get('/fail', () => {
      throw new Error('x')
    })
    const server = createServer(getRequestListener((request) => app.fetch(request)))
    spoor.attach(server)
    const { body, headers } = await supertest(server).get('/fail')
    expect(body.requestId).toBe(headers['x-request-id'])
    expect(await requestLines()).toMatchObject([{ path: '/fail', route: '/fail', error: { message: 'x' } }])
  })
})

describe('a wrong mount', () => {
  test('behind a route that passes on is reported', async () => {
    const { app, warnings } = service({}, (early) => early.get('/early/:id', (_, next) => next()))
    app.get('/early/:id', (c) => c.text(''))
    await serve(app).get('/early/7')
    expect(await warnings()).toEqual([
      expect.stringMatching(/^s is mounted behind the route \/early\/:id, .*app\.use\(s\) first$/),
    ])
  })

  test('behind a route that fails is reported, and the failure has an id', async () => {
    const { app, warnings } = service({}, (early) =>
      early.get('/early', () => {
        throw new Error('x')
      }),
    )
    expect((await serve(app).get('/early')).body.requestId).toMatch(/-/)
    expect(await warnings()).toEqual([expect.stringContaining('behind the route /early')])
  })

  test('twice, in a sub-app, is reported once', async () => {
    const { app, s, warnings } = service()
    app.route(
      '/sub',
      new Hono().use(s).get('/', (c) => c.text('')),
    )
    for (let i = 0; i < 2; i++) await serve(app).get('/sub')
    expect(await warnings()).toEqual(['spoorHono is mounted twice on one path; leave one app.use(s), the outermost'])
  })

  test('within another adapter of the same Spoor is reported, and the request has one line', async () => {
    const { app, spoor, warnings, requestLines } = service()
    app.get('/users/:id', (c) => c.text(''))
    const handler = getRequestListener(app.fetch)
    await supertest(createServer(spoorNode(spoor, { handler }))).get('/users/7')
    expect(await warnings()).toEqual([expect.stringContaining('mounted twice')])
    expect(await requestLines()).toMatchObject([{ route: '/users/:id' }])
  })

  test.each([
    ['Hono 3', { cookie: () => {} }],
    ['a later one', { matchedRoutes: undefined }],
  ])('in %s is reported by name', async (version, members) => {
    const { s, warnings } = service()
    const headers = new Headers()
    const c = {
      req: { raw: new Request('http://x/'), routeIndex: 0, matchedRoutes: [], ...members },
      res: new Response(null, { headers }),
      get: () => {},
      set: () => {},
      header: () => {},
    }
    if (version !== 'Hono 3') delete (c.req as Partial<typeof c.req>).matchedRoutes
    await s(c as never, async () => {})
    expect(await warnings()).toEqual([`spoorHono: app: expected Hono 4, got ${version}; npm install hono@4`])
  })

  test('as app.use(spoorHono) names the right call', () => {
    expect(() => spoorHono({} as never)).toThrow(
      /write const s = spoorHono\(spoor, \{ account \}\), then app\.use\(s\)/,
    )
    expect(() => spoorHono(service().spoor, { acount: () => {} } as never)).toThrow(/acount/)
  })
})

const signedIn: HonoOptions = { account: () => ({ account: 'acme' }) }

describe('the inspector', () => {
  test.each(['/_spoor', '/t/:tenant/_spoor'])('answers below %s', async (mount) => {
    const { app, s } = service(signedIn)
    app.use(`${mount}/*`, s.inspector)
    const base = mount.replace(':tenant', 'acme')
    const { status, body } = await serve(app).get(`${base}/api/requests?limit=1`).set('Host', 'localhost')
    expect([status, body.items]).toEqual([200, []])
    expect((await serve(app).get(`${base}/api/nowhere`).set('Host', 'localhost')).status).toBe(404)
  })

  test('answers without headers of the service, and before them', async () => {
    const { app } = service(signedIn, (early, s) => {
      early.use(async (c, next) => {
        c.header('Access-Control-Allow-Origin', '*')
        c.header('X-Own', 'a')
        await next()
      })
      early.use('/_spoor/*', s.inspector)
    })
    const { status, headers } = await serve(app).get('/_spoor/api/session').set('Host', 'localhost')
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('sends the stream of live events until the client leaves', async () => {
    const { app, s, spoor } = service(signedIn)
    app.use('/_spoor/*', s.inspector)
    app.get('/', (c) => c.text(''))
    const server = createServer(getRequestListener(app.fetch))
    spoor.attach(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close().closeAllConnections())
    const { port } = server.address() as { port: number }
    const leaving = new AbortController()
    const live = await fetch(`http://127.0.0.1:${port}/_spoor/api/live`, { signal: leaving.signal })
    expect(live.headers.get('content-type')).toContain('text/event-stream')
    const { headers } = await fetch(`http://127.0.0.1:${port}/`)
    let text = ''
    for await (const chunk of live.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      if (text.includes(String(headers.get('x-request-id')))) break
    }
    leaving.abort()
    expect(text).toMatch(/event: (line|request)/)
  })

  test('answers app.request() too', async () => {
    const { app, s } = service(signedIn)
    app.use('/_spoor/*', s.inspector)
    const answer = await app.request('http://localhost/_spoor/api/session')
    expect(answer.status).toBe(200)
  })
})
