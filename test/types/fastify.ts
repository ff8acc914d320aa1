// What the compiler promises about spoor/fastify, with the types of the real package.
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify'
import pino from 'pino'
import type { Logger, Spoor } from 'spoor'
import { type FastifyResolver, fastifyOptions, type SpoorFastifyOptions, spoorFastify } from 'spoor/fastify'

declare const spoor: Spoor
declare const logger: Logger

const loggerInstance: FastifyBaseLogger = logger
void loggerInstance

const app: FastifyInstance = Fastify(fastifyOptions(spoor))
await app.register(spoorFastify, { spoor })
await app.register(spoorFastify, { spoor, inspector: '/_spoor', account: async (request) => ({ account: request.ip }) })

const account: FastifyResolver = (request: FastifyRequest) =>
  request.headers.authorization ? { account: 'acme', roles: ['admin'] } : undefined
const options: SpoorFastifyOptions = { spoor, account }
app.register(spoorFastify, options)

app.get('/', async (request) => {
  const id: string = request.id
  request.log.info({ id }, 'asked')
  return id
})

// Each kind of server keeps its type, and other plugins take its instance.
const own = Fastify(fastifyOptions(spoor, { bodyLimit: 1_024, trustProxy: ['10.0.0.0/8'], loggerInstance: pino() }))
const plugin = async (instance: FastifyInstance): Promise<void> => void instance
own.register(plugin)
const overTls = Fastify(fastifyOptions(spoor, { https: { key: '', cert: '' } }))
overTls.server.setSecureContext({})
const http2 = Fastify(fastifyOptions(spoor, { http2: true }))
http2.register(spoorFastify, { spoor })
http2.get('/', async (request) => request.raw.stream.id)
const secure = Fastify(fastifyOptions(spoor, { http2: true, https: {} }))
secure.register(spoorFastify, { spoor })

// @ts-expect-error an option that Fastify does not have
fastifyOptions(spoor, { bodylimit: 1_024 })
// @ts-expect-error the Spoor is missing
fastifyOptions({ bodyLimit: 1_024 })
// @ts-expect-error the Spoor is missing
app.register(spoorFastify, { account })
// @ts-expect-error an account is a string or a number
app.register(spoorFastify, { spoor, account: () => ({ account: true }) })
// @ts-expect-error a member that an identity does not have
app.register(spoorFastify, { spoor, account: () => ({ accountId: 'acme' }) })
