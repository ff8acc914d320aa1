import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import { OptionsError } from 'spoor'
import { type ExpressOptions, type SpoorExpress, spoorExpress4 } from 'spoor/express4'
import supertest from 'supertest'
import { expect, onTestFinished, test } from 'vitest'
import { express4 } from '../../../test/conformance/express4.js'
import { type Opened, opened } from '../../../test/frameworks/opened.js'

interface Parts extends Opened {
  readonly app: Express
  readonly s: SpoorExpress
  ask(path: string): Promise<{ status: number; id: string; body: string }>
}

function parts(options: ExpressOptions = {}): Parts {
  const open = opened()
  const app = express4()
  const server = createServer(app as RequestListener)
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  return {
    ...open,
    app,
    s: spoorExpress4(open.spoor, options),
    ask: async (path) => {
      if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
      return { status: answer.status, id: answer.headers.get('x-request-id') ?? '', body: await answer.text() }
    },
  }
}

test('an unknown route is answered with 404 in one shape', async () => {
  const { app, s, ask } = parts()
  app.use(s).use(s.errors)
  const { status, id, body } = await ask('/nowhere')
  expect([status, JSON.parse(body)]).toEqual([404, expect.objectContaining({ code: 'not_found', requestId: id })])
})

const failing = (error: unknown) => async () => {
  await new Promise(setImmediate)
  throw error
}

test('the rejection of an async handler is answered, in routers and error handlers too', async () => {
  const { app, s, ask, lines } = parts()
  const router = express4.Router()
  router.get('/inner', failing(new Error('inner')))
  app.use(s)
  app.get('/outer', failing(new Error('outer')))
  app.get('/nothing', failing(undefined))
  app.get('/handled', (_request, _response, next) => next(new Error('first')))
  app.use('/below', router)
  app.use((async (error, _request, _response, next) => {
    if (error.message === 'first') throw new Error('second')
    next(error)
  }) as express.ErrorRequestHandler)
  app.use(s.errors)
  const errorOf = async (path: string) => {
    const { status, id } = await ask(path)
    const logged = (await lines()).filter(({ file, requestId }) => file === 'root.log' && requestId === id)
    return [status, ...logged.map((line) => (line['error'] as { message: string }).message)]
  }
  expect(await errorOf('/outer')).toEqual([500, 'outer'])
  expect(await errorOf('/below/inner')).toEqual([500, 'inner'])
  expect(await errorOf('/nothing')).toEqual([500, 'Rejected promise'])
  expect(await errorOf('/handled')).toEqual([500, 'second'])
})

test('an application of Express 4 without Spoor keeps the rejections of its handlers to itself', async () => {
  const { app, s, ask } = parts()
  app.use(s).get('/', (_, response) => void response.send('ok'))
  expect((await ask('/')).status).toBe(200)
  const other = express4()
  const promise = Promise.reject(new Error('mine'))
  const caught = promise.catch((error: Error) => error.message)
  other.get('/', ((_request, response) => {
    response.send('answered')
    return promise
  }) as express.RequestHandler)
  other.use(((_error, _request, _response, _next) => expect.unreachable()) as express.ErrorRequestHandler)
  await supertest(other as never)
    .get('/')
    .expect(200, 'answered')
  expect(await caught).toBe('mine')
})

test('the route is the pattern, below mounts with parameters and mounted applications', async () => {
  const { app, s, ask, requestLine } = parts()
  const orders = express4.Router({ mergeParams: true })
  orders.get('/orders/:id', (_, response) => void response.send('ok'))
  const teams = express4.Router()
  teams.use('/teams/:team', orders)
  const inner = express4()
  inner.use('/v/:version', orders)
  app.use(s)
  app.use('/t/:tenant', teams)
  app.use('/admin', inner)
  app.get(['/a', '/b'], (_, response) => void response.send('ok'))
  app.use(s.errors)
  const routeOf = async (path: string) => (await requestLine((await ask(path)).id))['route']
  expect(await routeOf('/t/acme/teams/blue/orders/7')).toBe('/t/:tenant/teams/:team/orders/:id')
  expect(await routeOf('/admin/v/2/orders/7?x=1')).toBe('/admin/v/:version/orders/:id')
  expect(await routeOf('/b')).toBe('/a,/b')
  expect(await routeOf('/t/acme/nowhere')).toBeUndefined()
})

test('mounted twice, behind a route, or with its errors before a route, Spoor logs one warning each', async () => {
  const twice = parts({ account: () => ({ account: 'acme' }) })
  twice.app.get('/first', (_, response) => void response.send('ok'))
  twice.app.use(twice.s).use(twice.s)
  twice.app.get('/', (_, response) => void response.send('ok'))
  for (let asked = 0; asked < 2; asked++) expect((await twice.ask('/')).status).toBe(200)
  expect(await twice.warnings()).toEqual([
    expect.stringMatching(/s is mounted behind the route \/first/),
    expect.stringMatching(/mounted twice.*spoorExpress4; leave one mount/),
  ])
  const early = parts()
  early.app.use(early.s).use(early.s.errors)
  early.app.get('/', (_, response) => void response.send('ok'))
  expect((await early.ask('/')).status).toBe(404)
  expect(await early.warnings()).toEqual([expect.stringMatching(/s\.errors is mounted before the route \//)])
})

test('supertest gets ids from an application that is not attached', async () => {
  const { app, s, requestLine } = parts()
  app.use(s)
  app.get('/', (_, response) => void response.send('ok'))
  const answer = await supertest(app as never).get('/')
  expect(await requestLine(answer.headers['x-request-id'] as string)).toMatchObject({ status: 200, route: '/' })
})

test('Express 5 is refused at the mount, and names the adapter to use', () => {
  const { s } = parts()
  const needed = /^spoorExpress4: app: expected Express 4, got Express 5; use spoorExpress of spoor\/express$/
  for (const part of [s, s.requestId, s.accountContext, s.inspector, ...s.errors]) {
    expect(() => express().use(part as never)).toThrow(OptionsError)
    expect(() => express.Router().use('/below', part as never)).toThrow(needed)
  }
  expect(() => express4().use(s).use('/_spoor', s.inspector).use(s.errors)).not.toThrow()
})
