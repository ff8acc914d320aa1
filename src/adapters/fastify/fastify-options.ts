import type { Server } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import type { Server as TlsServer } from 'node:https'
import type {
  FastifyBaseLogger,
  FastifyHttp2Options,
  FastifyHttp2SecureOptions,
  FastifyHttpOptions,
  FastifyHttpsOptions,
} from 'fastify'
import { exchangeOf } from '../../http/exchange-of.js'
import type { Adapter } from '../../lifecycle/adapter.js'
import type { Logger } from '../../logging/logger.js'
import { check, OptionsError, problemOf } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter } from '../check-adapter.js'
import { requestLogger } from './request-logger.js'

type HttpOptions = FastifyHttpOptions<Server>

/**
 * The options of a Fastify server that Spoor follows: Spoor's root logger as the logger, Spoor's id as `request.id`, and
 * URLs that the router refuses answered in one shape. Your own options are kept. With a `logger` or `loggerInstance` of
 * your own, Fastify logs with that one.
 *
 * @example
 * const app = Fastify(fastifyOptions(spoor, { bodyLimit: 65_536 }))
 * await app.register(spoorFastify, { spoor })
 *
 * @throws OptionsError for `genReqId` and `requestIdHeader`: Spoor makes the ids
 */
export function fastifyOptions(
  spoor: Spoor,
  own: FastifyHttp2SecureOptions<Http2SecureServer>,
): FastifyHttp2SecureOptions<Http2SecureServer>
export function fastifyOptions(spoor: Spoor, own: FastifyHttp2Options<Http2Server>): FastifyHttp2Options<Http2Server>
export function fastifyOptions(spoor: Spoor, own: FastifyHttpsOptions<TlsServer>): FastifyHttpsOptions<TlsServer>
export function fastifyOptions(spoor: Spoor, own?: HttpOptions): HttpOptions
export function fastifyOptions(spoor: Spoor, given: object = {}): object {
  const own = given as HttpOptions
  const { adapter } = checkAdapter('fastifyOptions', spoor, {}, {})
  checkOwn(own)
  const isLogging = own.logger === undefined && own.loggerInstance === undefined
  const options: HttpOptions = {
    clientErrorHandler: leftToSpoor,
    frameworkErrors: answerDirectly(adapter),
    ...own,
    ...(isLogging && loggingOf(adapter.logger, own)),
    // Empty where no server has begun the request, as with inject(): the plugin sets the id.
    genReqId: (request) => exchangeOf(request)?.requestId ?? '',
  }
  return options
}

/** In place of Fastify's answers to what the parser refuses. The plugin removes it, so that Spoor answers. */
export function leftToSpoor(error: Error, socket: { destroy(error: Error): unknown }): void {
  socket.destroy(error)
}

function checkOwn(own: unknown): void {
  const problems: string[] = []
  if (typeof own !== 'object' || own === null) problems.push(problemOf(own, 'own', "Fastify's options"))
  else {
    const { genReqId, requestIdHeader } = own as HttpOptions
    const isAbsent = (value: unknown): boolean => value === undefined || value === false
    check(isAbsent, 'none', 'write requestId: { generate } in createSpoor')(genReqId, 'own.genReqId', problems)
    check(isAbsent, 'none', 'write requestId: { header, trust } in createSpoor')(
      requestIdHeader,
      'own.requestIdHeader',
      problems,
    )
  }
  if (problems.length > 0) throw new OptionsError('fastifyOptions', problems)
}

function loggingOf(logger: Logger, { childLoggerFactory }: HttpOptions): HttpOptions {
  const { level, trace, debug, info, warn, error, fatal, silent } = logger
  return {
    // Fastify makes one child of it, with serializers of its own, which would show the query of each URL. Spoor's do not.
    loggerInstance: { level, trace, debug, info, warn, error, fatal, silent, child: () => logger },
    childLoggerFactory: childLoggerFactory ?? forRequest,
  }
}

const forRequest: NonNullable<HttpOptions['childLoggerFactory']> = (logger, _bindings, options, request) => {
  const { level, serializers } = options
  const own: FastifyBaseLogger = level || serializers ? logger.child({}, options) : logger
  return requestLogger(own, request)
}

// A URL that the router refuses reaches no hook and no error handler.
function answerDirectly(adapter: Adapter): NonNullable<HttpOptions['frameworkErrors']> {
  return (error, request, reply) => {
    const open = adapter.begin(request.raw, reply.raw)
    adapter.run(open, () => adapter.send(reply.raw, adapter.fail(open, error)))
  }
}
