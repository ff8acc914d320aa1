import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Router from '@koa/router'
import Koa, { type Context, type Next } from 'koa'
import serverless from 'serverless-http'
import { type KoaOptions, spoorKoa } from 'spoor/koa'
import { spoorNode } from 'spoor/node'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'
import { mount } from '../../../test/conformance/koa.js'
import { type Opened, opened } from '../../../test/frameworks/opened.js'
import { temporaryFolder } from '../../../test/programs/folder.js'

interface Service extends Opened {
  readonly app: Koa
  readonly mounted: ReturnType<typeof spoorKoa>
}

/** A service that is not attached, so that the adapter alone follows it. */
function service(options: KoaOptions = {}, before: (app: Koa) => unknown = () => {}): Service {
  const open = opened({ inspector: { authorize: () => 'all' } })
  const app = new Koa()
  before(app)
  const mounted = spoorKoa(open.spoor, options)
  app.use(mounted)
  return { ...open, app, mounted }
}

const serve = (app: Koa) => supertest(createServer(app.callback()))
const answer = (ctx: Context): void => {
  ctx.body = ctx.state.requestId
}
const pass = (_: Context, next: Next): Promise<void> => next()
const routerOf = (add: (router: Router) => unknown): Router => {
  const router = new Router()
  add(router)
  return router
}
const appWith = (router: Router): Koa => {
  const app = new Koa()
  app.use(router.routes())
  return app
}

describe('the route of a request', () => {
  const nested = routerOf((router) => router.get('/users/:id', answer))
  const patterns: [what: string, mountOn: (app: Koa) => unknown, path: string, route: string | undefined][] = [
    ['of a router', (app) => app.use(nested.routes()), '/users/7', '/users/:id'],
    [
      'below a parameter of a router around',
      (app) => app.use(routerOf((router) => router.use('/t/:tenant', nested.routes())).routes()),
      '/t/a/users/7',
      '/t/:tenant/users/:id',
    ],
    [
      'of a prefix',
      (app) => app.use(routerOf((router) => router.prefix('/api/:version').get('/users/:id', answer)).routes()),
      '/api/1/users/7',
      '/api/:version/users/:id',
    ],
    [
      'of the route that answers, not of one after it',
      (app) => app.use(routerOf((router) => router.get('/users/new', answer).get('/users/:id', answer)).routes()),
      '/users/new',
      '/users/new',
    ],
    [
      'of the route to which another passes on',
      (app) => app.use(routerOf((router) => router.get('/users/:name', pass).get('/:what/:id', answer)).routes()),
      '/users/7',
      '/:what/:id',
    ],
    [
      'behind a middleware of the router that refuses',
      (app) => app.use(routerOf((router) => router.use((ctx) => ctx.throw(403)).get('/users/:id', answer)).routes()),
      '/users/7',
      '/users/:id',
    ],
    [
      'of a regular expression',
      (app) => app.use(routerOf((router) => router.get(/^\/users\/\d+$/, answer)).routes()),
      '/users/7',
      '^\\/users\\/\\d+$',
    ],
    ['below koa-mount', (app) => app.use(mount('/api', appWith(nested))), '/api/users/7', '/api/users/:id'],
    [
      'below two of koa-mount',
      (app) => {
        const inner = new Koa()
        inner.use(mount('/v1', appWith(nested)))
        app.use(mount('/api', inner))
      },
      '/api/v1/users/7',
      '/*/v1/users/:id',
    ],
    [
      'behind an app of koa-mount that passes on',
      (app) => {
        const inner = new Koa()
        inner.use(pass)
        app.use(mount('/api', inner))
        app.use(routerOf((router) => router.get('/api/:what/:id', answer)).routes())
      },
      '/api/users/7',
      '/api/:what/:id',
    ],
    ['that does not exist', (app) => app.use(nested.routes()), '/nowhere', undefined],
    [
      'for another method',
      (app) => app.use(routerOf((router) => router.post('/users/:id', answer)).routes()),
      '/users/7',
      undefined,
    ],
    ['without a router', (app) => app.use(answer), '/users/7', undefined],
  ]
  test.each(patterns)('%s', async (_, mountOn, path, route) => {
    const { app, requestLines } = service()
    mountOn(app)
    await serve(app).get(path)
    const [line] = await requestLines()
    expect(line?.['route']).toBe(route)
  })
})

describe('a server that is not attached', () => {
  test('has ids, accounts and lines, and takes no response for a lost context', async () => {
    const { app, spoor, requestLines } = service({
      account: async (ctx) => ({ account: ctx.get('x-account') || undefined }),
    })
    const router = new Router()
    router.get('/users/:id', (ctx) => {
      ctx.body = { id: ctx.state.requestId, account: spoor.context()?.account }
    })
    router.get('/fail', () => {
      throw new Error('x')
    })
    app.use(router.routes())
    const seen = await serve(app).get('/users/7').set('X-Account', 'acme')
    expect(seen.body).toEqual({ id: seen.headers['x-request-id'], account: 'acme' })
    for (const path of ['/fail', '/nowhere']) expect((await serve(app).get(path)).body.requestId).toMatch(/-/)
    const all = await requestLines()
    expect(all.map(({ path, status }) => [path, status])).toEqual([
      ['/users/7', 200],
      ['/fail', 500],
      ['/nowhere', 404],
    ])
    for (const line of all) expect(line).not.toHaveProperty('contextLost')
  })

  test('answers a failure of a middleware that stands before Spoor', async () => {
    const { app, requestLines } = service({}, (early) =>
      early.use(async (_, next) => {
        await next()
        throw new Error('x')
      }),
    )
    app.use(answer)
    expect((await serve(app).get('/')).body).toMatchObject({ status: 500, requestId: expect.any(String) })
    const [line] = await requestLines()
    expect(line).toMatchObject({ error: { message: 'x' } })
    expect(line).not.toHaveProperty('contextLost')
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
    app.use(answer)
    const { status, body } = await serve(app).get('/')
    const expected = (error as { status?: number } | null)?.status ?? 500
    expect([status, body]).toEqual([expected, expect.objectContaining({ requestId: expect.any(String) })])
  })
})

describe('an error with headers', () => {
  test('of another service is a 502, also behind a middleware that sets headers', async () => {
    const { app } = service()
    app.use((ctx) => {
      ctx.set('X-Own', 'a')
      throw Object.assign(new Error('of OpenAI'), { status: 401, headers: { 'x-upstream': 'b' } })
    })
    expect((await serve(app).get('/')).status).toBe(502)
  })
})

describe('a wrong mount', () => {
  const routes = routerOf((router) => router.get('/early', answer)).routes()

  test('behind a router is reported at the first request that reaches it', async () => {
    const { app, warnings } = service({}, (early) => early.use(routes))
    await serve(app).get('/nowhere')
    await serve(app).get('/nowhere')
    expect(await warnings()).toEqual([expect.stringMatching(/^spoorKoa is mounted behind a router, .*first$/)])
  })

  test('twice, in an app within the app, is reported once', async () => {
    const { app, spoor, warnings } = service()
    const inner = new Koa()
    inner.use(spoorKoa(spoor))
    inner.use(answer)
    app.use(mount('/sub', inner))
    for (let i = 0; i < 2; i++) await serve(app).get('/sub/x')
    expect(await warnings()).toEqual(['spoorKoa is mounted twice on one path; leave one, the outermost'])
  })

  test('within another adapter of the same Spoor is reported, and the request has one line', async () => {
    const { app, spoor, warnings, requestLines } = service()
    app.use(routes)
    await supertest(createServer(spoorNode(spoor, { handler: app.callback() }))).get('/early')
    expect(await warnings()).toEqual([expect.stringContaining('mounted twice')])
    expect(await requestLines()).toMatchObject([{ route: '/early' }])
  })

  test.each([
    ['2.16.1', ['spoorKoa: app: expected Koa 3, got Koa 2.16.1, which is not tested; npm install koa@3']],
    ['3.0.0', []],
  ])('in Koa %s', async (version, expected) => {
    const { mounted, warnings } = service()
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'lib'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'koa', version }))
    writeFileSync(join(folder, 'lib/application.js'), 'module.exports = { use: (fn) => fn._name || fn.name }')
    const { use } = createRequire(pathToFileURL(folder))(join(folder, 'lib/application.js'))
    expect(use(mounted)).toBe('spoorKoa')
    expect(await warnings()).toEqual(expected)
  })

  test('as app.use(spoorKoa) names the right call', () => {
    expect(() => spoorKoa({} as never)).toThrow(/write app\.use\(spoorKoa\(spoor, \{ account \}\)\)/)
    expect(() => spoorKoa(service().spoor, { inspector: '/_spoor/' })).toThrow(/inspector: expected a path such as/)
  })
})

describe('the inspector', () => {
  const signedIn: KoaOptions = { account: () => ({ account: 'acme' }), inspector: '/_spoor' }

  test('answers below its mount, and other paths go to the service', async () => {
    const { app, requestLines } = service(signedIn)
    app.use(answer)
    const { status, body } = await serve(app).get('/_spoor/api/session').set('Host', 'localhost')
    expect([status, body.service]).toEqual([200, 'test'])
    expect((await serve(app).get('/_spoors')).status).toBe(200)
    expect((await requestLines()).map(({ path }) => path)).toEqual(['/_spoors'])
  })
})

test('a request through serverless-http has its id, its answer and its line', async () => {
  const { app, requestLines } = service()
  app.use(routerOf((router) => router.get('/users/:id', answer)).routes())
  const handler = serverless(app)
  const event = (path: string) => ({
    version: '2.0',
    rawPath: path,
    headers: {},
    requestContext: { http: { method: 'GET', path } },
  })
  const found = (await handler(event('/users/7'), {})) as { body: string; headers: Record<string, string> }
  expect(found.body).toBe(found.headers['x-request-id'])
  expect(await handler(event('/nowhere'), {})).toMatchObject({
    statusCode: 404,
    body: expect.stringContaining('not_found'),
  })
  const all = await requestLines()
  expect(all).toMatchObject([{ route: '/users/:id', status: 200 }, { status: 404 }])
  for (const line of all) expect(line).not.toHaveProperty('aborted')
})
