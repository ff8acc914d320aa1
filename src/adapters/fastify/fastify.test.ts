import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyReply } from 'fastify'
import pino from 'pino'
import serverless from 'serverless-http'
import { contextFields, createSpoor, defineLogs, type Spoor, type SpoorOptions } from 'spoor'
import { fastifyOptions, type SpoorFastifyOptions, spoorFastify } from 'spoor/fastify'
import { spoorNode } from 'spoor/node'
import request from 'supertest'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

type Line = Record<string, unknown>
type Own = FastifyHttpOptions<import('node:http').Server>

interface Service {
  readonly app: FastifyInstance
  readonly spoor: Spoor
  register(options?: Omit<SpoorFastifyOptions, 'spoor'>): Promise<void>
  /** Asks over a socket. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; id: string; body: string; type: string | null }>
  /** The lines of a file, once `count` are there. */
  lines(file: string, count?: number): Promise<Line[]>
  warnings(): Promise<unknown[]>
}

function service(own: Own = {}, options: Partial<SpoorOptions<never>> = {}): Service {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-fastify-'))
  const root = { console: false, file: 'root.log', format: 'json', level: 'debug' } as const
  const logs = defineLogs({ directory, root, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs, ...options })
  const app = Fastify(fastifyOptions(spoor, own))
  onTestFinished(async () => {
    app.server.closeAllConnections?.()
    await app.close()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  const written = async (file: string): Promise<Line[]> => {
    logs.root.debug('the file is there')
    await logs.flush()
    const lines = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line) as Line).filter(({ message }) => message !== 'the file is there')
  }
  return {
    app,
    spoor,
    register: async (given = {}) => void (await app.register(spoorFastify, { spoor, ...given })),
    ask: async (path, init) => {
      if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
      const answer = await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`, init)
      const { status, headers } = answer
      const [id, type] = [headers.get('x-request-id') ?? '', headers.get('content-type')]
      return { status, id, type, body: await answer.text() }
    },
    lines: (file, count = 1) =>
      vi.waitFor(
        async () => {
          const lines = await written(file)
          expect(lines.length).toBeGreaterThanOrEqual(count)
          return lines
        },
        { timeout: 20_000, interval: 10 },
      ),
    warnings: async () => {
      const lines = await written('root.log')
      return lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    },
  }
}

const ann = { account: 'acme', user: 'ann' }

describe("Fastify's log", () => {
  test('has the id and account of the request, the safe summary of a request, and no line that the request line repeats', async () => {
    const { app, register, ask, lines } = service()
    await register({ account: () => ann })
    app.get('/a', (request, reply) => {
      request.log.info({ req: request }, 'mine')
      reply.log.child({ module: 'auth' }).warn('of a child')
      app.log.error(new Error('of the application'))
      reply.send('ok')
    })
    const { id } = await ask('/a?token=secret')
    const [requestLine] = await lines('requests.jsonl')
    expect(requestLine).toMatchObject({ requestId: id, account: 'acme', route: '/a', status: 200 })
    const own = (await lines('root.log', 4)).filter(({ message }) => !String(message).startsWith('Server listening'))
    expect(own).toMatchObject([
      { requestId: id, account: 'acme', message: 'mine', req: { method: 'GET', path: '/a' } },
      { requestId: id, account: 'acme', message: 'of a child', module: 'auth' },
      { requestId: id, account: 'acme', message: 'of the application', error: { stack: expect.any(String) } },
    ])
    expect(JSON.stringify(own)).not.toMatch(/secret|reqId/)
  })

  test('bears the id of its request where code runs in no context, or in that of another request', async () => {
    const { app, spoor, register, lines } = service()
    await register()
    let first: { info(message: string): void } | undefined
    app.get('/first', async ({ log, id }) => {
      first = log
      return id
    })
    app.get('/second', async ({ id }) => {
      first?.info('in another request')
      return id
    })
    const [{ body: id }] = [await app.inject('/first'), await app.inject('/second')]
    first?.info('in no request')
    const inner = spoor.run({ name: 'job' }, () => first?.info('in a job'))
    expect(inner).toBeUndefined()
    expect((await lines('root.log', 3)).map(({ requestId }) => requestId)).toEqual([id, id, id])
  })

  test('keeps the id of a scope within the request', async () => {
    const { app, spoor, register, lines } = service()
    await register()
    app.get('/', async (request) =>
      spoor.run({ name: 'inner', requestId: 'inner-1' }, () => request.log.info('inside')),
    )
    await app.inject('/')
    expect((await lines('root.log'))[0]).toMatchObject({ requestId: 'inner-1', message: 'inside' })
  })

  test('has a level for one request, one route and one plugin', async () => {
    const { app, register, lines } = service()
    await register()
    app.get('/request', async ({ log }) => {
      log.level = 'warn'
      log.info('left out')
      log.warn(log.level)
    })
    app.get('/route', { logLevel: 'error' }, async ({ log }) => {
      log.warn('left out')
      log.error(log.level)
    })
    app.get('/plain', async ({ log }) => log.info(log.level))
    for (const url of ['/request', '/route', '/plain']) await app.inject(url)
    expect((await lines('root.log', 3)).map(({ message }) => message)).toEqual(['warn', 'error', 'debug'])
  })

  test("is the service's own, if it passes one", async () => {
    const stream = new PassThrough()
    const { app, register } = service({ loggerInstance: pino({ mixin: contextFields }, stream) })
    await register({ account: () => ann })
    app.get('/', async ({ log }) => log.info('mine'))
    const { headers } = await app.inject('/')
    stream.end()
    const lines = (await text(stream))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'mine', requestId: headers['x-request-id'], account: 'acme' }),
    )
  })

  test('does not exist with logger: false', async () => {
    const { app, register, lines } = service({ logger: false })
    await register()
    app.get('/', async ({ log }) => log.error('lost'))
    expect((await app.inject('/')).statusCode).toBe(200)
    await lines('requests.jsonl')
    expect(await lines('root.log', 0)).toEqual([])
  })
})

describe('each hook of a request', () => {
  test.each(['socket', 'inject'])('runs in its context, over a %s, with its id as request.id', async (way) => {
    const { app, spoor, register, ask } = service()
    await register({ account: async () => ann })
    const seen: unknown[] = []
    const see = (at: string, id: string): void => {
      seen.push([at, spoor.context()?.requestId === id, spoor.context()?.account])
    }
    app.addHook('onRequest', async ({ id }) => see('onRequest', id))
    app.addHook('preParsing', async ({ id }, _, payload) => {
      see('preParsing', id)
      return payload.pipe(new PassThrough())
    })
    app.addContentTypeParser('text/own', ({ id }, payload, done) => {
      payload.on('data', () => see('parser', id))
      payload.on('end', () => done(null, 'parsed'))
    })
    app.addHook('preValidation', async ({ id }) => see('preValidation', id))
    app.addHook('preHandler', ({ id }, _, done) => {
      see('preHandler', id)
      done()
    })
    app.addHook('preSerialization', async ({ id }) => see('preSerialization', id))
    app.addHook('onSend', async ({ id }) => see('onSend', id))
    app.addHook('onResponse', async ({ id }) => see('onResponse', id))
    app.post('/', async ({ id, body }) => {
      see('handler', id)
      return { id, body }
    })
    const [headers, body] = [{ 'content-type': 'text/own' }, 'hello']
    if (way === 'inject') {
      const answer = await app.inject({ method: 'POST', url: '/', headers, payload: body })
      expect(answer.json()).toEqual({ id: answer.headers['x-request-id'], body: 'parsed' })
    } else {
      const answer = await ask('/', { method: 'POST', headers, body })
      expect(JSON.parse(answer.body)).toEqual({ id: answer.id, body: 'parsed' })
    }
    await vi.waitFor(() => expect(seen).toHaveLength(9))
    const hooks = ['onRequest', 'preParsing', 'parser', 'preValidation', 'preHandler', 'handler']
    const expected = [...hooks, 'preSerialization', 'onSend', 'onResponse'].map((at) => [at, true, 'acme'])
    expect(seen).toEqual(expected)
  })

  test('also onTimeout logs with the id of its request, and onRequestAbort runs in the context', async () => {
    const { app, spoor, register, lines } = service({ connectionTimeout: 50 })
    await register()
    const aborted: unknown[] = []
    app.addHook('onTimeout', async (request) => request.log.info('timed out'))
    app.addHook('onRequestAbort', async ({ id }) => void aborted.push(spoor.context()?.requestId === id))
    app.get('/slow', () => new Promise(() => {}))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    await expect(fetch(`http://127.0.0.1:${port}/slow`)).rejects.toThrow()
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ path: '/slow', aborted: true })
    const [, said] = await lines('root.log', 2)
    expect(said).toMatchObject({ message: 'timed out', requestId: (await lines('requests.jsonl'))[0]?.['requestId'] })
    expect(aborted).toEqual([true])
  })
})

describe('a failure', () => {
  test.each([
    ['a URL that the router refuses', '/%zz', 400],
    ['a parameter that is too long', `/users/${'x'.repeat(200)}`, 414],
    ['an unknown route', '/nowhere', 404],
    ['an unknown route below a prefix', '/plugin/nowhere', 404],
    ['a thrown error', '/throw', 500],
    ['a thrown error of a plugin', '/plugin/throw', 500],
    ['a hook that fails', '/hook', 500],
    ['a payload that cannot be serialized', '/circular', 500],
    ['an invalid request', '/valid', 400],
    ['an error that the handler sends', '/sent', 409],
    ['a handler that takes too long', '/slow', 503],
  ])('is answered in one shape: %s', async (_, url, status) => {
    const { app, register, ask, lines } = service()
    await register()
    const fail = (): never => {
      throw new Error('secret')
    }
    app.get('/users/:id', () => 'ok')
    app.get('/throw', fail)
    app.get('/hook', { preHandler: async () => fail() }, () => 'ok')
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    app.get('/circular', async () => circular)
    app.get('/valid', { schema: { querystring: { type: 'object', required: ['page'] } } }, () => 'ok')
    app.get('/sent', (_request, reply) => reply.code(200).send(Object.assign(new Error('taken'), { statusCode: 409 })))
    app.get('/slow', { handlerTimeout: 10 }, () => new Promise(() => {}))
    await app.register(async (plugin) => plugin.get('/throw', fail), { prefix: '/plugin' })
    const reply = await ask(url)
    expect([reply.status, reply.type]).toEqual([status, expect.stringContaining('application/problem+json')])
    expect(JSON.parse(reply.body)).toMatchObject({ status, requestId: reply.id })
    expect(reply.body).not.toContain('secret')
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ requestId: reply.id, status, error: {} })
    const logged = (await lines('root.log', 2)).filter(({ requestId }) => requestId !== undefined)
    expect(logged).toMatchObject([{ requestId: reply.id, status }])
  })

  test('keeps the headers that plugins set for every answer, and drops those of the body', async () => {
    const { app, register } = service()
    await register()
    app.addHook('onRequest', async (_, reply) => void reply.header('Access-Control-Allow-Origin', '*'))
    app.get('/', (_, reply) => {
      reply.headers({ etag: '"1"', 'content-encoding': 'gzip', 'x-own': 'a' }).serializer(() => 'forged')
      throw Object.assign(new Error('gone'), { status: 410 })
    })
    const { headers, body } = await app.inject('/')
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'x-own': 'a', 'cache-control': 'no-store' })
    expect(headers).toMatchObject({ 'access-control-expose-headers': expect.stringContaining('X-Request-ID') })
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['etag']))
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['content-encoding']))
    expect(body).not.toContain('forged')
  })

  test('reveals nothing of the error of an onSend hook, which also runs for the answer', async () => {
    const { app, register } = service()
    await register()
    app.addHook('onSend', async () => {
      throw new Error('secret')
    })
    app.get('/', async () => 'ok')
    const reply = await app.inject('/')
    expect(reply.json()).toMatchObject({ code: 'internal_error', requestId: reply.headers['x-request-id'] })
    expect(reply.body).not.toContain('secret')
  })

  test.each([undefined, null, 0, ''])('of the account resolver with %j admits no request', async (value) => {
    const { app, register } = service()
    app.get('/', async () => 'let in')
    await register({
      account: () => {
        throw value
      },
    })
    const reply = await app.inject('/')
    expect([reply.statusCode, reply.body.includes('let in')]).toEqual([500, false])
  })

  test('after the headers cuts the connection', async () => {
    const { app, register, ask, lines } = service()
    await register()
    app.get('/', async (_, reply) => {
      const stream = new PassThrough()
      stream.write('half')
      setImmediate(() => stream.destroy(new Error('secret')))
      return reply.send(stream)
    })
    await expect(ask('/')).rejects.toThrow()
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ status: 200, aborted: true })
  })
})

describe('handlers of the service', () => {
  test('of a plugin answer its failures and unknown routes; what they pass on is answered in one shape', async () => {
    const { app, register } = service()
    await register()
    await app.register(
      async (plugin) => {
        plugin.setErrorHandler((error: Error, _, reply) => {
          if (error.message === 'pass on') throw error
          return reply.code(418).send('own')
        })
        plugin.setNotFoundHandler((_, reply) => reply.code(404).send('own 404'))
        plugin.get('/own', async () => Promise.reject(new Error('answered')))
        plugin.get('/pass', async () => Promise.reject(new Error('pass on')))
      },
      { prefix: '/plugin' },
    )
    const ask = async (url: string) => (await app.inject(url)).body
    expect([await ask('/plugin/own'), await ask('/plugin/nowhere')]).toEqual(['own', 'own 404'])
    expect(JSON.parse(await ask('/plugin/pass'))).toMatchObject({ status: 500, code: 'internal_error' })
    expect(JSON.parse(await ask('/nowhere'))).toMatchObject({ status: 404 })
  })

  test.each(['before', 'behind'])(
    'of the application answer its failures and unknown routes: set %s Spoor',
    async (place) => {
      const warned = vi.fn()
      process.on('warning', warned)
      onTestFinished(() => void process.off('warning', warned))
      const { app, register, warnings } = service()
      const own = (): void => {
        app.setErrorHandler((_error, _request, reply: FastifyReply) => reply.code(418).send('own'))
        app.setNotFoundHandler((_, reply) => reply.code(404).send('own 404'))
      }
      if (place === 'before') own()
      await register()
      if (place === 'behind') own()
      app.get('/', async () => Promise.reject(new Error('answered')))
      const answers = [await app.inject('/'), await app.inject('/nowhere')]
      expect(answers.map(({ body }) => body)).toEqual(['own', 'own 404'])
      expect(answers[0]?.headers['x-request-id']).toMatch(/-/)
      expect(await warnings()).toEqual(
        place === 'behind'
          ? []
          : [expect.stringMatching(/setErrorHandler was called before .*register spoorFastify first/)],
      )
      await new Promise(setImmediate)
      expect(warned).not.toHaveBeenCalled()
    },
  )
})

describe('the route of a request', () => {
  test.each([
    ['GET', '/users/7', '/users/:id'],
    ['HEAD', '/users/7', '/users/:id'],
    ['GET', '/t/acme/orders/7', '/t/:tenant/orders/:id'],
    ['GET', '/t/acme', '/t/:tenant'],
    ['GET', '/t/acme/', '/t/:tenant'],
    ['GET', '/files/a/b.txt', '/files/*'],
    ['OPTIONS', '/anything', '*'],
    ['GET', '/missing/a', undefined],
    ['GET', '/nowhere', undefined],
    ['GET', '/t/acme/nowhere', undefined],
  ] as const)('of %s %s is its pattern: %s', async (method, url, route) => {
    const { app, register, lines } = service()
    await register()
    app.get('/users/:id', async () => 'ok')
    app.get('/files/*', async () => 'ok')
    app.get('/missing/*', (_, reply) => reply.callNotFound())
    app.options('*', async () => 'ok')
    await app.register(
      async (tenant) => {
        tenant.get('/', async () => 'ok')
        await tenant.register(async (orders) => orders.get('/orders/:id', async () => 'ok'))
      },
      { prefix: '/t/:tenant' },
    )
    await app.inject({ method, url })
    const [line] = await lines('requests.jsonl')
    expect(line).toMatchObject({ method })
    expect(line?.['route']).toBe(route)
  })
})

describe('a request that the parser refuses', () => {
  async function say(app: FastifyInstance, bytes: string): Promise<string> {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    return text(socket as Readable)
  }

  test('is answered in one shape, with an id', async () => {
    const { app, register, lines } = service()
    await register()
    const answer = await say(app, 'nonsense\r\n\r\n')
    const [line] = await lines('requests.jsonl')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*application\/problem\+json[\s\S]*"status":400/)
    expect(answer).toContain(`"requestId":"${line?.['requestId']}"`)
    expect(line).toMatchObject({ status: 400 })
  })

  test("is answered by the service's own clientErrorHandler, and has a line", async () => {
    const clientErrorHandler = (_: Error, socket: { end(text: string): unknown }) =>
      void socket.end('HTTP/1.1 418 Own\r\n\r\n')
    const { app, register, lines } = service({ clientErrorHandler })
    await register()
    expect(await say(app, 'nonsense\r\n\r\n')).toContain('418 Own')
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ error: { code: expect.stringContaining('HPE_') } })
  })

  test('is cut off if the plugin is not registered', async () => {
    const { app } = service()
    expect(await say(app, 'nonsense\r\n\r\n')).toBe('')
  })
})

describe('the plugin in the wrong place', () => {
  const reject = async () => Promise.reject(new Error('secret'))

  test('behind a route: one warning names the route, whose requests have id and account', async () => {
    const { app, register, warnings, lines } = service()
    app.get('/early/:id', reject)
    await app.register(async (plugin) => plugin.get('/a', reject))
    await register({ account: () => ann })
    expect((await app.inject('/early/7')).headers['x-request-id']).toMatch(/-/)
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ account: 'acme', route: '/early/:id' })
    expect(await warnings()).toEqual([expect.stringMatching(/behind the route \/early\/:id, .*; register it first/)])
  })

  test('in a plugin of its own: one warning, and requests outside have their ids', async () => {
    const { app, spoor, warnings, ask, lines } = service()
    app.get('/outside', async () => 'ok')
    await app.register(async (plugin) => {
      await plugin.register(spoorFastify, { spoor, account: () => ann })
      plugin.get('/inside', async () => 'ok')
    })
    expect((await ask('/outside')).id).toMatch(/-/)
    await ask('/inside')
    expect(await lines('requests.jsonl', 2)).toMatchObject([{ path: '/outside' }, { path: '/inside', account: 'acme' }])
    expect((await lines('requests.jsonl', 2))[0]).not.toHaveProperty('account')
    expect(await warnings()).toEqual([
      expect.stringMatching(/is registered in a plugin, .*register it on the application/),
    ])
  })

  test('in a plugin with skip-override: no warning', async () => {
    const { app, spoor, warnings } = service()
    const shared = Object.assign(
      async (plugin: FastifyInstance) => void (await plugin.register(spoorFastify, { spoor })),
      { [Symbol.for('skip-override')]: true },
    )
    await app.register(shared)
    app.get('/', reject)
    expect((await app.inject('/')).json()).toMatchObject({ status: 500 })
    expect(await warnings()).toEqual([])
    expect(app.hasPlugin('spoor')).toBe(true)
  })

  test('twice, or within another adapter of the same Spoor: one warning, one line for each request', async () => {
    const around: { spoor?: Spoor } = {}
    const { app, spoor, register, warnings, ask, lines } = service({
      serverFactory: (handler) =>
        createServer((...exchange) => spoorNode(around.spoor as Spoor, { handler })(...exchange)),
    })
    around.spoor = spoor
    await register()
    app.get('/', async () => 'ok')
    await ask('/')
    await ask('/')
    expect(await lines('requests.jsonl', 2)).toHaveLength(2)
    expect(await warnings()).toEqual([
      expect.stringMatching(/mounted twice on one path, the second time by spoorFastify/),
    ])
  })

  test('in Fastify 4: refused at the start, by name', async () => {
    const { spoor } = service()
    await expect((async () => spoorFastify({ version: '4.29.1' } as FastifyInstance, { spoor }))()).rejects.toThrow(
      'spoorFastify: app: expected Fastify 5, got Fastify 4.29.1; npm install fastify@5',
    )
  })
})

test('the inspector answers below its path, to GET and to other methods, and its requests leave no line', async () => {
  const options = { inspector: { authorize: ({ account }: { account?: string }) => account === 'acme' && 'all' } }
  const { app, register, ask, lines } = service({}, options as Partial<SpoorOptions<never>>)
  await register({ inspector: '/_spoor', account: ({ headers }) => (headers['x-who'] ? ann : undefined) })
  app.get('/', async () => 'ok')
  const headers = { 'x-who': 'ann' }
  const { status, body } = await ask('/_spoor/api/live-requests', { headers })
  expect([status, Object.keys(JSON.parse(body))]).toEqual([200, expect.arrayContaining(['items'])])
  expect((await ask('/_spoor/api/live-requests')).status).toBe(401)
  expect((await ask('/_spoor/api/live-requests', { headers, method: 'DELETE' })).status).toBe(405)
  expect((await ask('/_spooring')).status).toBe(404)
  expect(await lines('requests.jsonl')).toMatchObject([{ path: '/_spooring' }])
})

test('an inspector without the option of createSpoor causes a warning at the start', async () => {
  const { register, warnings, app } = service()
  await register({ inspector: '/_spoor' })
  expect((await app.inject('/_spoor/api/requests')).statusCode).toBe(404)
  expect(await warnings()).toEqual([expect.stringContaining('createSpoor has no option inspector')])
})

describe('a request without a socket', () => {
  test('of supertest, before the service listens', async () => {
    const { app, register, lines } = service()
    await register({ account: () => ann })
    app.get('/', async ({ id }) => ({ id }))
    await app.ready()
    const { body, headers } = await request(app.server).get('/')
    expect(body).toEqual({ id: headers['x-request-id'] })
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ account: 'acme', status: 200 })
  })

  test('of serverless-http', async () => {
    const { app, register, lines } = service()
    await register()
    app.get('/', async ({ id }) => ({ id }))
    const event = { version: '2.0', rawPath: '/', headers: {}, requestContext: { http: { method: 'GET', path: '/' } } }
    const answer = (await serverless(app as never)(event, {})) as { body: string; headers: Record<string, string> }
    expect(JSON.parse(answer.body)).toEqual({ id: answer.headers['x-request-id'] })
    expect(await lines('requests.jsonl')).toMatchObject([{ path: '/', status: 200 }])
  })

  test('of inject that ends early leaves a line with aborted', async () => {
    const { app, register, lines } = service()
    await register()
    app.get('/', (_, reply) => void reply.raw.destroy())
    await expect(app.inject('/')).rejects.toThrow()
    expect((await lines('requests.jsonl'))[0]).toMatchObject({ path: '/', aborted: true })
  })
})

test('a closed application is not kept, and its Spoor serves another', async () => {
  const { app, spoor, register } = service()
  await register()
  await app.ready()
  expect(Object.hasOwn(app.server, 'emit')).toBe(true)
  await app.close()
  expect(Object.hasOwn(app.server, 'emit')).toBe(false)
  const other = Fastify(fastifyOptions(spoor))
  await other.register(spoorFastify, { spoor })
  other.get('/', async ({ id }) => ({ id }))
  const { headers, body } = await other.inject('/')
  expect(JSON.parse(body)).toEqual({ id: headers['x-request-id'] })
  await other.close()
})

test('HTTP/2 and serverFactory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-fastify-'))
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const spoor = createSpoor({ service: 'test', logs })
  const app = Fastify(fastifyOptions(spoor, { http2: true, serverFactory: (handler) => createHttp2Server(handler) }))
  await app.register(spoorFastify, { spoor })
  app.get('/', async ({ id }) => ({ id }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = http2Connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  const stream = client.request({ ':path': '/' })
  const [headers] = await once(stream, 'response')
  expect(JSON.parse(await text(stream))).toEqual({ id: headers['x-request-id'] })
  client.destroy()
  await app.close()
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
})

test('invalid options are refused by name', async () => {
  const { spoor, app } = service()
  const mistakes = (own: object) => () => fastifyOptions(spoor, own)
  expect(mistakes({ genReqId: () => 'a', requestIdHeader: 'x-id' })).toThrow(
    /own\.genReqId: expected none, got "\[function\]"; write requestId: \{ generate \}[\s\S]*own\.requestIdHeader: expected none, got "x-id"; write requestId: \{ header, trust \}/,
  )
  expect(mistakes({ requestIdHeader: false })).not.toThrow()
  expect(mistakes(null as never)).toThrow("own: expected Fastify's options, got null")
  expect(() => fastifyOptions({} as Spoor)).toThrow(
    'fastifyOptions: expected the Spoor that createSpoor returns, got object; write Fastify(fastifyOptions(spoor, own))',
  )
  await expect(Promise.resolve(app.register(spoorFastify, { spoor, acount: () => ann } as never))).rejects.toThrow(
    'spoorFastify: options.acount: no such option; did you mean account?',
  )
})

test('a plugin without a Spoor is refused', async () => {
  const app = Fastify()
  await expect(Promise.resolve(app.register(spoorFastify, {} as never))).rejects.toThrow(
    'spoorFastify: expected the Spoor that createSpoor returns, got undefined; write await app.register(spoorFastify, { spoor, account })',
  )
})
