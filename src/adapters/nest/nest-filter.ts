import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common'
import type { ModuleRef } from '@nestjs/core'
import type { ErrorAnswer } from '../../errors/answer.js'
import type { Adapter } from '../../lifecycle/adapter.js'
import { sendReply } from '../fastify/answer-failures.js'
import type { Mount, PlatformRequest, PlatformResponse } from './nest-mount.js'

/** Nest's list of the filters for all routes. A ModuleRef holds it, although its types do not say so. */
interface WithFilters {
  readonly container?: { readonly applicationConfig?: { getGlobalFilters?(): ExceptionFilter[] } }
}

/**
 * Adds the filter that answers what no filter of the service answers. Nest asks the filters of a handler first, then those of its
 * controller, then the global ones from the last to the first. A provider of APP_FILTER would stand behind those of the root
 * module, and be asked before them.
 */
export function addLastFilter(moduleRef: ModuleRef, adapter: Adapter, mount: Mount): void {
  const filters = (moduleRef as unknown as WithFilters).container?.applicationConfig?.getGlobalFilters?.()
  if (filters === undefined) {
    adapter.warnOnce(
      'no filters',
      'SpoorModule does not know this version of NestJS: Nest answers failures, without ids',
    )
    return
  }
  filters.unshift(new LastFilter(adapter, mount))
}

class LastFilter implements ExceptionFilter {
  readonly #adapter: Adapter
  readonly #mount: Mount

  constructor(adapter: Adapter, mount: Mount) {
    this.#adapter = adapter
    this.#mount = mount
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    // Messages, events and queries of GraphQL are answered by the filters of their own transports.
    if (host.getType() !== 'http') return
    const [request, response] = host.getArgs<[PlatformRequest, PlatformResponse]>()
    const { adapter, mount } = { adapter: this.#adapter, mount: this.#mount }
    const [raw, rawResponse] = [mount.rawOf(request), mount.rawOf(response)]
    const open = adapter.begin(raw, rawResponse)
    adapter.resume(open, () => {
      const error = mount.originalOf(raw, exception)
      const answer = isUnknownRoute(error, raw) ? adapter.notFound(open) : adapter.fail(open, error)
      send(adapter, answer, response, rawResponse)
    })
  }
}

Catch()(LastFilter)

// Nest throws it for a request that no route matched.
function isUnknownRoute(
  error: unknown,
  { method, url, originalUrl }: IncomingMessage & { originalUrl?: string },
): boolean {
  return (
    error instanceof HttpException &&
    error.getStatus() === 404 &&
    error.message === `Cannot ${method} ${originalUrl ?? url}`
  )
}

// Fastify's reply has hooks that want to see the answer. A route that took the reply over answers on Node's response.
function send(adapter: Adapter, answer: ErrorAnswer, response: PlatformResponse, raw: ServerResponse): void {
  if ('hijack' in response && !response.sent) sendReply(adapter, response, answer)
  else adapter.send(raw, answer)
}
