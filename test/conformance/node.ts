import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import cors from 'cors'
import { corsHeaders, type Spoor } from 'spoor'
import { type NodeListener, spoorNode } from 'spoor/node'
import type { Fixture, Parts, RawRoute } from './fixture.js'
import { answerJson } from './routes.js'

export const plainNode: Fixture = {
  name: 'node:http',
  adapter: 'spoor/node',
  lacks: {
    'an app within an app': 'node:http has no apps; two instances around each other have their own case',
    'an error handler before the routes causes one warning': 'node:http has no error handler to mount',
    "the request line has the route's pattern": 'a handler of node:http has no routes',
  },
  serve: (parts) => parts.create(listenerOf(parts)),
}

/** Each instance round the next one, the routes within. */
function listenerOf({ spoors, account, inspector, cors: wantsCors, raw }: Parts): NodeListener {
  const routes = { ...raw, ...ownRoutes(spoors[0] as Spoor) }
  const routed = (request: IncomingMessage, response: ServerResponse) => route(routes, request, response)
  const inner = wantsCors === undefined ? routed : withCors(routed)
  const [first, ...others] = spoors.map(
    (spoor, index) =>
      (handler: RawRoute): NodeListener =>
        spoorNode(spoor, { account, handler, inspector: inspector && index === 0 ? '/_spoor' : undefined }),
  )
  const within = others.reduceRight((handler: RawRoute, mount) => mount(handler) as RawRoute, inner)
  return (first as (handler: RawRoute) => NodeListener)(within)
}

function withCors(handler: RawRoute): RawRoute {
  const middleware = cors({
    origin: 'https://page.test',
    exposedHeaders: ['X-Own', ...corsHeaders.exposed],
    allowedHeaders: ['Content-Type', ...corsHeaders.allowed],
  })
  return (request, response) => middleware(request, response, () => handler(request, response))
}

function route(routes: Record<string, RawRoute>, request: IncomingMessage, response: ServerResponse): unknown {
  const [path = ''] = (request.url ?? '').split('?')
  const found = routes[`${request.method} ${path}`] ?? routes[path] ?? routes[`GET ${path}`]
  if (found !== undefined) return found(request, response)
  const user = /^\/users\/([^/]+)$/.exec(path)
  if (user !== null) return answerJson(response, { user: user[1] })
  throw failure(404, 'not_found', 'no such page')
}

function ownRoutes(spoor: Spoor): Record<string, RawRoute> {
  return {
    'GET /json': (_, response) => {
      const { requestId, account } = spoor.context() ?? {}
      answerJson(response, { id: requestId, account })
    },
    'PUT /json': (_, response) => {
      response.statusCode = 405
      response.setHeader('Allow', 'GET')
      answerJson(response, { error: 'no' })
    },
    'POST /body': async (request, response) => answerJson(response, await bodyOf(request)),
    'GET /throw': () => {
      throw new Error('secret')
    },
    'GET /reject': () => Promise.reject(new Error('secret')),
    'GET /throw-string': () => {
      throw 'text'
    },
    'GET /throw-teapot': () => {
      throw failure(418, 'teapot', 'short and stout')
    },
    'GET /throw-late': async (_, response) => {
      await new Promise((written) => response.write('half', written))
      throw new Error('secret')
    },
    'GET /empty': (_, response) => void response.writeHead(204).end(),
    'GET /not-modified': (_, response) => void response.writeHead(304).end(),
    'GET /redirect': (_, response) => void response.writeHead(302, { Location: '/json' }).end(),
    'GET /stream': (_, response) => void Readable.from(['one ', 'two ', 'three']).pipe(response),
    'GET /cleared': (_, response) => {
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      answerJson(response, { cleared: true })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<object> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > 1024) throw failure(413, 'body_too_large', 'at most 1 KB')
  }
  try {
    return JSON.parse(text) as object
  } catch {
    throw failure(400, 'malformed_body', 'this is not JSON')
  }
}

function failure(status: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { status, code, expose: true })
}
