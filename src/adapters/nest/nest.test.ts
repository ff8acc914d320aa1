import 'reflect-metadata'
import { once } from 'node:events'
import { connect } from 'node:net'
import {
  type ArgumentsHost,
  BadRequestException,
  Body,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  HttpException,
  type INestApplication,
  Logger,
  type LoggerService,
  Module,
  NotFoundException,
  Post,
  ServiceUnavailableException,
  type Type,
  UseFilters,
  UseGuards,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common'
import { APP_FILTER, APP_GUARD, LazyModuleLoader, NestFactory, RouterModule } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import { IsEmail, IsString } from 'class-validator'
import { OptionsError, type Spoor } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { InjectSpoor, type NestOptions, RequestId, SpoorLogger, SpoorModule } from 'spoor/nest'
import supertest from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Line } from '../../../test/conformance/lines.js'
import { decorate } from '../../../test/conformance/nest.js'
import { opened } from '../../../test/frameworks/opened.js'

const platforms = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const

/** A module, without the syntax of decorators. */
function moduleOf(metadata: Parameters<typeof Module>[0]): Type {
  class Made {}
  Module(metadata)(Made)
  return Made
}

/** A controller with one method a route. */
function controller(
  path: string,
  routes: Record<string, (...args: never[]) => unknown>,
  ...more: ClassDecorator[]
): Type {
  class Made {}
  const methods = Made.prototype as Record<string, unknown>
  for (const [route, answer] of Object.entries(routes)) {
    methods[route] = answer
    decorate({ prototype: methods }, route, [Get(route)])
  }
  for (const decorator of [Controller(path), ...more]) decorator(Made)
  return Made
}

function who(spoor: Spoor): object {
  const { requestId, account, user } = spoor.context() ?? {}
  return { requestId, account, user }
}

type Configure = (app: INestApplication) => unknown

async function listening(
  root: Type,
  adapter: ExpressAdapter | FastifyAdapter = new ExpressAdapter(),
  configure: Configure = () => {},
  logger: LoggerService | false = false,
): Promise<{ app: INestApplication; url: string; port: number }> {
  const app = await NestFactory.create(root, adapter, { logger, abortOnError: false })
  onTestFinished(async () => {
    await app.close()
    Logger.overrideLogger(false)
  })
  configure(app)
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address()
  return { app, url: `http://127.0.0.1:${port}`, port }
}

async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; id: string | null; body: unknown }> {
  const response = await fetch(url, { headers: { connection: 'close' }, ...init })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, id: response.headers.get('x-request-id'), body: isJson ? JSON.parse(text) : text }
}

const ann = { account: 'acme', user: 'ann' }

describe.each(platforms)('on %s', (platform, adapter) => {
  test('the route is the pattern with prefix, version and the parameters of RouterModule', async () => {
    const { spoor, requestLine } = opened()
    const orders = controller('orders', { ':id': () => 'order' })
    const versioned = controller('cats', { ':name/toys/:toy': () => 'toy' })
    Controller({ path: 'cats', version: '2' })(versioned)
    const shop = moduleOf({ controllers: [orders] })
    const imports = [SpoorModule.forRoot({ spoor }), shop, RouterModule.register([{ path: 't/:tenant', module: shop }])]
    const { url } = await listening(moduleOf({ imports, controllers: [versioned] }), adapter(), (app) =>
      app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
    )
    const routeOf = async (path: string) => (await requestLine((await ask(url + path)).id))['route']
    expect(await routeOf('/api/t/acme/orders/7?q=1')).toBe('/api/t/:tenant/orders/:id')
    expect(await routeOf('/api/v2/cats/tom/toys/3')).toBe('/api/v2/cats/:name/toys/:toy')
    expect(await routeOf('/api/nowhere')).toBeUndefined()
  })

  test('account gets the request of the platform, and guards, handlers and filters see id and account', async () => {
    const { spoor, requestLine } = opened()
    const seen: unknown[] = []
    class Guard implements CanActivate {
      canActivate(): boolean {
        seen.push({ ...spoor.context() })
        return true
      }
    }
    const account: NestOptions['account'] = (request) => {
      seen.push('raw' in request ? 'Fastify' : 'Express')
      return request.headers.authorization ? ann : undefined
    }
    const imports = [SpoorModule.forRoot({ spoor, account })]
    const providers = [{ provide: APP_GUARD, useClass: Guard }]
    const { url } = await listening(
      moduleOf({ imports, providers, controllers: [controller('', { who: () => who(spoor) })] }),
      adapter(),
    )
    const { id, body } = await ask(`${url}/who`, { headers: { authorization: 'yes', connection: 'close' } })
    expect(body).toMatchObject({ requestId: id, ...ann })
    expect(seen).toEqual([platform, expect.objectContaining({ requestId: id, ...ann })])
    expect(await requestLine(id)).toMatchObject({ route: '/who', ...ann })
  })

  test('a guard says for whom the request works, with the injected Spoor', async () => {
    const { spoor, requestLine } = opened()
    class Guard implements CanActivate {
      readonly spoor: Spoor
      constructor(spoor: Spoor) {
        this.spoor = spoor
      }
      async canActivate(): Promise<boolean> {
        await new Promise(setImmediate)
        this.spoor.identify(ann)
        return true
      }
    }
    InjectSpoor()(Guard, undefined as never, 0)
    const guarded = controller('', { who: () => who(spoor) }, UseGuards(Guard))
    const child = moduleOf({ controllers: [guarded], providers: [Guard] })
    const { url } = await listening(moduleOf({ imports: [SpoorModule.forRoot({ spoor }), child] }), adapter())
    const { id, body } = await ask(`${url}/who`)
    expect(body).toMatchObject(ann)
    expect(await requestLine(id)).toMatchObject(ann)
  })

  test('RequestId gives a handler the id of its request', async () => {
    const { spoor } = opened()
    class Ids {
      id(id: string): string {
        return id
      }
    }
    decorate(Ids, 'id', [Get('id')], [RequestId()])
    Controller()(Ids)
    const { url } = await listening(
      moduleOf({ imports: [SpoorModule.forRoot({ spoor })], controllers: [Ids] }),
      adapter(),
    )
    const { id, body } = await ask(`${url}/id`)
    expect(body).toBe(id)
  })

  const thrown: [string, () => unknown, object][] = [
    ['a text', () => new NotFoundException('no cat 7'), { status: 404, detail: 'no cat 7', code: 'not_found' }],
    ['no text', () => new ForbiddenException(), { status: 403, detail: 'Forbidden', code: 'forbidden' }],
    [
      'a body of its own',
      () => new HttpException({ code: 'quota_used_up', message: 'wait', secret: 'x' }, 429),
      { status: 429, code: 'quota_used_up', detail: 'wait' },
    ],
    [
      'a cause',
      () => new BadRequestException('bad id', { cause: new Error('inner') }),
      { status: 400, detail: 'bad id' },
    ],
  ]
  test.each(thrown)('an HttpException with %s is answered with its public message', async (_, make, expected) => {
    const { spoor, requestLine } = opened()
    const failing = controller('', {
      fails: () => {
        throw make()
      },
    })
    const { url } = await listening(
      moduleOf({ imports: [SpoorModule.forRoot({ spoor })], controllers: [failing] }),
      adapter(),
    )
    const { status, id, body } = await ask(`${url}/fails`)
    expect(body).toMatchObject({ ...expected, type: 'about:blank', requestId: id })
    expect(body).not.toHaveProperty('secret')
    expect(await requestLine(id)).toMatchObject({ status, route: '/fails' })
  })

  test('the message of a 5xx exception stays inside, and the root logger writes it once', async () => {
    const { spoor, lines } = opened()
    const failing = controller('', {
      fails: () => {
        throw new ServiceUnavailableException('10.0.0.7 is down')
      },
    })
    const { url } = await listening(
      moduleOf({ imports: [SpoorModule.forRoot({ spoor })], controllers: [failing] }),
      adapter(),
    )
    const { status, id, body } = await ask(`${url}/fails`)
    expect([status, JSON.stringify(body)]).toEqual([503, expect.not.stringContaining('10.0.0.7')])
    const root = (await lines()).filter(({ file }) => file === 'root.log')
    expect(root).toMatchObject([{ level: 'error', requestId: id, error: { message: '10.0.0.7 is down' } }])
  })

  test('a ValidationPipe says what is wrong, without a value', async () => {
    const { spoor } = opened()
    class Dto {
      declare email: string
      declare name: string
    }
    IsEmail()(Dto.prototype, 'email')
    IsString()(Dto.prototype, 'name')
    class Users {
      create(): string {
        return 'made'
      }
    }
    decorate(Users, 'create', [Post('users')], [Body(new ValidationPipe({ expectedType: Dto }))])
    Controller()(Users)
    const { url } = await listening(
      moduleOf({ imports: [SpoorModule.forRoot({ spoor })], controllers: [Users] }),
      adapter(),
    )
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const { status, body } = await ask(`${url}/users`, { method: 'POST', headers, body: '{"email":"s3cret","name":1}' })
    expect(status).toBe(400)
    expect(body).toMatchObject({ detail: 'email must be an email; name must be a string', code: 'bad_request' })
  })

  test("the filters of the service answer first, wherever they are, and see the request's id", async () => {
    const { spoor } = opened()
    class Own extends Error {}
    class Global extends Error {}
    class OfModule extends Error {}
    const filterOf = (caught: Type): ExceptionFilter => {
      class Filter implements ExceptionFilter {
        catch(_: unknown, host: ArgumentsHost): void {
          const response = host.getArgByIndex(1)
          response.status(418).send({ by: caught.name, id: spoor.context()?.requestId })
        }
      }
      Catch(caught)(Filter)
      return new Filter()
    }
    const throws = (error: () => unknown) => () => {
      throw error()
    }
    const routes = {
      own: throws(() => new Own()),
      global: throws(() => new Global()),
      module: throws(() => new OfModule()),
      none: throws(() => new Error('none')),
    }
    const root = moduleOf({
      imports: [SpoorModule.forRoot({ spoor })],
      controllers: [controller('', routes, UseFilters(filterOf(Own)))],
      providers: [{ provide: APP_FILTER, useValue: filterOf(OfModule) }],
    })
    const { url } = await listening(root, adapter(), (app) => app.useGlobalFilters(filterOf(Global)))
    for (const [path, by] of [
      ['own', 'Own'],
      ['global', 'Global'],
      ['module', 'OfModule'],
    ]) {
      const { status, id, body } = await ask(`${url}/${path}`)
      expect([status, body]).toEqual([418, { by, id }])
    }
    expect(await ask(`${url}/none`)).toMatchObject({ status: 500, body: { code: 'internal_error' } })
  })

  test('a filter of the service that catches everything answers everything, unknown routes too', async () => {
    const { spoor } = opened()
    class Everything implements ExceptionFilter {
      catch(error: Error, host: ArgumentsHost): void {
        host.getArgByIndex(1).status(400).send({ own: error.message, id: spoor.context()?.requestId })
      }
    }
    Catch()(Everything)
    const providers = [{ provide: APP_FILTER, useClass: Everything }]
    const { url } = await listening(moduleOf({ imports: [SpoorModule.forRoot({ spoor })], providers }), adapter())
    const { status, id, body } = await ask(`${url}/nowhere`)
    expect([status, body]).toEqual([400, { own: 'Cannot GET /nowhere', id }])
  })

  test('a request that the parser refuses has an id: the server is attached', async () => {
    const { spoor, requestLine } = opened()
    const { port } = await listening(moduleOf({ imports: [SpoorModule.forRoot({ spoor })] }), adapter())
    const socket = connect(port, '127.0.0.1')
    socket.end('nonsense\r\n\r\n')
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
    })
    await once(socket, 'close')
    const id = /x-request-id: (\S+)/i.exec(text)?.[1] ?? ''
    expect(text).toMatch(/^HTTP\/1.1 400 /)
    expect(await requestLine(id)).toMatchObject({ status: 400 })
  })

  test('the inspector is mounted at its path, whatever the global prefix, and asks for the account itself', async () => {
    const { spoor } = opened({ inspector: { authorize: ({ account }) => (account ? 'account' : false) } })
    const account: NestOptions['account'] = ({ headers }) => (headers.authorization ? ann : undefined)
    const imports = [SpoorModule.forRoot({ spoor, account, inspector: '/_spoor' })]
    const { url } = await listening(moduleOf({ imports }), adapter(), (app) => app.setGlobalPrefix('api'))
    expect((await ask(`${url}/_spoor/api/requests`)).status).toBe(401)
    const signedIn = { headers: { authorization: 'yes', connection: 'close' } }
    expect(await ask(`${url}/_spoor/api/requests`, signedIn)).toMatchObject({ status: 200, body: { items: [] } })
    expect((await ask(`${url}/_spoorish`)).status).toBe(404)
  })

  test('imported twice, the module writes one warning that names the fix, and each request has one line', async () => {
    const { spoor, requestLine, warnings } = opened()
    const child = moduleOf({
      imports: [SpoorModule.forRoot({ spoor })],
      controllers: [controller('', { x: () => 'x' })],
    })
    const { url } = await listening(
      moduleOf({ imports: [SpoorModule.forRoot({ spoor, account: () => ann }), child] }),
      adapter(),
    )
    for (let asked = 0; asked < 2; asked++) {
      const { id, status } = await ask(`${url}/x`)
      expect(status).toBe(200)
      expect(await requestLine(id)).toMatchObject({ account: 'acme', route: '/x' })
    }
    expect(await warnings()).toEqual([expect.stringMatching(/twice.*SpoorModule.*leave one mount/)])
  })

  test('loaded late, the module says that it sees no request', async () => {
    const { spoor, warnings } = opened()
    const { app, url } = await listening(moduleOf({ controllers: [controller('', { x: () => 'x' })] }), adapter())
    await app.get(LazyModuleLoader).load(() => SpoorModule.forRoot({ spoor }) as DynamicModule)
    expect((await ask(`${url}/x`)).status).toBe(200)
    expect(await warnings()).toEqual([expect.stringContaining('import it in the root module')])
  })

  test('forRootAsync injects what makes the options', async () => {
    const { spoor } = opened()
    const config = Symbol('config')
    const configModule = moduleOf({
      providers: [{ provide: config, useValue: { account: 'acme' } }],
      exports: [config],
    })
    const imports = [
      SpoorModule.forRootAsync({
        imports: [configModule],
        inject: [config],
        useFactory: async ({ account }: { account: string }) => ({ spoor, account: () => ({ account }) }),
      }),
    ]
    const { url } = await listening(
      moduleOf({ imports, controllers: [controller('', { who: () => who(spoor) })] }),
      adapter(),
    )
    expect((await ask(`${url}/who`)).body).toMatchObject({ account: 'acme' })
  })
})

test('a testing module with supertest behaves as the application does', async () => {
  const { spoor, requestLine } = opened()
  const root = moduleOf({
    imports: [SpoorModule.forRoot({ spoor, account: () => ann })],
    controllers: [controller('', { ':id': () => who(spoor) })],
  })
  const app = (await Test.createTestingModule({ imports: [root] }).compile()).createNestApplication()
  await app.init()
  onTestFinished(() => app.close())
  const answer = await supertest(app.getHttpServer()).get('/7').expect(200)
  expect(answer.body).toMatchObject({ ...ann, requestId: answer.headers['x-request-id'] })
  expect(await requestLine(answer.headers['x-request-id'] as string)).toMatchObject({ route: '/:id', account: 'acme' })
  const headers = { 'content-type': 'application/json' }
  const refused = await supertest(app.getHttpServer()).post('/7').set(headers).send('{"a":').expect(400)
  expect(refused.body).toMatchObject({ code: 'malformed_body', requestId: refused.headers['x-request-id'] })
})

test('a testing module on Fastify answers inject, with ids and without a server that listens', async () => {
  const { spoor, requestLine } = opened()
  const root = moduleOf({
    imports: [SpoorModule.forRoot({ spoor, account: () => ann })],
    controllers: [controller('', { ':id': () => who(spoor) })],
  })
  const testing = await Test.createTestingModule({ imports: [root] }).compile()
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter())
  await app.init()
  onTestFinished(() => app.close())
  const answer = await app.inject('/7')
  expect(answer.json()).toMatchObject({ ...ann, requestId: answer.headers['x-request-id'] })
  expect(await requestLine(answer.headers['x-request-id'] as string)).toMatchObject({ route: '/:id', account: 'acme' })
  const unknown = await app.inject({ method: 'POST', url: '/nowhere' })
  expect(unknown.json()).toMatchObject({ status: 404, requestId: unknown.headers['x-request-id'] })
})

test('in a testing module, too, the filters of the service answer first', async () => {
  const { spoor } = opened()
  class Own extends Error {}
  class Filter implements ExceptionFilter {
    catch(_: unknown, host: ArgumentsHost): void {
      host.getArgByIndex(1).status(418).send({ id: spoor.context()?.requestId })
    }
  }
  Catch(Own)(Filter)
  const routes = {
    own: () => {
      throw new Own()
    },
  }
  const root = moduleOf({
    imports: [SpoorModule.forRoot({ spoor })],
    controllers: [controller('', routes)],
    providers: [{ provide: APP_FILTER, useClass: Filter }],
  })
  const app = (await Test.createTestingModule({ imports: [root] }).compile()).createNestApplication()
  await app.init()
  onTestFinished(() => app.close())
  const answer = await supertest(app.getHttpServer()).get('/own').expect(418)
  expect(answer.body).toEqual({ id: answer.headers['x-request-id'] })
})

test('spoorExpress beside the module writes one warning, and each request has one line', async () => {
  const { spoor, requestLine, warnings } = opened()
  const root = moduleOf({ imports: [SpoorModule.forRoot({ spoor })], controllers: [controller('', { x: () => 'x' })] })
  const { url } = await listening(root, new ExpressAdapter(), (app) => app.use(spoorExpress(spoor)))
  expect(await requestLine((await ask(`${url}/x`)).id)).toMatchObject({ status: 200, route: '/x' })
  expect(await warnings()).toEqual([expect.stringMatching(/twice.*spoorExpress; leave one mount, the outermost/)])
})

test('s.errors of spoorExpress is refused in NestJS, and names SpoorModule', async () => {
  const { spoor } = opened()
  const s = spoorExpress(spoor)
  // By default, Nest logs what app.use throws and ends the process.
  const app = await NestFactory.create(moduleOf({}), { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  expect(() => app.use(s)).not.toThrow()
  expect(() => app.use(s.errors)).toThrow(OptionsError)
  expect(() => app.use(s.errors)).toThrow(/NestJS.*import SpoorModule\.forRoot\(\{ spoor, account \}\) of spoor\/nest/)
})

test('mistakes in the options are named at the start', async () => {
  const { spoor } = opened()
  const wrong = { spoor, acount: () => ann, inspector: '_spoor' } as never
  expect(() => SpoorModule.forRoot(wrong)).toThrow(/^SpoorModule\.forRoot:.*inspector.*acount/s)
  expect(() => SpoorModule.forRoot({} as never)).toThrow(/write SpoorModule\.forRoot\(\{ spoor, account \}\)/)
  expect(() => SpoorModule.forRoot(undefined as never)).toThrow(OptionsError)
  const root = moduleOf({ imports: [SpoorModule.forRootAsync({ useFactory: () => wrong })] })
  await expect(NestFactory.create(root, { logger: false, abortOnError: false })).rejects.toThrow(OptionsError)
})

test('an application without a server injects the Spoor', async () => {
  const { spoor } = opened()
  class Jobs {
    readonly spoor: Spoor
    constructor(spoor: Spoor) {
      this.spoor = spoor
    }
  }
  InjectSpoor()(Jobs, undefined as never, 0)
  const root = moduleOf({ imports: [SpoorModule.forRoot({ spoor })], providers: [Jobs] })
  const context = await NestFactory.createApplicationContext(root, { logger: false })
  onTestFinished(() => context.close())
  expect(context.get(Jobs).spoor).toBe(spoor)
})

describe('SpoorLogger', () => {
  function logger(): { log: SpoorLogger; lines: () => Promise<Line[]> } {
    const { logs, lines } = opened()
    return { log: new SpoorLogger(logs.root), lines }
  }

  test('writes each of its levels, with the context as a field', async () => {
    const { log, lines } = logger()
    for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const) log[level](level, 'Cats')
    const levels = { verbose: 'trace', log: 'info' } as Record<string, string>
    for (const line of await lines()) {
      expect(line).toMatchObject({ level: levels[line.message] ?? line.message, context: 'Cats', file: 'root.log' })
    }
    expect(await lines()).toHaveLength(6)
  })

  const stack = 'TypeError: no cat\n    at find (/app/cats.js:1:2)'
  const calls: [string, unknown[], object][] = [
    ['a stack', ['failed', stack], { message: 'failed', error: { type: 'TypeError', message: 'no cat' } }],
    ['a stack and a context', ['failed', stack, 'Cats'], { context: 'Cats', error: { type: 'TypeError' } }],
    ['no stack, but a context', ['failed', undefined, 'Cats'], { message: 'failed', context: 'Cats' }],
    ['an error', [new RangeError('far'), undefined, 'Cats'], { error: { type: 'RangeError', message: 'far' } }],
    [
      'an error behind the text',
      ['failed', new RangeError('far'), 'Cats'],
      { error: { type: 'RangeError' }, context: 'Cats' },
    ],
    ['fields', ['paid', { order: 7 }, 'Cats'], { message: 'paid', order: 7, context: 'Cats' }],
    ['fields alone', [{ order: 7 }, 'Cats'], { order: 7, context: 'Cats' }],
    ['a function', [() => 'late text', 'Cats'], { message: 'late text' }],
    ['a class', [class Cat {}, 'Cats'], { message: 'Cat' }],
  ]
  test.each(calls)('takes %s', async (_, args, expected) => {
    const { log, lines } = logger()
    log.error(...(args as [unknown]))
    expect(await lines()).toMatchObject([{ level: 'error', ...expected }])
  })

  test("gives Nest's own lines and those of its Logger to Spoor, with id and account in a request", async () => {
    const { spoor, logs, lines, requestLine } = opened()
    const own = new Logger('Cats')
    const routes = {
      x: () => {
        own.log('found')
        own.error('lost', new Error('why').stack)
        return 'x'
      },
    }
    const root = moduleOf({
      imports: [SpoorModule.forRoot({ spoor, account: () => ann })],
      controllers: [controller('', routes)],
    })
    const { url } = await listening(root, new ExpressAdapter(), () => {}, new SpoorLogger(logs.root))
    const { id } = await ask(`${url}/x`)
    await requestLine(id)
    const all = (await lines()).filter(({ file }) => file === 'root.log')
    expect(all).toContainEqual(
      expect.objectContaining({ message: 'Nest application successfully started', context: 'NestApplication' }),
    )
    expect(all.filter(({ requestId }) => requestId === id)).toMatchObject([
      { level: 'info', message: 'found', context: 'Cats', account: 'acme' },
      { level: 'error', message: 'lost', context: 'Cats', account: 'acme', error: { message: 'why' } },
    ])
  })

  test('refuses a value that is not a logger', () => {
    const { logs } = opened()
    expect(() => new SpoorLogger(logs as never)).toThrow(/write new SpoorLogger\(logs\.root\)/)
  })
})
