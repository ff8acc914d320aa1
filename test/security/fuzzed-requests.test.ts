// Random requests over real sockets: to the inspector's API, whose parameters a reader chooses, and to the service, whose headers any
// caller chooses. Each must get one whole answer that is not a failure of Spoor.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { createSpoor, defineLogs, type Logs, type Spoor } from 'spoor'
import { spoorNode } from 'spoor/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesIn } from '../conformance/lines.js'
import { temporaryFolder } from '../programs/folder.js'
import { headers } from './fuzz/headers.js'
import { queries } from './fuzz/queries.js'

let directory: string
let logs: Logs<never>
let spoor: Spoor
let server: Server

beforeAll(async () => {
  directory = temporaryFolder(afterAll)
  logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  spoor = createSpoor({
    service: 'fuzzed',
    logs,
    requestId: { trust: ['127.0.0.1'] },
    requestLine: { remoteAddress: true, userAgent: true },
    tracking: { mode: 'all' },
    inspector: { authorize: () => 'all', hosts: ['service.test'] },
  })
  const account = () => ({ account: 'acme', user: 'ann' })
  const handler = (_: unknown, response: { end(text: string): void }): void => response.end('x')
  server = createServer(spoorNode(spoor, { account, handler, inspector: '/_spoor' }))
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  for (const path of ['/', '/a', '/b']) await exchanged(`GET ${path} HTTP/1.1\r\nHost: service.test\r\n`)
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
})

/** The answer to a head without its end. */
function exchanged(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}Connection: close\r\n\r\n`, 'latin1'))
    socket.setTimeout(10_000, () => reject(new Error(`no answer to ${head}`)))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)))
  })
}

/** The status of an answer that is whole: an answer without a body, or with as many bytes as it says. */
function statusOf(answer: string): number {
  const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? []
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
  const length = /^content-length: (\d+)$/im.exec(answer)?.[1]
  expect([status, Number(length ?? body.length)]).toEqual([expect.stringMatching(/^[2-5]\d\d$/), body.length])
  return Number(status)
}

const piece = (words: readonly string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words) },
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ maxLength: 6 }),
  )
const textOf = (words: readonly string[]) => fc.array(piece(words), { maxLength: 10 }).map((pieces) => pieces.join(''))

/** What Node's parser takes in a target and in the value of a header. */
const inTarget = (text: string): string =>
  text
    .replace(/[^\x21-\x7e\x80-\xff]/g, (one) => encodeURIComponent(Buffer.from(one).toString()))
    .replaceAll('#', '%23')
const inHeader = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')

const api = ['session', 'requests', 'summary', 'live-requests', 'accounts', 'routes', 'accounting', 'health', 'dependencies', 'logs', 'requests/r-1', 'requests/r-1/logs'] // biome-ignore format: one line

test('every query to the inspector gets 200, 400 or 404', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...api), textOf(queries.words), async (path, query) => {
      const answer = await exchanged(`GET /_spoor/api/${path}?${inTarget(query)} HTTP/1.1\r\nHost: service.test\r\n`)
      expect([200, 400, 404]).toContain(statusOf(answer))
    }),
    { numRuns: 300 },
  )
})

test('every path below the mount gets a page, a redirect or a refusal', async () => {
  const words = [
    '/',
    '/api',
    '/assets/',
    'requests/',
    '..',
    '%2e',
    '%2f',
    '%',
    '%00',
    '%ff',
    '//',
    '\\',
    ';',
    ':',
    '@',
    'logs',
    '?as=markdown',
    '?',
    '&',
    '\u00e9',
  ]
  await fc.assert(
    fc.asyncProperty(textOf(words), async (path) => {
      const answer = await exchanged(`GET /_spoor${inTarget(path)} HTTP/1.1\r\nHost: service.test\r\n`)
      expect([200, 308, 400, 404]).toContain(statusOf(answer))
      expect(answer).not.toMatch(/^location: (?!\.\/)/im)
    }),
    { numRuns: 200 },
  )
})

const names = ['X-Request-ID', 'traceparent', 'tracestate', 'baggage', 'X-Forwarded-For', 'Forwarded', 'User-Agent', 'Origin', 'Sec-Fetch-Site', 'If-None-Match', 'Last-Event-ID', 'X-Debug-Resource-Tracking', 'Accept', 'Cookie', 'Authorization'] // biome-ignore format: one line

test('every header gets an answer with an id, and leaves whole lines', async () => {
  const given = fc.array(fc.tuple(fc.constantFrom(...names), textOf(headers.words)), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(given, fc.constantFrom('/', '/_spoor/', '/_spoor/api/session'), async (pairs, path) => {
      const lines = pairs.map(([name, value]) => `${name}: ${inHeader(value)}\r\n`)
      const answer = await exchanged(`GET ${path} HTTP/1.1\r\nHost: service.test\r\n${lines.join('')}`)
      expect([200, 304, 400, 403, 404]).toContain(statusOf(answer))
      expect(answer).toMatch(/^x-request-id: [\w.:@/+=~-]{1,200}\r$/im)
    }),
    { numRuns: 300 },
  )
  const made = await linesIn(directory)
  expect(made.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
  for (const { requestId } of made) expect(String(requestId ?? 'none')).toMatch(/^[\w.:@/+=~-]{1,200}$/)
})
