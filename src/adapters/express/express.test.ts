import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
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
  server: Server
  ask(path: string): Promise<{ status: number; id: string; body: string }>
  lines(file: string, id: string): Promise<Record<string, unknown>[]>
  /** Asks twice for a path, and returns the warnings about the order of mounts. */
  warnings(path: string): Promise<string[]>
}

async function start(
  account?: ExpressResolver,
  options: Partial<SpoorOptions<never>> = {},
  before: (app: Express, s: Service['s']) => unknown = () => {},
): Promise<Service> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-express-'))
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs, ...options })
  const s = spoorExpress(spoor, { account })
  const app = express()
  before(app, s)
  app.use(s)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  const ask: Service['ask'] = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
    return { status: answer.status, id: answer.headers.get('x-request-id') ?? '', body: await answer.text() }
  }
  return {
    app,
    spoor,
    s,
    server,
    ask,
    warnings: async (path) => {
      await ask(path)
      await ask(path)
      logs.root.info('the file is there')
      await logs.flush()
      const lines = readFileSync(join(directory, 'root.log'), 'utf8').split('\n')
      return lines.flatMap((line) => /s is mounted behind.*?first(?=\s|$|\{)/.exec(line)?.[0] ?? [])
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
    'with a value that makes Express continue (%s %j) admits no request',
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
  test('ignores a request that was answered and then passed on', async () => {
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

  test('follows the conventions if the mapping of the service throws, and logs that', async () => {
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
  test.each(behind)('causes a warning with %s behind it', async (_, mount, expected) => {
    const service = await start()
    service.app.use(service.s.errors)
    mount(service)
    const { id } = await service.ask('/nowhere')
    const lines = await service.lines('root.log', id)
    const warned = lines.some((line) => String(line['text']).includes(`s.errors is mounted before ${expected}`))
    expect(warned).toBe(expected !== undefined)
  })

  test('may be mounted below a path, with others behind it', async () => {
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

describe('the first part of Spoor that is not the first in the application', () => {
  const before: [string, (app: Express) => unknown, string | undefined][] = [
    ['a route', (app) => app.get('/a', (_, response) => response.send('a')), 'the route /a'],
    ['a route of app.route', (app) => app.route('/b').get(() => {}), 'the route /b'],
    [
      'a router with a route',
      (app) => app.use('/api', express.Router().use(express.Router().get('/c', () => {}))),
      'a router with the route /c',
    ],
    ['a router without routes', (app) => app.use('/api', express.Router()), undefined],
    ['middleware', (app) => app.use(express.json(), express.static('no-such-folder')), undefined],
    ['a setting', (app) => app.disable('x-powered-by'), undefined],
  ]
  test.each(before)(
    'causes one warning with routes before it, and none with anything else: %s',
    async (_, mount, expected) => {
      const service = await start(undefined, {}, mount)
      service.app.get('/', (_, response) => response.send('ok'))
      expect(await service.warnings('/')).toEqual(
        expected === undefined
          ? []
          : [`s is mounted behind ${expected}, whose requests have no id and no account; mount app.use(s) first`],
      )
    },
  )

  test('also if its parts are mounted one by one', async () => {
    const service = await start(undefined, {}, (app, s) => app.get('/a', () => {}).use(s.requestId, s.accountContext))
    service.app.get('/', (_, response) => response.send('ok'))
    expect(await service.warnings('/')).toEqual([expect.stringContaining('s is mounted behind the route /a')])
  })

  test.each([
    ['names only the account on an attached server, which gives every request its id', () => undefined, 1],
    ['causes no warning on an attached server without accounts', undefined, 0],
  ])('%s', async (_, account, count) => {
    const service = await start(account, {}, (app) => app.get('/a', () => {}))
    service.app.get('/', (_, response) => response.send('ok'))
    service.spoor.attach(service.server)
    const warning = 's is mounted behind the route /a, whose requests have no account; mount app.use(s) first'
    expect(await service.warnings('/')).toEqual(Array(count).fill(warning))
  })

  test('is found in a router that contains itself', async () => {
    const loop = express.Router()
    loop.use('/loop', loop)
    const service = await start(undefined, {}, (app) => app.use('/loop', loop))
    service.app.get('/', (_, response) => response.send('ok'))
    expect(await service.warnings('/')).toEqual([])
  })
})

test('a request has its line for every level of its failure', async () => {
  const service = await start(undefined, { errors: { level: () => 'debug' } })
  service.app.use(() => {
    throw new Error('broken')
  })
  service.app.use(service.s.errors)
  const { id } = await service.ask('/')
  expect(await service.lines('requests.jsonl', id)).toMatchObject([{ level: 'error', status: 500 }])
})

test('a request has the pattern of its route, also below a router with an id in its path and after a failure', async () => {
  const service = await start()
  const router = express.Router().get('/posts/:post', () => {
    throw new Error('broken')
  })
  service.app.use('/accounts/:account', router).use(service.s.errors)
  const { id } = await service.ask('/accounts/4711/posts/7')
  expect(await service.lines('requests.jsonl', id)).toMatchObject([{ route: '/accounts/:account/posts/:post' }])
})

test('app.use(spoorExpress), without a call, answers with an error that says only how to write it', async () => {
  const failed = new Promise<unknown>((resolve) => {
    const app = express().use(spoorExpress as never)
    app.use((error: unknown, _q: unknown, response: express.Response, _n: () => void) => {
      resolve(error)
      response.end()
    })
    const server = createServer(app).listen(0, '127.0.0.1', () => {
      void fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    })
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
  })
  expect(await failed).toMatchObject({
    code: 'ERR_SPOOR_OPTIONS',
    problems: [expect.stringMatching(/^expected the Spoor .* got object; write app\.use\(spoorExpress\(spoor, /)],
  })
})

test('an account that is null is anonymous', async () => {
  const service = await start(async () => null)
  service.app.get('/', (_, response) => response.json(service.spoor.context()?.account ?? 'nobody'))
  const { status, body, id } = await service.ask('/')
  expect([status, body]).toEqual([200, '"nobody"'])
  expect((await service.lines('requests.jsonl', id))[0]).not.toHaveProperty('account')
  expect(() => service.spoor.run({}, () => service.spoor.identify(null as never))).toThrow('identify: ')
})

test('invalid options are refused at the call, by name', async () => {
  const { spoor, s, app } = await start()
  expect(() => spoorExpress(undefined as never)).toThrow(
    'spoorExpress: expected the Spoor that createSpoor returns, got undefined; write app.use(spoorExpress(spoor, { account }))',
  )
  expect(() => spoorExpress({ account: () => undefined } as never)).toThrow(
    /^spoorExpress: expected the Spoor that createSpoor returns, got object; write app\.use\(spoorExpress\(spoor, \{ account \}\)\)$/,
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
