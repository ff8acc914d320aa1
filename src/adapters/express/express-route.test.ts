import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type RequestHandler } from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { type SpoorExpress, spoorExpress } from 'spoor/express'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

type App = RequestHandler
const ok: RequestHandler = (_, response) => void response.send('ok')
const broken: RequestHandler = () => {
  throw new Error('broken')
}
const orders = (options?: express.RouterOptions): express.Router =>
  express.Router(options).get('/orders/:id', ok).get('/broken/:id', broken)

/** The route on the request line of what `app` answers to each path. */
async function routesOf(make: (s: SpoorExpress) => App, ...paths: string[]): Promise<unknown[]> {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-routes-'))
  const logs = defineLogs({
    directory,
    root: { console: false },
    loggers: { requests: { console: false } },
  })
  const spoor = createSpoor({ service: 'test', logs })
  const server = createServer(make(spoorExpress(spoor)) as never).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  await once(server, 'listening')
  const ids: unknown[] = []
  for (const path of paths) {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
    await answer.text()
    ids.push(answer.headers.get('x-request-id'))
  }
  return vi.waitFor(
    async () => {
      await logs.flush()
      const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trimEnd()
      const lines = text.split('\n').map((line): Record<string, unknown> => JSON.parse(line))
      return ids.map((id) => {
        const line = lines.find((one) => one['requestId'] === id)
        if (line === undefined) throw new Error(`no line of ${id} yet`)
        return line['route']
      })
    },
    { timeout: 20_000, interval: 10 },
  )
}

const first = (mount: (app: express.Express, s: SpoorExpress) => unknown) => (s: SpoorExpress) => {
  const app = express().use(s)
  mount(app, s)
  return app.use(s.errors)
}

describe('the route is the pattern below', () => {
  test('a mount with a parameter, also for a failure', async () => {
    const app = first((app) => app.use('/t/:tenant', orders()))
    expect(await routesOf(app, '/t/acme/orders/7', '/t/t/orders/orders', '/t/acme/broken/7')).toEqual([
      '/t/:tenant/orders/:id',
      '/t/:tenant/orders/:id',
      '/t/:tenant/broken/:id',
    ])
  })

  test('an application within an application', async () => {
    const app = first((app) => app.use('/t/:tenant', express().use('/v/:version', orders())))
    expect(await routesOf(app, '/t/acme/v/2/orders/7')).toEqual(['/t/:tenant/v/:version/orders/:id'])
  })

  test('routers within routers, with parameters merged', async () => {
    const inner = orders({ mergeParams: true })
    const app = first((app) => app.use('/t/:tenant', express.Router({ mergeParams: true }).use('/u/:user', inner)))
    expect(await routesOf(app, '/t/acme/u/acme/orders/acme')).toEqual(['/t/:tenant/u/:user/orders/:id'])
  })

  test('each of several mounts of one router', async () => {
    const app = first((app) => {
      const router = orders()
      app.use('/a/:x', router).use('/b/:y', router)
    })
    expect(await routesOf(app, '/a/acme/orders/7', '/b/acme/orders/7')).toEqual([
      '/a/:x/orders/:id',
      '/b/:y/orders/:id',
    ])
  })

  test('a mount that was entered after another of the same path passed the request on', async () => {
    const app = first((app) => app.use('/:kind/acme', express.Router()).use('/t/:tenant', orders()))
    expect(await routesOf(app, '/t/acme/orders/7')).toEqual(['/t/:tenant/orders/:id'])
  })

  test('a router that a handler calls', async () => {
    const app = first((app) => {
      const router = orders()
      app.use('/t/:tenant', (request, response, next) => setImmediate(() => router(request, response, next)))
    })
    expect(await routesOf(app, '/t/acme/orders/7')).toEqual(['/t/:tenant/orders/:id'])
  })

  test('a list of paths: the one that matched', async () => {
    const app = first((app) => {
      app.use(['/t/:tenant', ['/o/:org']] as string[], orders())
      app.get(['/a', ['/b/:x']] as string[], ok)
    })
    expect(await routesOf(app, '/o/acme/orders/7', '/a', '/b/acme')).toEqual(['/o/:org/orders/:id', '/a', '/b/:x'])
  })

  test('an expression, without what it matched', async () => {
    const app = first((app) => app.use(/^\/t\/(\w+)/, orders()).get(/^\/r\/(\w+)$/, ok))
    expect(await routesOf(app, '/t/acme/orders/7', '/r/acme')).toEqual([
      String.raw`/^\/t\/(\w+)/` + '/orders/:id',
      String.raw`/^\/r\/(\w+)$/`,
    ])
  })

  test('a wildcard, an optional part, and another case', async () => {
    const app = first((app) => app.use('/t/*rest', express.Router().get('/', ok)).use('/u{/:user}', orders()))
    expect(await routesOf(app, '/t/acme/globex', '/u/acme/orders/7', '/U/acme/ORDERS/7')).toEqual([
      '/t/*rest/',
      '/u{/:user}/orders/:id',
      '/u{/:user}/orders/:id',
    ])
  })

  test('app.route, and a failing param handler', async () => {
    const app = first((app) => {
      const router = express.Router().param('id', (_request, _response, next) => next(new Error('no such id')))
      router.route('/orders/:id').get(ok)
      app.use('/t/:tenant', router)
    })
    expect(await routesOf(app, '/t/acme/orders/7')).toEqual(['/t/:tenant/orders/:id'])
  })

  test('a mount above the middleware itself', async () => {
    const inRouter = (s: SpoorExpress): App => express().use('/t/:tenant', express.Router().use(s).use(orders()))
    const inApp = (s: SpoorExpress): App => express().use('/t/:tenant', express().use(s).use('/v/:v', orders()))
    const atPath = (s: SpoorExpress): App => express().use('/t/:tenant', s).use('/:a/:b', orders())
    // The first request of an application is followed in another way than later ones.
    expect(await routesOf(inRouter, '/t/acme/orders/7', '/t/t/orders/8')).toEqual([
      '/t/:tenant/orders/:id',
      '/t/:tenant/orders/:id',
    ])
    expect(await routesOf(inApp, '/t/acme/v/2/orders/7', '/t/v/v/v/orders/8')).toEqual([
      '/t/:tenant/v/:v/orders/:id',
      '/t/:tenant/v/:v/orders/:id',
    ])
    expect(await routesOf(atPath, '/t/acme/orders/7', '/t/orders/orders/8')).toEqual([
      '/:a/:b/orders/:id',
      '/:a/:b/orders/:id',
    ])
  })
})

test('a request without a matching route has no route, wherever it ended', async () => {
  const app = first((app) => {
    app.use('/t/:tenant', orders())
    app.use('/ends/:tenant', ok)
    app.use('/fails/:tenant', broken)
  })
  expect(await routesOf(app, '/t/acme/nowhere', '/ends/acme', '/fails/acme')).toEqual([undefined, undefined, undefined])
})

test('a mount with an unknown pattern becomes a star, never the called path', async () => {
  const app = (s: SpoorExpress): App => {
    const inner = express.Router().use(s).use(orders())
    return express().use('/t/:tenant', (request, response, next) => inner(request, response, next))
  }
  expect((await routesOf(app, '/t/acme/orders/7', '/t/acme/orders/7'))[0]).toBe('/*/orders/:id')
})

test('changes to req.route and req.baseUrl by the service change no response', async () => {
  const app = first((app) => {
    app.use('/t/:tenant', (request, _response, next) => {
      Object.defineProperty(request, 'baseUrl', { configurable: true, value: undefined, writable: true })
      next()
    })
    app.use('/t/:tenant', orders())
  })
  expect(await routesOf(app, '/t/acme/orders/7')).toEqual([expect.not.stringContaining('acme')])
})

test('the mount of a router without stored patterns is derived from the names of parameters', async () => {
  const app = (s: SpoorExpress): App => {
    const forget: RequestHandler = (request, _response, next) => {
      const symbol = Object.getOwnPropertySymbols(request).find(({ description }) => description?.startsWith('router.'))
      if (symbol !== undefined) delete (request as unknown as Record<symbol, unknown>)[symbol]
      s(request, _response, next)
    }
    const inner = express.Router().use('/v-:version', orders()).get('/', ok)
    return express().use(forget).use('/t/:tenant', inner).use('/static/4711', orders()).get(['/a', '/b/:x'], ok)
  }
  const routes = await routesOf(app, '/t/acme/v-2/orders/7', '/t/acme', '/static/4711/orders/8', '/b/acme')
  expect(routes).toEqual(['/t/:tenant/:version/orders/:id', '/t/:tenant/', '/static/:id/orders/:id', '/a,/b/:x'])
})
