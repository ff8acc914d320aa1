import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AbstractHttpAdapter } from '@nestjs/core'
import type { NextFunction } from 'express'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Adapter } from '../../lifecycle/adapter.js'
import type { Spoor } from '../../spoor.js'
import { noInspector } from '../check-adapter.js'
import { identified } from '../express/express-parts.js'
import { spoorExpress } from '../express/express.js'
import { behind } from '../mount-path.js'
import type { NestOptions, NestRequest } from './nest.js'

/** A request of Express, of Fastify, or of Node: middleware on Fastify gets Node's. */
export type PlatformRequest = IncomingMessage | FastifyRequest
export type PlatformResponse = ServerResponse | FastifyReply

/** What the filter must know of the platform. */
export interface Mount {
  /** Node's request or response. */
  rawOf<Raw extends object>(of: Raw | { raw: Raw }): Raw
  /** The error that the platform reported and Nest translated; otherwise `exception` itself. */
  originalOf(request: IncomingMessage, exception: unknown): unknown
}

/** Mounts Spoor before everything that the application mounts later. */
export function mountOn(
  http: AbstractHttpAdapter,
  spoor: Spoor,
  adapter: Adapter,
  options: NestOptions,
): Mount {
  const isFastify = http.getType() === 'fastify'
  if (isFastify) mountInFastify(http.getInstance(), adapter, options)
  else mountInExpress(http, spoor, options)
  const rawOf: Mount['rawOf'] = (of) => (isFastify && 'raw' in of ? of.raw : of) as never
  return { rawOf, originalOf: rememberErrors(http, rawOf) }
}

function mountInExpress(http: AbstractHttpAdapter, spoor: Spoor, { account, inspector }: NestOptions): void {
  const s = spoorExpress(spoor, { account })
  if (inspector !== undefined) http.use(inspector, s.inspector)
  http.use(s)
}

function mountInFastify(fastify: FastifyInstance, adapter: Adapter, { account, inspector: mount }: NestOptions): void {
  const { inspector } = adapter
  if (mount !== undefined && inspector === undefined) adapter.warnOnce('no inspector', noInspector)
  const resolve = (request: FastifyRequest) => account?.(request as unknown as NestRequest)
  fastify.addHook('onRequest', (request, reply, done) => {
    const open = adapter.begin(request.raw, reply.raw)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce('mounted twice', 'Spoor is mounted twice on one path, the second time by SpoorModule; leave one mount')
    }
    open.route ??= () => request.routeOptions.url
    const target = inspector && mount && behind(mount, request.raw.url ?? '')
    adapter.run(open, () => {
      if (inspector !== undefined && target !== undefined) {
        reply.hijack()
        void inspector.handle(open, target, () => resolve(request)).then((answer) => adapter.sendPrivate(reply.raw, answer))
        return
      }
      identified(() => adapter.identify(open, () => resolve(request)), done as NextFunction)
    })
  })
}

// Nest turns errors of the platform (a malformed body) into an HttpException of their message, and drops the rest.
function rememberErrors(http: AbstractHttpAdapter, rawOf: Mount['rawOf']): Mount['originalOf'] {
  const errors = new WeakMap<object, unknown>()
  const below = http.setErrorHandler?.bind(http)
  http.setErrorHandler = (handler, prefix) =>
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
