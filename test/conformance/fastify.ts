import { Readable } from 'node:stream'
import cors from '@fastify/cors'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { corsHeaders, type Spoor } from 'spoor'
import { fastifyOptions, spoorFastify } from 'spoor/fastify'
import { failing } from './failing.js'
import type { Account, Fixture, Parts } from './fixture.js'

export const fastify5: Fixture = {
  name: 'Fastify 5',
  adapter: 'spoor/fastify',
  lacks: {
    'an error handler before the routes causes one warning': 'Fastify has no order of error handlers and routes',
  },
  serve: async (parts) => {
    const app = await appOf(parts)
    await app.ready()
    return app.server
  },
}

async function appOf({ spoors, nested, account, inspector, cors: wantsCors, raw, create }: Parts) {
  const [first] = spoors as [Spoor]
  // The body limit is that of `POST /body`; other routes read their bodies themselves.
  const app = Fastify(fastifyOptions(first, { serverFactory: (handler) => create(handler) }))
  for (const [index, spoor] of spoors.entries()) {
    await app.register(spoorFastify, {
      spoor,
      account: account && onRequest(account),
      ...(inspector && index === 0 && { inspector: '/_spoor' }),
    })
  }
  if (wantsCors !== undefined) {
    await app.register(cors, {
      origin: 'https://page.test',
      exposedHeaders: ['X-Own', ...corsHeaders.exposed],
      allowedHeaders: ['Content-Type', ...corsHeaders.allowed],
    })
  }
  await app.register(async (plugin) => addRawRoutes(plugin, raw))
  addRoutes(app, first)
  if (nested !== undefined) {
    await app.register(
      async (plugin) => {
        await plugin.register(spoorFastify, { spoor: nested })
        plugin.get<{ Params: { id: string } }>('/users/:id', async ({ params }) => ({ user: params.id }))
      },
      { prefix: '/nested' },
    )
  }
  return app
}

function onRequest(account: Account): (request: FastifyRequest) => ReturnType<Account> {
  return (request) => account(request.raw)
}

/** Routes on Node's own request and response read the body themselves. */
function addRawRoutes(app: FastifyInstance, raw: Parts['raw']): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  for (const [path, route] of Object.entries(raw)) {
    app.all(path, async (request, reply) => {
      await route(request.raw, reply.raw)
      return reply
    })
  }
}

function addRoutes(app: FastifyInstance, spoor: Spoor): void {
  app.get('/json', async () => {
    const { requestId, account } = spoor.context() ?? {}
    return { id: requestId, account }
  })
  app.put('/json', (_, reply) => reply.code(405).header('Allow', 'GET').send({ error: 'no' }))
  app.post('/body', { bodyLimit: 1024 }, async (request) => request.body)
  for (const [path, fail] of Object.entries(failing)) app.get(path, fail)
  app.get('/throw-teapot', () => {
    throw Object.assign(new Error('short and stout'), { status: 418, expose: true })
  })
  app.get('/throw-late', async (_, reply) => {
    await new Promise((written) => reply.raw.write('half', written))
    throw new Error('secret')
  })
  app.get('/empty', (_, reply) => reply.code(204).send())
  app.get('/not-modified', (_, reply) => reply.code(304).send())
  app.get('/redirect', (_, reply) => reply.redirect('/json'))
  app.get('/stream', (_, reply) => reply.send(Readable.from(['one ', 'two ', 'three'])))
  app.get('/cleared', (_, reply) => {
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
    reply.send({ cleared: true })
  })
  app.get<{ Params: { id: string } }>('/users/:id', async ({ params }) => ({ user: params.id }))
}
