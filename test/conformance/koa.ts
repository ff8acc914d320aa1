import { Readable } from 'node:stream'
import Router from '@koa/router'
import cors from 'cors'
import Koa, { type Context, type Middleware } from 'koa'
import compose from 'koa-compose'
import getRawBody from 'raw-body'
import { corsHeaders, type Spoor } from 'spoor'
import { spoorKoa } from 'spoor/koa'
import { failing } from './failing.js'
import type { Fixture, Parts, RawRoute } from './fixture.js'

export const koa3: Fixture = {
  name: 'Koa 3',
  adapter: 'spoor/koa',
  lacks: {
    'an error handler before the routes causes one warning': 'spoorKoa has no error handler to mount',
  },
  serve: (parts) => parts.create(appOf(parts).callback()),
}

function appOf({ spoors, nested, account, inspector, cors: wantsCors, raw }: Parts): Koa {
  const app = new Koa()
  const resolver = account && ((ctx: Context) => account(ctx.req))
  spoors.forEach((spoor, index) => {
    app.use(spoorKoa(spoor, { account: resolver, inspector: inspector && index === 0 ? '/_spoor' : undefined }))
  })
  if (wantsCors !== undefined) app.use(corsPackage())
  const router = new Router()
  for (const [path, route] of Object.entries(raw)) router.all(path, rawHandler(route))
  addRoutes(router, spoors[0] as Spoor)
  app.use(router.routes())
  if (nested !== undefined) app.use(mount('/nested', innerApp(nested)))
  return app
}

/** A route on Node's own response, as Koa's documentation shows. */
function rawHandler(route: RawRoute): Middleware {
  return async (ctx) => {
    ctx.respond = false
    ctx.res.statusCode = 200
    await route(ctx.req, ctx.res)
  }
}

function innerApp(spoor: Spoor): Koa {
  const router = new Router()
  router.get('/users/:id', (ctx) => {
    ctx.body = { user: ctx.params['id'] }
  })
  const app = new Koa()
  app.use(spoorKoa(spoor))
  app.use(router.routes())
  return app
}

/** Mounts an app below a path, as koa-mount does, which is not installed in this project. */
export function mount(prefix: string, app: Koa): Middleware {
  const inner = compose(app.middleware)
  return async (ctx, next) => {
    const { path } = ctx
    if (!path.startsWith(`${prefix}/`)) return next()
    Object.assign(ctx, { mountPath: prefix, path: path.slice(prefix.length) })
    await inner(ctx, async () => {
      const within = ctx.path
      ctx.path = path
      await next()
      ctx.path = within
    })
    ctx.path = path
  }
}

/** Express's package: @koa/cors is not installed in this project. */
function corsPackage(): Middleware {
  const middleware = cors({
    origin: 'https://page.test',
    exposedHeaders: ['X-Own', ...corsHeaders.exposed],
    allowedHeaders: ['Content-Type', ...corsHeaders.allowed],
  })
  return async (ctx, next) => {
    if (ctx.method === 'OPTIONS') {
      ctx.respond = false
      middleware(ctx.req, ctx.res, () => {})
      return
    }
    await new Promise<void>((resolve) => middleware(ctx.req, ctx.res, () => resolve()))
    await next()
  }
}

function addRoutes(router: Router, spoor: Spoor): void {
  router.get('/json', (ctx) => {
    const { requestId, account } = spoor.context() ?? {}
    ctx.body = { id: requestId, account }
  })
  router.put('/json', (ctx) => {
    ctx.status = 405
    ctx.set('Allow', 'GET')
    ctx.body = { error: 'no' }
  })
  router.post('/body', async (ctx) => {
    const text = await getRawBody(ctx.req, { limit: 1024, encoding: 'utf8' })
    try {
      ctx.body = JSON.parse(text)
    } catch {
      ctx.throw(400, 'this is not JSON', { code: 'malformed_body' })
    }
  })
  for (const [path, fail] of Object.entries(failing)) router.get(path, fail)
  router.get('/throw-teapot', (ctx) => ctx.throw(418, 'short and stout'))
  router.get('/throw-late', async (ctx) => {
    ctx.res.statusCode = 200
    await new Promise((written) => ctx.res.write('half', written))
    throw new Error('secret')
  })
  router.get('/empty', (ctx) => {
    ctx.status = 204
  })
  router.get('/not-modified', (ctx) => {
    ctx.status = 304
  })
  router.get('/redirect', (ctx) => ctx.redirect('/json'))
  router.get('/stream', (ctx) => {
    ctx.type = 'text'
    ctx.body = Readable.from(['one ', 'two ', 'three'])
  })
  router.get('/cleared', (ctx) => {
    for (const name of ctx.res.getHeaderNames()) ctx.remove(name)
    ctx.body = { cleared: true }
  })
  router.get('/users/:id', (ctx) => {
    ctx.body = { user: ctx.params['id'] }
  })
}
