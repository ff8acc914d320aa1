import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { createSpoor, defineLogs, type Spoor, type SpoorOptions } from 'spoor'
import { type ExpressResolver, spoorExpress } from 'spoor/express'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const WAITING = { timeout: 20_000, interval: 10 }

interface Service {
  app: Express
  spoor: Spoor
  s: ReturnType<typeof spoorExpress>
  ask(path: string): Promise<{ status: number; id: string; body: string }>
  lines(file: string, id: string): Promise<Record<string, unknown>[]>
}

async function start(account?: ExpressResolver, options: Partial<SpoorOptions<never>> = {}): Promise<Service> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-express-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs, ...options })
  const s = spoorExpress(spoor, { account })
  const app = express().use(s)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  return {
    app,
    spoor,
    s,
    ask: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
      return { status: answer.status, id: answer.headers.get('x-request-id') ?? '', body: await answer.text() }
    },
    lines: (file, id) =>
      vi.waitFor(async () => {
        await logs.flush()
        const all = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')
        const lines = all
          .map((line) => ({ ...JSON.parse(line.slice(line.indexOf('{'))), text: line }))
          .filter((line) => line.requestId === id)
        if (lines.length === 0) throw new Error(`no line of ${id} in ${file} yet`)
        return lines
      }, WAITING),
  }
}

describe('an account resolver that fails', () => {
  const thrown: unknown[] = [undefined, null, 0, '', 'route', 'router']
  test.each(thrown.flatMap((value) => [['throws', value] as const, ['rejects with', value] as const]))(
    'with a value that makes Express go on (%s %j) lets no request in',
    async (how, value) => {
      const service = await start(() => {
        if (how === 'throws') throw value
        return Promise.reject(value)
      })
      service.app.get('/', (_, response) => response.send('let in')).use(service.s.errors)
      const { status, body, id } = await service.ask('/')
      expect([status, body]).toEqual([500, expect.not.stringContaining('let in')])
      const [line] = await service.lines('root.log', id)
      expect(line?.['error']).toMatchObject({ message: expect.stringContaining('the account resolver threw') })
    },
  )
})

describe('the error handler', () => {
  test('leaves a request alone that was answered and passed on all the same', async () => {
    const service = await start()
    service.app.get('/', (_, response, next) => {
      response.send('ok')
      next()
    })
    service.app.use(service.s.errors)
    const { status, id } = await service.ask('/')
    expect(status).toBe(200)
    expect((await service.lines('requests.jsonl', id))[0]).not.toHaveProperty('error')
  })

  test('names the route that passed on a request without an answer', async () => {
    const service = await start()
    service.app.get('/posts/:id', () => {
      throw undefined
    })
    service.app.use(service.s.errors)
    const { status, id } = await service.ask('/posts/7')
    expect(status).toBe(404)
    const [line] = await service.lines('requests.jsonl', id)
    expect(line?.['error']).toMatchObject({ message: expect.stringContaining('the route /posts/:id passed it on') })
  })

  test('goes by the conventions where the mapping of the service throws, and says so', async () => {
    const service = await start(undefined, {
      errors: {
        map: () => {
          throw new Error('the mapping is broken')
        },
      },
    })
    service.app.get('/', () => {
      throw Object.assign(new Error('no such post'), { status: 404 })
    })
    service.app.use(service.s.errors)
    const { status, id } = await service.ask('/')
    expect(status).toBe(404)
    const lines = await service.lines('root.log', id)
    expect(lines.map((line) => (line['error'] as { message: string }).message)).toEqual([
      'the mapping is broken',
      'no such post',
    ])
  })
})

describe('an error handler that is not the last', () => {
  const behind: [string, (service: Service) => unknown, string | undefined][] = [
    ['a route', ({ app }) => app.get('/late', () => {}), 'the route /late'],
    ['a router', ({ app }) => app.use('/late', express.Router()), 'a router'],
    ['static files', ({ app }) => app.use(express.static('.')), 'a middleware'],
    [
      'another error handler',
      ({ app }) => app.use((_e: unknown, _q: unknown, _s: unknown, n: () => void) => n()),
      undefined,
    ],
  ]
  test.each(behind)('is said with %s behind it', async (_, mount, expected) => {
    const service = await start()
    service.app.use(service.s.errors)
    mount(service)
    const { id } = await service.ask('/nowhere')
    const lines = await service.lines('root.log', id)
    const warned = lines.some((line) => String(line['text']).includes(`s.errors is mounted before ${expected}`))
    expect(warned).toBe(expected !== undefined)
  })

  test('may stand below a path, with others behind it', async () => {
    const service = await start()
    service.app.use('/api', service.s.errors)
    service.app.get('/page', (_, response) => response.send('page'))
    const { status, id } = await service.ask('/api/nowhere')
    expect(status).toBe(404)
    expect(
      (await service.lines('root.log', id)).filter((line) => String(line['text']).includes('mounted before')),
    ).toEqual([])
    expect((await service.ask('/page')).body).toBe('page')
  })
})

test('a request has its line at every level of its failure', async () => {
  const service = await start(undefined, { errors: { level: () => 'debug' } })
  service.app.use(() => {
    throw new Error('broken')
  })
  service.app.use(service.s.errors)
  const { id } = await service.ask('/')
  expect(await service.lines('requests.jsonl', id)).toMatchObject([{ level: 'error', status: 500 }])
})

test('the route is its pattern, also below a router with an id in its path and after a failure', async () => {
  const service = await start()
  const router = express.Router().get('/posts/:post', () => {
    throw new Error('broken')
  })
  service.app.use('/accounts/:account', router).use(service.s.errors)
  const { id } = await service.ask('/accounts/4711/posts/7')
  expect(await service.lines('requests.jsonl', id)).toMatchObject([{ route: '/accounts/:account/posts/:post' }])
})

test('what it cannot take is refused at the call, by name', async () => {
  const { spoor, s, app } = await start()
  expect(() => spoorExpress(undefined as never)).toThrow(
    'spoorExpress: spoor: expected what createSpoor returns, got undefined',
  )
  expect(() => spoorExpress(spoor, { acount: () => undefined } as never)).toThrow(
    'options.acount: no such option; did you mean account?',
  )
  expect(() => s.identify(undefined as never)).toThrow('s.identify: resolver: expected a function, got undefined')
  expect(() => spoor.attach(app as never)).toThrow(
    'attach: expected a server of node:http, https or http2, got a function',
  )
  expect(() => spoor.attach({} as never)).toThrow('pass what createServer(app) returns')
  expect(() => spoor.attach(undefined as never)).toThrow('got undefined')
  expect(() => spoor.run({ account: {} as never }, () => {})).toThrow('run: account: expected a string')
})
