// Hono 4 on Node with nothing, with Spoor, and with its own middleware for ids and request lines, hono/logger, over pino.
import { randomUUID } from 'node:crypto'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { logger as requestLines } from 'hono/logger'
import { requestId } from 'hono/request-id'
import { accountOf, openPino, openSpoor, threeLines } from './common.mjs'

export async function serve(stack, directory) {
  const app = new Hono()
  const server = createAdaptorServer({ fetch: app.fetch })
  const { logOf, close } = await stacks[stack](app, directory, server)
  app.get('/posts/:id', (c) => {
    threeLines(logOf(c))
    return c.json({ id: c.req.param('id'), ok: true })
  })
  return { server, close }
}

const accountIn = (c) => accountOf({ headers: { authorization: c.req.header('authorization') } })

const stacks = {
  bare: async () => ({ logOf: () => () => {}, close: () => {} }),
  spoor: async (app, directory, server) => {
    const { spoorHono } = await import('../../dist/hono.js')
    const { spoor, logs, log } = await openSpoor(directory)
    spoor.attach(server)
    const s = spoorHono(spoor, { account: (c) => ({ account: accountIn(c) }) })
    app.use(s)
    app.onError(s.errors)
    app.notFound(s.notFound)
    return { logOf: () => log, close: () => logs.close() }
  },
  pino: async (app, directory) => {
    const { logger, close } = await openPino(directory)
    app.use(requestId({ generator: () => randomUUID() }))
    app.use(async (c, next) => {
      c.set('log', logger.child({ requestId: c.get('requestId'), account: accountIn(c) }))
      await next()
    })
    app.use(requestLines((text) => logger.info(text)))
    return { logOf: (c) => (fields, message) => c.get('log').info(fields, message), close }
  },
}
