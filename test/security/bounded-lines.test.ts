// One anonymous request must not fill the log files: 2,500 of them with paths of 15 KB once erased `requests.jsonl` and
// its ten backups.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { describe, expect, test } from 'vitest'

const maxBytes = 8_192
const fill = (unit: string, bytes = 14_000): string => unit.repeat(Math.ceil(bytes / unit.length))
const head = (path: string, ...headers: string[]): string =>
  ['GET ' + path + ' HTTP/1.1', 'Host: a', ...headers, 'Connection: close', '', ''].join('\r\n')
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\nConnection: close\r\n\r\n${body}`

const texts: Record<string, string> = {
  letters: fill('a'),
  quotes: fill('"'),
  backslashes: fill('\\'),
  'bytes beyond ASCII': fill('\x80'),
  percents: fill('%zz'),
  'encoded colons': fill('%3a'),
  'names of secrets': fill('pw=x&'),
  tokens: fill('/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghij'),
}
const headers = [
  'X-Request-ID',
  'traceparent',
  'tracestate',
  'X-Debug-Resource-Tracking',
  'Authorization',
  'Cookie',
  'User-Agent',
  'Referer',
  'Origin',
  'Accept',
  'X-Own',
]

const requests: Record<string, string> = {
  'a plain request': head('/'),
  'many headers': head('/', ...Array.from({ length: 90 }, (_, at) => `X-${at}: ${'v'.repeat(100)}`)),
  'a method nobody knows': head('/').replace('GET', 'PROPFIND'),
  'an upgrade': head(`/${fill('u')}`).replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: websocket'),
  'bytes that are not a request': `${fill('nonsense ')}\r\n\r\n`,
  'a header that is too large': head('/', `X-Large: ${fill('a', 20_000)}`),
  'a malformed chunk': `POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${fill('z')}\r\n`,
  'a long name of a host': head('/').replace('Host: a', `Host: ${fill('h')}`),
  'a long name of a header': head('/', `X-${fill('n')}: v`),
  'a long query behind an upgrade': head(`/?q=${fill('u')}`).replace(
    'Connection: close',
    `Connection: Upgrade\r\nUpgrade: ${fill('w', 1_000)}`,
  ),
  'an expectation nobody knows': head('/', `Expect: ${fill('e')}`),
  'no host': head(`/${fill('p')}`).replace('Host: a\r\n', ''),
  'a length and chunks': head(`/${fill('p')}`, 'Content-Length: 1', 'Transfer-Encoding: chunked'),
  'a body that ends early': post('/body', `{"a":"${fill('b')}"}`).slice(0, -5),
  'a charset nobody knows': post('/body', '{}').replace('json', `json; charset=${fill('c')}`),
  'an encoding nobody knows': post('/body', '{}').replace('Host: a', `Host: a\r\nContent-Encoding: ${fill('c')}`),
  'a body that is too large': post('/body', `{"a":"${fill('b', 200_000)}"}`),
}
for (const text of ['"', '\\'])
  requests[`an error that quotes headers with ${text} as JSON`] = head('/headers', `X-Own: ${fill(text)}`)
for (const [name, text] of Object.entries(texts)) {
  requests[`a path of ${name}`] = head(`/${text}`)
  requests[`an unknown route of ${name}`] = head(`/no/${text}`)
  requests[`a parameter of ${name}`] = head(`/users/${text}`)
  requests[`a query of ${name}`] = head(`/?q=${text}`)
  requests[`a URL that cannot be read of ${name}`] = head(`/url/${text}`)
  requests[`a failure that quotes ${name}`] = head(`/broken/${text}`)
  requests[`a malformed body of ${name}`] = post('/body', `{"password": "${text}`)
  requests[`an error that quotes a parameter of ${name}`] = head(`/parameter/${text}`)
  requests[`an error that quotes ${name}`] = head(`/quote/${text}`)
}
for (const name of headers) requests[`${name} of 14 KB`] = head('/', `${name}: ${fill('x')}`)

function expressApp(spoor: Spoor): RequestListener {
  const s = spoorExpress(spoor)
  const app = express().use(s)
  app.get('/', (_, response) => void response.end())
  app.get('/users/:id', (_, response) => void response.end())
  app.get('/quote/*rest', (request) => {
    const error = new Error(`no such page: ${request.url} (${request.get('user-agent')})`, {
      cause: new Error(request.url),
    })
    throw Object.assign(error, { status: 404, expose: true, url: request.url, details: [{ path: request.url }] })
  })
  app.get('/url/*rest', (request) => void new URL(request.url))
  app.get('/broken/*rest', (request) => {
    throw Object.assign(new Error(`broken: ${request.url}`, { cause: new Error(request.url) }), { url: request.url })
  })
  // Without the slash before it, and decoded.
  app.get('/parameter/*rest', (request) => {
    throw new Error(`no ${[request.params['rest']].flat().join('/')}`)
  })
  app.post('/body', express.json(), (_, response) => void response.end())
  return app.use(s.errors) as unknown as RequestListener
}

function nodeApp(spoor: Spoor): RequestListener {
  return spoorNode(spoor, {
    handler: async (request, response) => {
      const { url = '' } = request
      if (url.startsWith('/no/')) throw Object.assign(new Error(`no ${url}`), { status: 404, expose: true })
      if (url.startsWith('/users/')) decodeURIComponent(url)
      if (url === '/headers') throw new Error(`bad headers: ${JSON.stringify(request.headers)}`)
      if (url.startsWith('/quote/')) throw Object.assign(new Error(url), { status: 400, expose: true, body: url })
      if (url.startsWith('/parameter/')) throw new Error(`no ${unescape(url.slice('/parameter/'.length))}`)
      if (url.startsWith('/url/')) new URL(url)
      if (url.startsWith('/broken/'))
        throw Object.assign(new Error(`broken: ${url}`, { cause: new Error(url) }), { url })
      let body = ''
      for await (const chunk of request) body += String(chunk)
      if (request.method === 'POST') {
        try {
          JSON.parse(body)
        } catch (cause) {
          throw Object.assign(new Error(`malformed: ${body}`, { cause }), { status: 400, expose: true, body })
        }
      }
      response.end()
    },
  }) as RequestListener
}

/** How many bytes a request leaves in all log files, that of the root logger included. */
async function bytesLeftBy(app: (spoor: Spoor) => RequestListener, request: string): Promise<[number, string]> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bounded-'))
  const quiet = { console: false } as const
  const logs = defineLogs({ directory, root: { ...quiet, file: 'root.log' }, loggers: { requests: quiet } })
  const spoor = createSpoor({ service: 'bounded', logs })
  const server = createServer(app(spoor))
  spoor.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  client.on('error', () => undefined)
  client.end(Buffer.from(request, 'latin1'))
  await once(client, 'close')
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  const files = readdirSync(directory).map((name) => join(directory, name))
  const text = files.map((file) => readFileSync(file, 'utf8')).join('')
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0)
  rmSync(directory, { recursive: true })
  return [size, text]
}

describe.each(Object.entries({ 'spoor/express': expressApp, 'spoor/node': nodeApp }))('through %s', (_, app) => {
  test.each(Object.keys(requests))('%s leaves at most 8 KB in all log files', async (name) => {
    const [size, text] = await bytesLeftBy(app, requests[name] as string)
    expect(text).toContain('"kind":"request"')
    expect(size, text.slice(0, 2_000)).toBeLessThanOrEqual(maxBytes)
  })
})
