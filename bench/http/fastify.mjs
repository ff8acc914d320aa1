// Fastify 5 with nothing, with Spoor, and with its own logger, pino. Both loggers write Fastify's own lines about each request.
import { randomUUID } from 'node:crypto'
import { fastify } from 'fastify'
import { accountOf, openPino, openSpoor, threeLines } from './common.mjs'

export async function serve(stack, directory) {
  const { app, close } = await stacks[stack](directory)
  app.get('/posts/:id', async (request) => {
    threeLines((fields, message) => request.log.info(fields, message))
    return { id: request.params.id, ok: true }
  })
  await app.ready()
  return { server: app.server, close }
}

const stacks = {
  bare: async () => ({ app: fastify(), close: () => {} }),
  spoor: async (directory) => {
    const { spoorFastify, fastifyOptions } = await import('../../dist/fastify.js')
    const { spoor, logs } = await openSpoor(directory)
    const app = fastify(fastifyOptions(spoor))
    await app.register(spoorFastify, { spoor, account: (request) => ({ account: accountOf(request) }) })
    return { app, close: () => logs.close() }
  },
  pino: async (directory) => {
    const { logger, close } = await openPino(directory)
    const app = fastify({
      loggerInstance: logger,
      genReqId: () => randomUUID(),
      childLoggerFactory: (parent, bindings, options, request) =>
        parent.child({ ...bindings, account: accountOf(request) }, options),
    })
    app.addHook('onRequest', async (request, reply) => void reply.header('X-Request-ID', request.id))
    return { app, close }
  },
}
