import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { belongsTo, type RequestContext } from '../context/request-context.js'
import { currentContext } from '../context/storage.js'
import type { Failure } from '../errors/failure.js'
import { type ClientBytes, countBytes } from './client-bytes.js'
import { bindEmitter, bindWrites } from './emitters.js'
import { type RequestInfo, requestInfo } from './request-info.js'
import { keepHeaders } from './response-headers.js'

/** How an exchange ended. */
export interface Outcome {
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The connection closed before the whole response was handed over. */
  readonly aborted?: true | undefined
  /** The connection left HTTP (WebSocket, CONNECT); the duration is that of the connection. */
  readonly upgraded?: true | undefined
}

/** One request with its response, from begin to finish. */
export interface Exchange {
  readonly context: RequestContext
  readonly request: RequestInfo
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `performance.now()` at the start. */
  readonly startTick: number
  /** Ends the count of the connection's bytes. */
  readonly bytes: () => ClientBytes | undefined
  readonly outcome: () => Outcome
  /** It left HTTP and lasts as long as its connection. */
  readonly upgraded: boolean
  /** True once the client has gone away without its whole answer. */
  readonly gone: () => boolean
  /** Takes back what was put on the request, the response and the socket. */
  readonly undo: () => void
  /** How the adapter says the route's pattern; asked once, at the end. */
  route: (() => string | undefined) | undefined
  /** What made it fail, once something did. */
  failure: Failure | undefined
  /** The status that was answered on the socket, without a response, once it was. */
  answeredBelow: number | undefined
  /** The response was begun outside the request's context, so lines written there lack its id. */
  contextLost: boolean
  /** Whose adapters it went through. */
  readonly passed: Set<unknown>
}

// On the request itself and not in a map of this module: two copies of the package must find each other's.
const key = Symbol.for('spoor.exchange.1')

/** The exchange of a request that has begun. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
  return (request as { [key]?: Exchange })[key]
}

/** Begins an exchange: its id on the response, its listeners in its context, its bytes counted. */
export function openExchange(request: IncomingMessage, response: ServerResponse, context: RequestContext): Exchange {
  const exchange: Exchange = opened(request, context, {
    upgraded: false,
    outcome: () => ({
      status: exchange.answeredBelow ?? (response.headersSent ? response.statusCode : undefined),
      aborted: exchange.answeredBelow === undefined && isCut(response) ? true : undefined,
    }),
    gone: () => (streamOf(response) ?? response).destroyed && isCut(response),
    undo: () => {
      for (const undo of patches) undo()
    },
  })
  const headers = keepHeaders(response, context.requestId, () => {
    // What Node answers itself (417, 503, a missing Host) is written outside every context, and nothing is lost there.
    if (exchange.passed.size > 0 && !belongsTo(currentContext(), context)) exchange.contextLost = true
  })
  const patches = [
    headers,
    bindEmitter(request, context),
    bindEmitter(response, context),
    bindWrites(response, context),
  ]
  return exchange
}

/** True if the whole response was not handed over when its connection (in HTTP/2: its stream) closed. */
function isCut(response: ServerResponse): boolean {
  const stream = streamOf(response)
  // A stream that was reset calls itself finished.
  return stream === undefined ? !response.writableFinished : !response.writableEnded || stream.rstCode !== 0
}

function streamOf(response: ServerResponse): ServerHttp2Stream | undefined {
  return response.req.httpVersionMajor < 2 ? undefined : (response as { stream?: ServerHttp2Stream }).stream
}

/** Begins the exchange of a request that leaves HTTP; it lasts as long as its socket, which is now its own. */
export function openUpgrade(request: IncomingMessage, socket: Duplex, context: RequestContext): Exchange {
  const patches = [bindEmitter(request, context), bindEmitter(socket, context)]
  return opened(request, context, {
    upgraded: true,
    outcome: () => ({ upgraded: true }),
    gone: () => socket.destroyed,
    undo: () => {
      for (const undo of patches) undo()
    },
  })
}

function opened(
  request: IncomingMessage,
  context: RequestContext,
  own: Pick<Exchange, 'outcome' | 'gone' | 'undo' | 'upgraded'>,
): Exchange {
  const exchange: Exchange = {
    context,
    request: requestInfo(request),
    startedAt: Date.now(),
    startTick: performance.now(),
    bytes: request.httpVersionMajor < 2 ? countBytes(request.socket) : () => undefined,
    ...own,
    route: undefined,
    failure: undefined,
    answeredBelow: undefined,
    contextLost: false,
    passed: new Set(),
  }
  Object.defineProperty(request, key, { value: exchange })
  return exchange
}
