// Express 5 with nothing, with Spoor, and as people follow requests today; Express 4 with nothing, with Spoor and with
// pino. Each stack is `(app, directory, server) => close`. Node 20 and 22 take 2 µs to add a member to a request or response once
// Express has given it another prototype; on an attached server Spoor comes before, as our documentation asks for.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { accountOf, openPino, openSpoor, threeLines } from './common.mjs'

/** Starts a stack in the Express that the package `name` has. */
export const serve = (name, stacks) => async (stack, directory) => {
  const { default: express } = await import(name)
  const app = express()
  app.disable('x-powered-by')
  const server = createServer(app)
  const close = await stacks[stack](app, directory, server)
  return { server, close }
}

/** Three lines and a small answer: the handler of every stack. */
function mountHandler(app, log) {
  app.get('/posts/:id', (request, response) => {
    threeLines(log)
    response.json({ id: request.params.id, ok: true })
  })
}

async function bare(app) {
  mountHandler(app, () => {})
  return () => {}
}

/** @param mount makes Spoor's middleware */
const spoor = (isAttached, mount) => async (app, directory, server) => {
  const { spoor, logs, log } = await openSpoor(directory)
  if (isAttached) spoor.attach(server)
  const s = await mount(spoor, { account: (request) => ({ account: accountOf(request) }) })
  app.use(s)
  mountHandler(app, log)
  app.use(s.errors)
  return () => logs.close()
}

const inExpress5 = async (...mounted) => (await import('../../dist/express.js')).spoorExpress(...mounted)
const inExpress4 = async (...mounted) => (await import('../../dist/express4.js')).spoorExpress4(...mounted)

async function pino(app, directory) {
  const { default: pinoHttp } = await import('pino-http')
  const als = new AsyncLocalStorage()
  // pino writes each line's fields into the object that `mixin` returns.
  const { logger, close } = await openPino(directory, { mixin: () => ({ ...als.getStore() }) })
  app.use(
    pinoHttp({ logger, genReqId: () => randomUUID(), customProps: (request) => ({ account: accountOf(request) }) }),
  )
  app.use((request, response, next) => {
    response.setHeader('X-Request-ID', request.id)
    als.run({ requestId: request.id, account: accountOf(request) }, next)
  })
  mountHandler(app, (fields, message) => logger.info(fields, message))
  return close
}

async function winston(app, directory) {
  const [{ default: winston }, { default: Daily }, { default: tracer }] = await Promise.all([
    import('winston'),
    import('winston-daily-rotate-file'),
    import('cls-rtracer'),
  ])
  const withIds = winston.format((info) => Object.assign(info, tracer.id()))
  const transport = new Daily({ dirname: directory, filename: 'app.log', maxSize: '10m', maxFiles: 11 })
  const { combine, timestamp, json } = winston.format
  const logger = winston.createLogger({ format: combine(withIds(), timestamp(), json()), transports: [transport] })
  const requestIdFactory = (request) => ({ requestId: randomUUID(), account: accountOf(request) })
  app.use(tracer.expressMiddleware({ requestIdFactory }))
  app.use((request, response, next) => {
    const [start, ids] = [performance.now(), tracer.id()]
    response.setHeader('X-Request-ID', ids.requestId)
    response.on('finish', () => {
      const { statusCode: status } = response
      logger.info('request', {
        ...ids,
        method: request.method,
        url: request.url,
        status,
        durationMs: performance.now() - start,
      })
    })
    next()
  })
  mountHandler(app, (fields, message) => logger.info(message, fields))
  return () => logger.end()
}

async function logtape(app, directory) {
  const [
    { configure, dispose, getJsonLinesFormatter, getLogger, withContext },
    { getRotatingFileSink },
    { expressLogger },
  ] = await Promise.all([import('@logtape/logtape'), import('@logtape/file'), import('@logtape/express')])
  const sink = getRotatingFileSink(join(directory, 'app.log'), {
    maxSize: 10 * 1024 * 1024,
    maxFiles: 11,
    formatter: getJsonLinesFormatter(),
  })
  await configure({
    sinks: { file: sink },
    loggers: [
      { category: [], sinks: ['file'], lowestLevel: 'info' },
      { category: ['logtape', 'meta'], sinks: [], parentSinks: 'override' },
    ],
    contextLocalStorage: new AsyncLocalStorage(),
  })
  const logger = getLogger('app')
  app.use((request, response, next) => {
    const requestId = randomUUID()
    response.setHeader('X-Request-ID', requestId)
    withContext({ requestId, account: accountOf(request) }, next)
  })
  app.use(expressLogger())
  mountHandler(app, (fields, message) => logger.info(message, fields))
  return dispose
}

export const express5 = {
  bare,
  spoor: spoor(true, inExpress5),
  'spoor, not attached': spoor(false, inExpress5),
  pino,
  winston,
  logtape,
}
export const express4 = { bare, spoor: spoor(true, inExpress4), pino }
