import type { IncomingMessage, ServerResponse } from 'node:http'
import { applyIdentity, type Identity } from './context/identity.js'
import { createContext, type RequestContext } from './context/request-context.js'
import { inboundId } from './context/request-id.js'
import { runWith } from './context/storage.js'
import { answerOf, type ErrorAnswer, type ErrorFormat } from './errors/answer.js'
import { type ErrorMap, type Failure, failureOf, notFound } from './errors/failure.js'
import { type Exchange, exchangeOf, openExchange } from './http/exchange.js'
import { type RequestInfo, requestInfo } from './http/request-info.js'
import type { Level } from './logging/levels.js'
import type { Logger } from './logging/logger.js'
import { requestLine } from './records/request-line.js'
import type { RequestRecord } from './records/request-record.js'

/** Says for whom a request works; undefined means anonymous. */
export type Resolver = () => Identity | undefined | Promise<Identity | undefined>

/** What a lifecycle is made of. */
export interface LifecycleParts {
  readonly service: string
  readonly version: string | undefined
  readonly requests: Logger
  readonly root: Logger
  readonly trusts: (remoteAddress: string | undefined) => boolean
  readonly ignores: (request: RequestInfo) => boolean
  readonly errors: {
    readonly format: ErrorFormat
    readonly map: ErrorMap | undefined
    readonly level: (status: number) => Level
  }
}

/**
 * What happens to a request: `begin` → `run` → `finish`. Every adapter goes through here and only translates between
 * its framework and this class.
 */
export class Lifecycle {
  readonly #parts: LifecycleParts

  constructor(parts: LifecycleParts) {
    this.#parts = parts
  }

  /**
   * The exchange of a request, begun at the first call: its context made, its id set on the response, its line due at
   * the end. Whoever meets the request first calls it; later calls give the same exchange.
   */
  begin(request: IncomingMessage, response: ServerResponse): Exchange {
    const known = exchangeOf(request)
    if (known !== undefined) return known
    const context = createContext('request', this.#idOf(requestInfo(request)))
    const exchange = openExchange(request, response, context)
    response.once('close', () => this.#finish(exchange))
    return exchange
  }

  /** Runs `fn`, and everything it starts, in the exchange's context. */
  run<T>(exchange: Exchange, fn: () => T): T {
    return runWith(exchange.context, fn)
  }

  /**
   * Asks `resolve` for whom the request works and notes it.
   *
   * @returns undefined if it was said at once, else a promise
   * @throws whatever the resolver throws, and IdentityError for an answer that is none
   */
  identify(exchange: Exchange, resolve: Resolver): undefined | Promise<void> {
    const note = (identity: Identity | undefined): void => {
      if (identity !== undefined) applyIdentity(exchange.context, identity)
    }
    const said = resolve()
    if (said instanceof Promise) return said.then(note)
    note(said)
    return undefined
  }

  /** Notes what made the request fail, logs it once with its stack, and gives the answer to send. */
  fail(exchange: Exchange, error: unknown): ErrorAnswer {
    return this.#answer(exchange, failureOf(error, this.#parts.errors.map))
  }

  /** The answer to a request that no route took. */
  notFound(exchange: Exchange): ErrorAnswer {
    return this.#answer(exchange, notFound(exchange.request.method, exchange.request.path))
  }

  #answer(exchange: Exchange, failure: Failure): ErrorAnswer {
    const { errors, root } = this.#parts
    // Logged once, at the first place that saw it; a second error of the same request is another one.
    if (exchange.failure?.error !== failure.error) {
      const { method, path } = exchange.request
      const message = `${method} ${path} failed: ${failure.status} ${failure.code}`
      root[errors.level(failure.status)]({ error: failure.error, code: failure.code, status: failure.status }, message)
    }
    exchange.failure ??= failure
    return answerOf(failure, exchange.context.requestId, errors.format)
  }

  #idOf(request: RequestInfo): { requestId?: string; clientRequestId?: string } {
    return inboundId(request.header('x-request-id'), this.#parts.trusts(request.remoteAddress))
  }

  #finish(exchange: Exchange): void {
    const durationMs = Math.round((performance.now() - exchange.startTick) * 1_000) / 1_000
    const bytes = exchange.bytes()
    if (this.#parts.ignores(exchange.request)) return
    const record: RequestRecord = { ...this.#outcome(exchange), durationMs, ...(bytes && { io: { client: bytes } }) }
    const { fields, message } = requestLine(failureLast(record, exchange.failure))
    this.#parts.requests[this.#level(exchange)](fields, message)
  }

  #outcome({ context, request, response, startedAt, route }: Exchange): Omit<RequestRecord, 'durationMs'> {
    return {
      id: context.id,
      ...identityOf(context),
      kind: 'request',
      method: request.method,
      route: route?.(),
      path: request.path,
      status: response.headersSent ? response.statusCode : undefined,
      aborted: response.writableFinished ? undefined : true,
      service: this.#parts.service,
      version: this.#parts.version,
      pid: process.pid,
      startedAt: new Date(startedAt).toISOString(),
    }
  }

  #level({ response, failure }: Exchange): Level {
    const status = failure?.status ?? response.statusCode
    return status >= 500 ? this.#parts.errors.level(status) : 'info'
  }
}

function identityOf(
  context: RequestContext,
): Pick<RequestRecord, 'requestId' | 'clientRequestId' | 'account' | 'user'> {
  const { requestId, clientRequestId, account, user } = context
  return { requestId, clientRequestId, account, user }
}

function failureLast(record: RequestRecord, failure: Failure | undefined): RequestRecord {
  return failure === undefined ? record : { ...record, error: failure.error }
}
