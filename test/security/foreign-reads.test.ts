import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { createSpoor, defineLogs, type Identity, memoryRecords, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { headersOf, listQueries, methods, pathsTo, type Shape, shapes } from './foreign-doors.js'

// A reader of acme tries every door for what was done for globex. Everything of globex bears the word `canary`.
const people: Readonly<Record<string, Identity>> = {
  acme: { account: 'acme', user: 'ann', roles: ['admin'] },
  globex: { account: 'globex', user: 'canary-gus', roles: ['admin'] },
  operator: { user: 'olga', roles: ['operator'] },
}
const foreign = /canary|globex/i

/** One server, and the ids that a reader of acme must not learn anything of. */
interface Attacked {
  readonly port: number
  readonly ids: Readonly<Record<string, string>>
  /** Places in the lists of other readers. */
  readonly cursors: readonly string[]
  readonly ownId: string
  close(): Promise<void>
}

type Account = (request: IncomingMessage) => Identity | undefined
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

const nodeMount = (spoor: Spoor, account: Account, handler: Handler): RequestListener =>
  spoorNode(spoor, { account, handler, inspector: '/_spoor' }) as RequestListener

const mounts: Readonly<Record<string, (spoor: Spoor, account: Account, handler: Handler) => RequestListener>> = {
  'node:http': nodeMount,
  // Memory then has the short form of requests, and no record.
  'node:http, where nothing is measured': nodeMount,
  Express: (spoor, account, handler) => {
    const s = spoorExpress(spoor, { account })
    return express().use(s).use('/_spoor', s.inspector).use(handler).use(s.errors) as RequestListener
  },
}

/** What a client sends and gets back until the connection is closed. */
function exchanged(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setTimeout(10_000, () => reject(new Error(`no end of the answer to ${bytes}`)))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)))
  })
}

const plain: Shape = { version: '1.1', target: (path) => path, headers: {} }

function requestBytes(who: string, method: string, path: string, shape: Shape = plain, more: object = {}): string {
  const headers = { Host: 'service.test', Connection: 'close', 'X-Who': who, ...shape.headers, ...more }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${shape.target(`/_spoor${path}`)} HTTP/${shape.version}\r\n${lines.join('')}\r\n`
}

async function bodyOf(port: number, who: string, path: string): Promise<Record<string, unknown>> {
  const answer = await exchanged(port, requestBytes(who, 'GET', path))
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>
}

/** Everything of an answer but what differs between two answers to the same: its id, its date, and until when a summary is. */
function comparable(answer: string): string {
  const id = /^x-request-id: (.*)$/im.exec(answer)?.[1]?.trim()
  const withoutId = id === undefined ? answer : answer.replaceAll(id, 'ID')
  return withoutId.replace(/^date: .*$/im, 'Date').replace(/"to":"[^"]*"/, 'to')
}

async function attacked(mount: keyof typeof mounts): Promise<Attacked> {
  const directory = temporaryFolder(afterAll)
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  // So small that the first records are soon in the lines of `requests` only.
  const records = memoryRecords({ maxBytes: 64 * 1024 })
  const spoor = createSpoor({
    service: 'attacked',
    logs,
    records,
    requestId: { trust: true },
    tracking: { mode: mount.includes('nothing is measured') ? 'off' : 'all' },
    // A path that the reader made up is the reader's own, and may be read back: it is not what is looked for.
    ignore: ({ path }) => path.includes('_spoor'),
    inspector: {
      authorize: ({ roles }) => (roles.includes('operator') ? 'all' : roles.includes('admin') && 'account'),
      hosts: ['service.test'],
    },
  })
  const jobs: string[] = []
  const handler: Handler = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://service.test')
    if (pathname === '/canary/open') return
    if (pathname === '/canary/fail') throw new Error('canary message')
    if (pathname === '/canary/switch') spoor.identify({ account: 'acme', user: 'canary' }, { switch: true })
    if (pathname === '/canary/job') {
      const carried = spoor.carry({ name: 'canary-job' })
      jobs.push(carried.id)
      spoor.runChild(carried, {}, () => {})
    }
    if (pathname.startsWith('/canary/')) spoor.measure('canary-step', () => {})
    response.end('x')
  }
  const account: Account = (request) => people[String(request.headers['x-who'])]
  const server = createServer((mounts[mount] as (typeof mounts)[string])(spoor, account, handler))
  spoor.attach(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo

  /** @returns the request's id */
  const ask = async (who: string, path: string, requestId?: string): Promise<string> => {
    const id = requestId === undefined ? '' : `X-Request-ID: ${requestId}\r\n`
    const bytes = `GET ${path} HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\nX-Who: ${who}\r\n${id}\r\n`
    return /^x-request-id: (.*)$/im.exec(await exchanged(port, bytes))?.[1]?.trim() ?? ''
  }
  const evicted = await ask('globex', '/canary/evicted')
  for (let n = 0; n < 100; n++) await ask(n % 2 === 0 ? 'globex' : 'acme', n % 2 === 0 ? `/canary/${n}` : `/${n}`)
  const ids: Record<string, string> = {
    'whose record only its line has': evicted,
    'with a record': await ask('globex', '/canary/record'),
    'that failed': await ask('globex', '/canary/fail'),
    'with an id from a proxy': await ask('globex', '/canary/proxy', 'order-4711'),
    'that queued a job': await ask('globex', '/canary/job'),
    'whose account was switched': await ask('globex', '/canary/switch'),
    'of no account': await ask('nobody', '/canary/none'),
  }
  ids['of a job'] = jobs[0] as string
  const hanging = connect(port, '127.0.0.1').on('error', () => {})
  hanging.write('GET /canary/open HTTP/1.1\r\nHost: service.test\r\nX-Who: globex\r\n\r\n')
  ids['that is open'] = await vi.waitFor(async () => {
    const { items } = await bodyOf(port, 'globex', '/api/live-requests')
    const [open] = items as { id: string }[]
    if (open === undefined) throw new Error('the request is not open yet')
    return open.id
  }, 20_000)
  const ownId = await ask('acme', '/own')
  await logs.flush()
  const cursors = await Promise.all(
    ['globex', 'operator'].map(async (who) => String((await bodyOf(port, who, '/api/requests?limit=3'))['next'])),
  )
  return { port, ids, cursors, ownId, close: () => closed(server, spoor, logs) }
}

async function closed(server: Server, spoor: Spoor, logs: { close(): Promise<void> }): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await spoor.close()
  await logs.close()
}

/** An unused id of the same form: answers about it have the same length. */
function unknownLike(id: string): string {
  return id.replace(/\w{4}$/, (end) => (end === 'fffe' ? 'ffff' : id.includes('-7') ? 'fffe' : '0000'))
}

let attempts = 0

describe.each(Object.keys(mounts))('a reader of one account, with %s', (mount) => {
  let target: Attacked
  beforeAll(async () => {
    target = await attacked(mount)
  })
  afterAll(async () => {
    await target.close()
    console.info(`foreign reads tried so far: ${attempts}`)
  })

  /** Asks, and sees that nothing foreign comes back. */
  async function tried(bytes: string, secrets: readonly string[]): Promise<string> {
    attempts++
    const answer = await exchanged(target.port, bytes)
    expect(answer, bytes).not.toMatch(foreign)
    for (const secret of secrets) expect(answer, bytes).not.toContain(secret)
    return comparable(answer)
  }

  /** Asks for something foreign and for something unknown: both answers are the same bytes. */
  async function alike(bytesFor: (value: string) => string, value: string, unknown: string): Promise<void> {
    const secrets = Object.values(target.ids)
    const [one, other] = [await tried(bytesFor(value), secrets), await tried(bytesFor(unknown), secrets)]
    attempts--
    expect(one, bytesFor(value)).toBe(other)
  }

  test('tries for data that its owner and a reader of everything can read', async () => {
    for (const [what, id] of Object.entries(target.ids)) {
      if (what === 'that is open') continue
      expect(await bodyOf(target.port, 'operator', `/api/requests/${id}`), what).toMatchObject({ requestId: id })
      if (/switched|no account/.test(what)) continue
      expect(await bodyOf(target.port, 'globex', `/api/requests/${id}`), what).toMatchObject({ account: 'globex' })
    }
    expect(await bodyOf(target.port, 'acme', `/api/requests/${target.ownId}`)).toMatchObject({ account: 'acme' })
  })

  test('gets the response of an unknown id for a foreign id, on every path', async () => {
    for (const id of Object.values(target.ids)) {
      const paths = [pathsTo(id, target.ownId), pathsTo(unknownLike(id), target.ownId)]
      for (const [at, path] of (paths[0] as string[]).entries()) {
        await alike((value) => requestBytes('acme', 'GET', value), path, paths[1]?.[at] as string)
      }
    }
  })

  test('gets that response with every method, header and form of request', async () => {
    const kinds = ['with a record', 'whose record only its line has', 'that is open', 'of a job']
    for (const id of kinds.map((kind) => target.ids[kind] as string)) {
      const path = (value: string): string => `/api/requests/${value}`
      const ask = (bytesFor: (path: string) => string) => alike((value) => bytesFor(path(value)), id, unknownLike(id))
      for (const method of methods) await ask((to) => requestBytes('acme', method, to))
      for (const headers of headersOf(target.port)) await ask((to) => requestBytes('acme', 'GET', to, plain, headers))
      for (const shape of shapes) await ask((to) => requestBytes('acme', 'GET', to, shape))
    }
  })

  test('gets an empty list, or the same error, for foreign values in every parameter', async () => {
    for (const query of listQueries(Object.values(target.ids))) {
      for (const path of ['/api/requests', '/api/summary']) {
        const bytesFor = (value: string): string => requestBytes('acme', 'GET', `${path}?${value}`)
        await alike(bytesFor, query.foreign, query.unknown)
      }
    }
  })

  test('sees only its own data in lists, with cursors of other readers too', async () => {
    const secrets = Object.values(target.ids)
    for (const cursor of [...target.cursors, ...target.cursors.map((one) => `${one}&account=acme`)]) {
      for (const limit of [1, 50, 200]) {
        const answer = await tried(
          requestBytes('acme', 'GET', `/api/requests?limit=${limit}&before=${cursor}`),
          secrets,
        )
        expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      }
    }
    const own = ['/api/summary', '/api/session', '/api/accounts', '/api/routes?by=requests', '/api/requests?text=a']
    for (const path of ['/api/requests?limit=200', '/api/live-requests', '/api/requests?minMs=0&status=5xx', ...own]) {
      for (const method of methods) await tried(requestBytes('acme', method, path), secrets)
    }
  })

  test('gets no data of the whole process, with every method and form of request', async () => {
    for (const path of [
      '/api/books',
      '/api/dependencies',
      '/api/health',
      '/api/books?',
      '/api/health?account=acme',
      '/api/health/',
    ]) {
      for (const method of methods) await tried(requestBytes('acme', method, path), ['measuredShare', 'outputs'])
      for (const shape of shapes) await tried(requestBytes('acme', 'GET', path, shape), ['measuredShare', 'outputs'])
    }
  })

  test('gets nothing of the previous response on a shared connection', async () => {
    const id = target.ids['with a record'] as string
    for (const before of ['operator', 'globex']) {
      const first = requestBytes(before, 'GET', `/api/requests/${id}`).replace('Connection: close\r\n', '')
      attempts++
      const answers = await exchanged(target.port, first + requestBytes('acme', 'GET', `/api/requests/${id}`))
      const second = answers.slice(answers.lastIndexOf('HTTP/1.1 '))
      expect([answers.split('HTTP/1.1 ').length, second.slice(0, 12)]).toEqual([3, 'HTTP/1.1 404'])
      expect(second).not.toMatch(foreign)
    }
  })
})

test('the documented number of attempts was made', () => {
  expect(attempts).toBeGreaterThan(766)
})
