import { once } from 'node:events'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { streamText } from 'hono/streaming'
import { corsHeaders, type Spoor } from 'spoor'
import { type SpoorHono, spoorHono } from 'spoor/hono'
import { failing } from './failing.js'
import type { Account, Fixture, Parts, RawRoute } from './fixture.js'

type App = Hono<{ Bindings: HttpBindings }>

export const hono4: Fixture = {
  name: 'Hono 4',
  adapter: 'spoor/hono',
  lacks: {
    'an error handler before the routes causes one warning': 'app.onError has no place among the routes',
  },
  serve: (parts) => parts.create(getRequestListener(appOf(parts).fetch)),
}

function appOf({ spoors, nested, account, inspector, cors: wantsCors, raw }: Parts): App {
  const app: App = new Hono()
  const resolver = account && ((c: Context) => account((c.env as HttpBindings).incoming))
  const mounts = spoors.map((spoor) => spoorHono(spoor, { account: resolver }))
  const first = mounts[0] as SpoorHono
  if (inspector === 'before') app.use('/_spoor/*', first.inspector)
  for (const mount of mounts) app.use(mount)
  app.onError(first.errors)
  app.notFound(first.notFound)
  if (wantsCors !== undefined) app.use(corsPackage())
  if (inspector === 'after') app.use('/_spoor/*', first.inspector)
  for (const [path, route] of Object.entries(raw)) app.all(path, rawHandler(route))
  addRoutes(app, spoors[0] as Spoor)
  if (nested !== undefined) app.route('/nested', innerApp(nested))
  return app
}

/** A route on Node's own response, as the documentation of @hono/node-server shows. */
function rawHandler(route: RawRoute): (c: Context<{ Bindings: HttpBindings }>) => Promise<Response> {
  return async (c) => {
    const { incoming, outgoing } = c.env
    await route(incoming as Parameters<Account>[0], outgoing as Parameters<RawRoute>[1])
    // Hono answers HEAD with a copy of the response. @hono/node-server sends the copy, and then destroys what is not closed.
    if (c.req.method === 'HEAD' && !outgoing.closed) await once(outgoing, 'close')
    return RESPONSE_ALREADY_SENT
  }
}

function innerApp(spoor: Spoor): App {
  const app: App = new Hono()
  const s = spoorHono(spoor)
  app.use(s)
  app.onError(s.errors)
  app.get('/users/:id', (c) => c.json({ user: c.req.param('id') }))
  return app
}

function corsPackage(): ReturnType<typeof cors> {
  return cors({
    origin: 'https://page.test',
    exposeHeaders: ['X-Own', ...corsHeaders.exposed],
    allowHeaders: ['Content-Type', ...corsHeaders.allowed],
  })
}

function addRoutes(app: App, spoor: Spoor): void {
  app.get('/json', (c) => {
    const { requestId, account } = spoor.context() ?? {}
    return c.json({ id: requestId, account })
  })
  app.put('/json', (c) => c.json({ error: 'no' }, 405, { Allow: 'GET' }))
  const limit = bodyLimit({
    maxSize: 1024,
    onError: () => {
      throw failure(413, 'body_too_large', 'at most 1 KB')
    },
  })
  app.post('/body', limit, async (c) => {
    const body = await c.req.json().catch(() => {
      throw failure(400, 'malformed_body', 'this is not JSON')
    })
    return c.json(body)
  })
  for (const [path, fail] of Object.entries(failing)) app.get(path, fail)
  app.get('/throw-teapot', () => {
    throw Object.assign(new Error('short and stout'), { status: 418, expose: true })
  })
  app.get('/throw-late', async (c) => {
    await new Promise((written) => c.env.outgoing.write('half', written))
    throw new Error('secret')
  })
  app.get('/empty', (c) => c.body(null, 204))
  app.get('/not-modified', (c) => c.body(null, 304))
  app.get('/redirect', (c) => c.redirect('/json'))
  app.get('/stream', (c) =>
    streamText(c, async (stream) => {
      for (const part of ['one ', 'two ', 'three']) await stream.write(part)
    }),
  )
  app.get('/cleared', (c) => {
    for (const name of c.env.outgoing.getHeaderNames()) c.env.outgoing.removeHeader(name)
    return c.json({ cleared: true })
  })
  app.get('/users/:id', (c) => c.json({ user: c.req.param('id') }))
}

function failure(status: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { status, code, expose: true })
}
