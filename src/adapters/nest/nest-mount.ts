import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AbstractHttpAdapter } from '@nestjs/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Adapter } from '../../lifecycle/adapter.js'
import type { Spoor } from '../../spoor.js'
import type { ExpressResolver } from '../express/express.js'
import { expressParts } from '../express/express-parts.js'
import { express5 } from '../express/express-version.js'
import { type FastifyResolver, followFastify } from '../fastify/follow-fastify.js'

/** A request of Express, of Fastify, or of Node: middleware on Fastify gets Node's. */
export type PlatformRequest = IncomingMessage | FastifyRequest
export type PlatformResponse = ServerResponse | FastifyReply

/** What a mount needs of the module's options. The resolver gets the platform's own request. */
export interface MountOptions {
  readonly account?: unknown
  readonly inspector?: string | undefined
}

/** What the filter must know of the platform. */
export interface Mount {
  /** Node's request or response. */
  rawOf<Raw extends object>(of: Raw | { raw: Raw }): Raw
  /** The error that the platform reported and Nest translated; otherwise `exception` itself. */
  originalOf(request: IncomingMessage, exception: unknown): unknown
}

/** Mounts Spoor before everything that the application mounts later. */
export function mountOn(http: AbstractHttpAdapter, spoor: Spoor, adapter: Adapter, options: MountOptions): Mount {
  const isFastify = http.getType() === 'fastify'
  if (isFastify) mountOnFastify(http.getInstance(), spoor, adapter, options)
  else mountOnExpress(http, spoor, options)
  const rawOf: Mount['rawOf'] = (of) => (isFastify && 'raw' in of ? of.raw : of) as never
  return { rawOf, originalOf: rememberErrors(http, rawOf) }
}

function mountOnExpress(http: AbstractHttpAdapter, spoor: Spoor, { account, inspector }: MountOptions): void {
  const version = { ...express5, call: 'SpoorModule.forRoot' }
  const s = expressParts(version, spoor, { account: account as ExpressResolver | undefined })
  if (inspector !== undefined) http.use(inspector, s.inspector)
  http.use(s)
}

function mountOnFastify(fastify: FastifyInstance, spoor: Spoor, adapter: Adapter, options: MountOptions): void {
  const { account, inspector } = options
  followFastify(fastify, spoor, adapter, { account: account as FastifyResolver | undefined, inspector })
  // Fastify's answer to what the parser refuses has no id. A handler of the service stays.
  for (const listener of fastify.server.listeners('clientError')) {
    if (listener.name === 'bound defaultClientErrorHandler') fastify.server.off('clientError', listener as () => void)
  }
}

// Nest turns errors of the platform (a malformed body) into an HttpException with their message, and drops the rest.
function rememberErrors(http: AbstractHttpAdapter, rawOf: Mount['rawOf']): Mount['originalOf'] {
  const errors = new WeakMap<object, unknown>()
  const below = http.setErrorHandler?.bind(http)
  http.setErrorHandler = (handler, prefix) =>
    // With four parameters, as Express counts them.
    below?.((error: unknown, request: PlatformRequest, response: PlatformResponse, next: unknown) => {
      errors.set(rawOf<IncomingMessage>(request), error)
      return handler(error, request, response, next)
    }, prefix)
  return (request, exception) => {
    const error = errors.get(request)
    const isTranslated = error instanceof Error && exception instanceof Error && error.message === exception.message
    return isTranslated ? error : exception
  }
}
