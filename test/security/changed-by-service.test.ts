import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Code of a service may do anything to its request and response. Spoor answers as plain Node and Express do.

const directory = mkdtempSync(join(tmpdir(), 'spoor-changed-'))
const logs = defineLogs({
  directory,
  root: { console: false, file: 'root.log' },
  loggers: { requests: { console: false } },
})
const spoor = createSpoor({ service: 'changed', logs })
const thrown: unknown[] = []
const note = (error: unknown): void => void thrown.push(error)
beforeAll(() => void process.on('uncaughtException', note))
afterAll(async () => {
  process.off('uncaughtException', note)
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
  ...['method', 'url', 'originalUrl', 'httpVersionMajor'].map((name): [string, Change] => [
    `req.${name} throws`,
    (request) => Object.defineProperty(request, name, { get: fails, configurable: true }),
  ]),
  ['res.getHeader gives an object', (_, response) => Object.assign(response, { getHeader: () => response })],
  ['res.getHeader is async', (_, response) => Object.assign(response, { getHeader: async () => 'x' })],
  ...[0, 1].map((at): [string, Change] => [
    `the symbols of Spoor on ${at === 0 ? 'req' : 'res'} are null`,
    (...both) => {
      const changed = both[at] as object
      for (const symbol of Object.getOwnPropertySymbols(changed)) {
        if (symbol.description?.startsWith('spoor')) Object.assign(changed, { [symbol]: null })
      }
    },
  ]),
  ['res.socket is null', (_, response) => Object.defineProperty(response, 'socket', { value: null })],
  ['req.baseUrl is undefined', (request) => Object.assign(request, { baseUrl: undefined })],
  ...[undefined, 7, {}].map((url): [string, Change] => [
    `req.url is ${typeof url}`,
    (request) => Object.assign(request, { url }),
  ]),
  ['req.headers is null', (request) => Object.defineProperty(request, 'headers', { value: null })],
  ['req.method is changed', (request) => Object.assign(request, { method: 'ODD' })],
  ['req is frozen', (request) => Object.freeze(request)],
  ...[0, 'x', 1e9, Number.NaN].map((statusCode): [string, Change] => [
    `res.statusCode is ${statusCode}`,
    (_, response) => Object.assign(response, { statusCode, writeHead: () => response }),
  ]),
]

const respond = (change: Change, request: IncomingMessage, response: ServerResponse): void => {
  change(request as unknown as Record<string, unknown>, response as unknown as Record<string, unknown>)
  response.writeHead(200, { 'content-length': 2 })
  response.end('ok')
}

/**
 * What a client sees: the status line, the headers for other origins and the body, or nothing if the connection is cut or nothing comes.
 *
 * @param waitMs how long the client waits for a response; by default until the handler has run and its events are over
 */
async function seen(listener: RequestListener, attached: boolean, waitMs?: number): Promise<string> {
  const server = createServer()
  const handled = new Promise<void>((resolve) => {
    server.on('request', (request, response) => {
      try {
        return listener(request, response)
      } finally {
        resolve()
      }
    })
  })
  if (attached) spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  client.on('data', (chunk) => {
    text += chunk
    if (text.endsWith('ok')) client.end()
  })
  client.on('error', () => undefined)
  client.write('GET /p/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const gone = waitMs === undefined ? undefined : setTimeout(() => client.destroy(), waitMs)
  if (waitMs === undefined) void handled.then(quiet).then(() => client.destroy())
  await once(client, 'close')
  clearTimeout(gone)
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  const [status, ...head] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  const exposed = head.filter((line) => /^access-control-/i.test(line))
  const errors = thrown.splice(0).map(String)
  return [status, ...exposed, text.slice(text.indexOf('\r\n\r\n') + 4), ...errors].join(' ')
}

/** Ends when everything is over that a response written now sets off: loopback delivers within a few turns. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await setImmediate()
}

function listeners(change: Change): { plain: RequestListener; node: RequestListener } {
  const plain: RequestListener = (request, response) => respond(change, request, response)
  return { plain, node: spoorNode(spoor, { handler: plain }) as RequestListener }
}

function app(change: Change, followed: boolean): RequestListener {
  const made = express()
  if (followed) made.use(spoorExpress(spoor))
  made.use(
    '/p',
    express.Router().get('/a', (request, response) => respond(change, request, response)),
  )
  return made as unknown as RequestListener
}

/** The same seen with Spoor. Where there is an answer without Spoor, the client waits long for the one with it. */
async function alike(plain: string, listener: RequestListener, attached: boolean): Promise<void> {
  expect(await seen(listener, attached, plain.startsWith('HTTP') ? 20_000 : undefined)).toBe(plain)
}

describe.each(changes)('if %s', (_, change) => {
  it.each([
    ['attached', true],
    ['not attached', false],
  ])('a Node server answers as without Spoor and lives on (%s)', async (_, attached) => {
    const { plain, node } = listeners(change)
    await alike(await seen(plain, false), node, attached)
  })

  it.each([
    ['attached', true],
    ['not attached', false],
  ])('an Express app answers as without Spoor and lives on (%s)', async (_, attached) => {
    await alike(await seen(app(change, false), false), app(change, true), attached)
  })

  it('a Node server answers as without Spoor if the change was made before Spoor sees the request', async () => {
    const early =
      (listener: RequestListener): RequestListener =>
      (request, response) => {
        change(request as unknown as Record<string, unknown>, response as unknown as Record<string, unknown>)
        return listener(request, response)
      }
    const { plain, node } = listeners(() => undefined)
    await alike(await seen(early(plain), false), early(node), false)
  })
})

it('a Node server answers as without Spoor if it is given proxies of the request and the response', async () => {
  const { plain, node } = listeners(() => undefined)
  const proxied =
    (listener: RequestListener): RequestListener =>
    (request, response) =>
      listener(new Proxy(request, {}), new Proxy(response, {}))
  await alike(await seen(proxied(plain), false), proxied(node), true)
})
