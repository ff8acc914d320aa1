// Koa 3 with @koa/router: with nothing, with Spoor, and with koa-pino-logger.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import Router from '@koa/router'
import Koa from 'koa'
import { accountOf, openPino, openSpoor, threeLines } from './common.mjs'

export async function serve(stack, directory) {
  const app = new Koa()
  const server = createServer()
  const { logOf, close } = await stacks[stack](app, directory, server)
  const router = new Router()
  router.get('/posts/:id', (ctx) => {
    threeLines(logOf(ctx))
    ctx.body = { id: ctx.params.id, ok: true }
  })
  app.use(router.routes())
  server.on('request', app.callback())
  return { server, close }
}

const stacks = {
  bare: async () => ({ logOf: () => () => {}, close: () => {} }),
  spoor: async (app, directory, server) => {
    const { spoorKoa } = await import('../../dist/koa.js')
    const { spoor, logs, log } = await openSpoor(directory)
    spoor.attach(server)
    app.use(spoorKoa(spoor, { account: (ctx) => ({ account: accountOf(ctx.req) }) }))
    return { logOf: () => log, close: () => logs.close() }
  },
  pino: async (app, directory) => {
    const { default: koaPino } = await import('koa-pino-logger')
    const { logger, close } = await openPino(directory)
    // Without `quietReqLogger`, each line has the whole request.
    app.use(koaPino({ logger, quietReqLogger: true, genReqId: () => randomUUID() }))
    app.use((ctx, next) => {
      ctx.set('X-Request-ID', ctx.req.id)
      ctx.log = ctx.log.child({ account: accountOf(ctx.req) })
      return next()
    })
    return { logOf: (ctx) => (fields, message) => ctx.log.info(fields, message), close }
  },
}
