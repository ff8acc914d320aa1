import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { type AddressInfo, connect, Server as NetServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

// Code of a service may do anything to its request and response. Spoor answers as plain Node and Express do.

const directory = mkdtempSync(join(tmpdir(), 'spoor-changed-'))
const logs = defineLogs({
  directory,
  root: { console: false, file: 'root.log' },
  loggers: { requests: { console: false } },
})
const spoor = createSpoor({ service: 'changed', logs, inspector: { authorize: () => 'all' } })
const thrown: unknown[] = []
const note = (error: unknown): void => void thrown.push(error)
beforeAll(() => void process.on('uncaughtException', note).on('unhandledRejection', note))
afterAll(async () => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
})

type Change = (request: Record<string, unknown>, response: Record<string, unknown>) => unknown
const fails = (): never => {
  throw new Error('changed by the service')
}
const getter =
  (name: string): Change =>
  (_, response) =>
    Object.defineProperty(response, name, { get: fails, configurable: true })

const throwEverywhere = (target: object): void => {
  for (let on = target; on !== Object.prototype; on = Object.getPrototypeOf(on)) {
    for (const name of Object.getOwnPropertyNames(on)) {
      const { configurable = true } = Object.getOwnPropertyDescriptor(target, name) ?? {}
      if (configurable) Object.defineProperty(target, name, { get: fails, set: fails, configurable: true })
    }
  }
}

const changes: [string, Change][] = [
  ['res.req is null', (_, response) => Object.assign(response, { req: null })],
  ['res.req is deleted', (_, response) => delete response['req']],
  ['res.headersSent throws', getter('headersSent')],
  ['res.writableFinished throws', getter('writableFinished')],
  ['res.errored throws', getter('errored')],
  ...['setHeader', 'getHeader', 'appendHeader', 'removeHeader', 'getHeaderNames'].flatMap(
    (name): [string, Change][] => [
      [`res.${name} throws`, (_, response) => Object.assign(response, { [name]: fails })],
      [`res.${name} is undefined`, (_, response) => Object.assign(response, { [name]: undefined })],
    ],
  ),
  ['res.socket is null', (_, response) => Object.defineProperty(response, 'socket', { value: null })],
  ['req.baseUrl is undefined', (request) => Object.assign(request, { baseUrl: undefined })],
  ...[undefined, 7, {}].map((url): [string, Change] => [
    `req.url is ${typeof url}`,
    (request) => Object.assign(request, { url }),
  ]),
  ['req.headers is null', (request) => Object.defineProperty(request, 'headers', { value: null })],
  ['req.method is changed', (request) => Object.assign(request, { method: 'ODD' })],
  ['req is frozen', (request) => Object.freeze(request)],
  ['res is frozen', (_, response) => Object.freeze(response)],
  ['res is sealed', (_, response) => Object.seal(response)],
  ...[0, 'x', '200', 1e9, Number.NaN, -1, undefined, {}].map((statusCode): [string, Change] => [
    `res.statusCode is ${JSON.stringify(statusCode)}`,
    (_, response) => Object.assign(response, { statusCode }),
  ]),
  ...['emit', 'on', 'once', 'removeListener'].flatMap((name): [string, Change][] => [
    [`res.${name} throws`, (_, response) => Object.assign(response, { [name]: fails })],
    [`req.${name} throws`, (request) => Object.assign(request, { [name]: fails })],
  ]),
  ...['writeHead', 'write', 'end'].map((name): [string, Change] => [
    `res.${name} throws`,
    (_, response) => Object.assign(response, { [name]: fails }),
  ]),
  ['every member of res throws', (_, response) => throwEverywhere(response)],
  ['every member of req throws', (request) => throwEverywhere(request)],
  ['res.statusCode throws', getter('statusCode')],
  ['res.writableEnded throws', getter('writableEnded')],
  ['res.destroyed throws', getter('destroyed')],
  ...['emit', 'write', 'end', 'writeHead', 'writeEarlyHints'].flatMap((name): [string, Change][] => [
    [
      `res.${name} is given to another response`,
      (_, response) => {
        const other = new ServerResponse(new IncomingMessage(new Socket())) as unknown as Record<string, unknown>
        other[name] = response[name]
        ;(other[name] as (...args: unknown[]) => unknown)(name === 'writeHead' ? 204 : 'b')
      },
    ],
    [
      `res.${name} is read-only`,
      (_, response) => Object.defineProperty(response, name, { value: response[name], writable: false }),
    ],
  ]),
  [
    'its symbols are deleted',
    (request, response) => {
      for (const target of [request, response]) {
        for (const symbol of Object.getOwnPropertySymbols(target)) {
          if (symbol.description?.startsWith('spoor')) delete target[symbol as never]
        }
      }
    },
  ],
  ['res has another prototype', (_, response) => Object.setPrototypeOf(response, ServerResponse.prototype)],
]

const respond = (response: ServerResponse): void => {
  // Node writes the head itself where the service has set a status.
  if (response.statusCode === 200) response.writeHead(200, { 'content-length': 2 })
  response.end('ok')
}

/** What a client sees (nothing where no answer comes), and what ended the process, had it not been caught. */
interface Seen {
  readonly answer: string
  readonly uncaught: string[]
}

async function seen(listener: RequestListener, attached: boolean): Promise<Seen> {
  const server = createServer(listener)
  if (attached) spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  let isClosed = false
  client.on('data', (chunk) => {
    text += chunk
  })
  client.on('error', () => undefined)
  client.on('close', () => {
    isClosed = true
  })
  const called = new Promise((resolve) => server.prependOnceListener('request', resolve))
  client.write('GET /p/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await called
  // Client and server share one event loop: what is not there after so many turns never comes.
  for (let turn = 0; turn < 200 && !isClosed; turn++) await new Promise(setImmediate)
  client.destroy()
  // That of http looks at each response.
  NetServer.prototype.close.call(server)
  await once(server, 'close')
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  const [status] = text.split('\r\n')
  return { answer: `${status} ${text.endsWith('ok') ? 'ok' : ''}`, uncaught: thrown.splice(0).map(String) }
}

type Middleware = (request: IncomingMessage, response: ServerResponse) => void

/** A plain Node server, and the same behind Spoor. `before` stands before Spoor, `behind` in the handler. */
function listeners(before: Middleware, behind: Middleware): { plain: RequestListener; node: RequestListener } {
  const handler: RequestListener = (request, response) => {
    behind(request, response)
    respond(response)
  }
  const node = spoorNode(spoor, { handler })
  const after =
    (listener: (request: IncomingMessage, response: ServerResponse) => void): RequestListener =>
    (request, response) => {
      before(request, response)
      listener(request, response)
    }
  return { plain: after(handler as never), node: after(node) }
}

function app(before: Middleware, behind: Middleware, followed: boolean): RequestListener {
  const made = express()
  made.use((request, response, next) => {
    before(request, response)
    next()
  })
  if (followed) made.use(spoorExpress(spoor))
  const router = express.Router().get('/a', (request, response) => {
    behind(request, response)
    respond(response)
  })
  return made.use('/p', router) as unknown as RequestListener
}

/** Which member Node stumbles over first is a matter of its version. */
const kindOf = (error: string): string => error.replaceAll(/'[^']*'/g, '')

const nothing: Middleware = () => undefined
const ways = [
  ['attached', true],
  ['not attached', false],
] as const

describe.each(changes)('where %s', (_, change) => {
  afterEach(() => expect([...spoor.lifecycle.live()]).toEqual([]))

  const changed = change as unknown as Middleware
  describe.each([
    ['behind Spoor', nothing, changed],
    ['before Spoor', changed, nothing],
  ])('%s', (_, before, behind) => {
    it.each(ways)('a Node server answers as without Spoor and lives on (%s)', async (_, attached) => {
      const { plain, node } = listeners(before, behind)
      const [followed, bare] = [await seen(node, attached), await seen(plain, false)]
      // What a handler throws ends a plain server; the adapter answers it where it can.
      if (bare.uncaught.length === 0) expect(followed).toEqual(bare)
      else expect(bare.uncaught.map(kindOf)).toEqual(expect.arrayContaining(followed.uncaught.map(kindOf)))
    })

    it.each(ways)('an Express app answers as without Spoor and lives on (%s)', async (_, attached) => {
      expect(await seen(app(before, behind, true), attached)).toEqual(await seen(app(before, behind, false), false))
    })
  })
})

it('health counts how often Spoor could not follow, and one line says what to look for', async () => {
  const before = await guardedOf()
  await seen(app(getter('headersSent') as unknown as Middleware, nothing, true), false)
  expect(await guardedOf()).toBeGreaterThan(before)
  await logs.flush()
  expect(readFileSync(join(directory, 'root.log'), 'utf8').match(/could not follow it/g)).toHaveLength(1)
})

async function guardedOf(): Promise<number> {
  const server = createServer(
    spoorNode(spoor, {
      inspector: '/_spoor',
      account: () => ({ account: 'a', roles: ['operator'] }),
      handler: respond as never,
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/_spoor/api/health`)
  const { context } = (await answer.json()) as { context: { guarded: number } }
  server.closeAllConnections()
  server.close()
  return context.guarded
}

describe('where a middleware passes proxies on', () => {
  const proxied =
    (listener: RequestListener): RequestListener =>
    (request, response) =>
      listener(new Proxy(request, {}), new Proxy(response, {}) as typeof response)

  it.each(ways)('a Node server and an Express app answer as without Spoor (%s)', async (_, attached) => {
    const { plain, node } = listeners(nothing, nothing)
    expect(await seen(proxied(node), attached)).toEqual(await seen(proxied(plain), false))
    const [followed, bare] = [app(nothing, nothing, true), app(nothing, nothing, false)]
    expect(await seen(proxied(followed), attached)).toEqual(await seen(proxied(bare), false))
    const inner = spoorNode(spoor, { handler: proxied(plain) as never }) as RequestListener
    expect(await seen(inner, attached)).toEqual(await seen(proxied(plain), false))
    expect([...spoor.lifecycle.live()]).toEqual([])
  })
})
