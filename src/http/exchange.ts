import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../context/request-context.js'
import type { Failure } from '../errors/failure.js'
import { type ClientBytes, countBytes } from './client-bytes.js'
import { bindEmitter } from './emitters.js'
import { type RequestInfo, requestInfo } from './request-info.js'
import { keepHeaders } from './response-headers.js'

/** One request with its response, from begin to finish. */
export interface Exchange {
  readonly context: RequestContext
  readonly request: RequestInfo
  readonly response: ServerResponse
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `performance.now()` at the start. */
  readonly startTick: number
  /** Ends the count of the connection's bytes. */
  readonly bytes: () => ClientBytes | undefined
  /** How the adapter says the route's pattern; asked once, at the end. */
  route: (() => string | undefined) | undefined
  /** What made it fail, once something did. */
  failure: Failure | undefined
  /** Which parts of the adapter ran: a second time means mounted twice. */
  readonly passed: Set<string>
}

// On the request itself and not in a map of this module: two copies of the package must find each other's.
const key = Symbol.for('spoor.exchange.1')

/** The exchange of a request that has begun. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
  return (request as { [key]?: Exchange })[key]
}

/** Begins an exchange: its id on the response, its listeners in its context, its bytes counted. */
export function openExchange(request: IncomingMessage, response: ServerResponse, context: RequestContext): Exchange {
  const exchange: Exchange = {
    context,
    request: requestInfo(request),
    response,
    startedAt: Date.now(),
    startTick: performance.now(),
    bytes: countBytes(request.socket),
    route: undefined,
    failure: undefined,
    passed: new Set(),
  }
  Object.defineProperty(request, key, { value: exchange })
  if (!response.headersSent) keepHeaders(response, context.requestId)
  bindEmitter(request, context)
  bindEmitter(response, context)
  return exchange
}
