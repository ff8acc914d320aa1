// Faults of other debug consoles and profilers, tried on the inspector. docs/security.md lists every case, also those that older tests
// try.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSpoor, defineLogs, type Identity } from 'spoor'
import { spoorNode } from 'spoor/node'
import { expect, onTestFinished, test } from 'vitest'
import { openInspector } from '../../src/inspector/inspector.js'
import { type Internals, internalsOf, withInternals } from '../../src/lifecycle/adapter.js'
import { addFilter, ConditionList } from '../../src/reading/clickhouse/conditions.js'
import { filterSql } from '../../src/records/clickhouse/record-query.js'
import { readAccess } from '../../src/records/read-access.js'
import { linesIn } from '../conformance/lines.js'
import { temporaryFolder } from '../programs/folder.js'

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Service {
  ask(path: string, asked?: Asked): Promise<Answer>
  lines(): ReturnType<typeof linesIn>
}

const people: Readonly<Record<string, Identity>> = {
  operator: { user: 'olga', roles: ['operator'] },
  admin: { account: 'acme', user: 'ann', roles: ['admin'] },
  user: { account: 'acme', user: 'uma' },
}
const operator = { 'x-who': 'operator' }

/** A service with an inspector. `touched` gets the names of the methods that the inspector calls to read; then nothing can be read. */
async function started(touched?: string[]): Promise<Service> {
  const directory = temporaryFolder()
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const authorize = ({ roles }: { roles: readonly string[] }) =>
    roles.includes('operator') ? ('all' as const) : roles.includes('admin') && ('account' as const)
  const made = createSpoor({ service: 'test', logs, inspector: { authorize } })
  const spoor = touched === undefined ? made : withReading(made, touched, authorize)
  const account = (asked: { headers: IncomingHttpHeaders }) => people[String(asked.headers['x-who'])]
  const server = createServer(
    spoorNode(spoor, {
      account,
      inspector: '/_spoor',
      handler: ({ url = '' }, response) => {
        logs.root.debug('detail')
        if (url.startsWith('/fail')) throw new Error('inside')
        response.end('x')
      },
    }),
  )
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await made.close()
    await logs.close()
  })
  const { port } = server.address() as AddressInfo
  return { ask: (path, asked) => asking(port, path, asked), lines: () => linesIn(directory) }
}

type Authorize = Parameters<typeof openInspector>[0]['authorize']

/** The instance with an inspector whose sources note the methods that are called. */
function withReading<T extends object>(made: T, touched: string[], authorize: Authorize): T {
  const internals = internalsOf(made as never) as Internals
  const watched = new Proxy({}, { get: (_, name) => () => void touched.push(String(name)) }) as never
  const { adapter } = internals
  const inspector = openInspector({ authorize, adapter, reading: watched, lines: watched })
  return withInternals({ ...made } as never, { ...internals, adapter: { ...adapter, inspector } }) as T
}

function asking(port: number, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks).toString() })
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

const paths = [
  ...['session', 'requests', 'summary', 'live-requests', 'accounts', 'routes', 'accounting', 'books', 'health'],
  ...['dependencies', 'logs', 'live', 'requests/r-1', 'requests/r-1/logs', 'requests/r-1?as=markdown', 'none', ''],
].map((path) => `/_spoor/api/${path}`)

test('CVE-2014-6072 (Symfony profiler) and CVE-2022-51020 (Flower): no method, no form and no import changes anything', async () => {
  const { ask, lines } = await started()
  await ask('/', { headers: { 'x-who': 'admin' } })
  const list = async (): Promise<unknown> =>
    JSON.parse((await ask('/_spoor/api/requests', { headers: operator })).body).items
  const before = await list()
  const forms = {
    'application/x-www-form-urlencoded': '_method=DELETE&data=O:8:"stdClass":0:{}',
    'application/json': '{"shutdown":true}',
  }
  for (const path of paths) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const [type, body] of Object.entries(forms)) {
        const headers = {
          ...operator,
          'content-type': type,
          'content-length': String(body.length),
          'x-http-method-override': 'DELETE',
        }
        expect([path, method, (await ask(path, { method, headers, body })).status]).toEqual([path, method, 405])
      }
    }
  }
  expect(await list()).toEqual(before)
  expect((await lines()).filter(({ level }) => level === 'error')).toEqual([])
})

test('CVE-2024-50340 (symfony/runtime): no query, header or cookie turns on debug lines, details of errors or measuring', async () => {
  const { ask, lines } = await started()
  const plain = await ask('/fail')
  const tricks: [string, Record<string, string>][] = [
    ['?+--env=dev', {}],
    ['?debug=1&SPOOR_LEVEL=debug&level=debug&NODE_ENV=development', {}],
    ['?__proto__[level]=debug&constructor[prototype][debug]=1', {}],
    ['', { 'x-debug': '1', 'x-spoor-level': 'debug', 'x-debug-token': '1', 'x-log-level': 'trace' }],
    ['', { 'x-debug-resource-tracking': 'true', 'x-request-id': 'debug' }],
    [
      '',
      { cookie: 'XDEBUG_SESSION=1; debug=1; spoor=debug', forwarded: 'for=127.0.0.1', 'x-forwarded-for': '127.0.0.1' },
    ],
    ['', { 'x-who': 'user', 'x-debug-resource-tracking': 'true' }],
  ]
  for (const [query, headers] of tricks) {
    const { status, headers: got, body } = await ask(`/fail${query}`, { headers })
    const comparable = (text: string, id: unknown): string => text.replaceAll(String(id), 'ID')
    expect([query, headers, status, Object.keys(got)]).toEqual([
      query,
      headers,
      plain.status,
      Object.keys(plain.headers),
    ])
    expect(comparable(body, got['x-request-id'])).toBe(comparable(plain.body, plain.headers['x-request-id']))
  }
  expect((await lines()).map(({ level }) => level)).not.toContain('debug')
})

test('CVE-2021-30459 (django-debug-toolbar): a statement to ClickHouse has no text of a reader', () => {
  const evil = "x'); DROP TABLE otel_logs; --"
  const all = {
    account: evil,
    user: evil,
    route: evil,
    parentId: evil,
    requestId: evil,
    errorCode: evil,
    text: evil,
    process: evil,
  }
  const records = filterSql({ ...all, status: evil, fields: { [evil]: evil } } as never)
  const lines = addFilter(
    new ConditionList(),
    { ...all, loggers: [evil], fields: { [evil]: evil } },
    readAccess('account', evil),
  )
  for (const sql of [records?.where.join(' ') ?? '', lines.sql]) {
    expect(sql).not.toMatch(/DROP|--|;/)
    expect(sql).toContain('{')
  }
  expect(Object.values(records?.params ?? {})).toContain(evil)
  expect(Object.values(lines.params)).toContain(evil)
})

test('CVE-2016-4442 (rack-mini-profiler): every path asks for the right before it reads anything', async () => {
  const touched: string[] = []
  const { ask } = await started(touched)
  for (const path of paths) {
    expect([path, (await ask(path)).status]).toEqual([path, 401])
    expect([path, (await ask(path, { headers: { 'x-who': 'user' } })).status]).toEqual([path, 403])
  }
  expect(touched).toEqual([])
  // It would be noted.
  await ask('/_spoor/api/requests', { headers: operator })
  expect(touched).toContain('list')
})

test('GHSA-j643-x8pv-8m67 (Dozzle): a page of another site cannot open the stream of live lines', async () => {
  const touched: string[] = []
  const { ask } = await started(touched)
  const foreign = [
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'https://evil.test' },
  ]
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'x',
    'sec-websocket-version': '13',
  }
  for (const headers of foreign) {
    for (const more of [{ accept: 'text/event-stream' }, upgrade]) {
      const { status, headers: got } = await ask('/_spoor/api/live', { headers: { ...operator, ...headers, ...more } })
      expect([headers, status, got['access-control-allow-origin']]).toEqual([headers, 403, undefined])
    }
  }
  expect(touched).toEqual([])
})

test('CVE-2024-55661 (Laravel Pulse): no text of a request names a method that is called', async () => {
  const touched: string[] = []
  const { ask } = await started(touched)
  const names = [
    'list',
    'record',
    'overview',
    'close',
    'put',
    'update',
    'toString',
    'valueOf',
    'constructor',
    '__proto__',
    'hasOwnProperty',
  ]
  for (const name of names) {
    for (const path of [`/_spoor/api/${name}`, `/_spoor/api/requests/r-1/${name}`, `/_spoor/assets/${name}`])
      expect([path, (await ask(path, { headers: operator })).status]).toEqual([path, 404])
    for (const query of [`by=${name}`, `span=${name}`, `process.${name}=1`]) {
      const { status } = await ask(`/_spoor/api/accounts?${query}`, { headers: operator })
      expect([query, status]).toEqual([query, 400])
    }
  }
  expect(touched).toEqual([])
})
