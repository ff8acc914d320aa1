import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { noteSpan } from '../context/active-span.js'
import { inboundSeed } from '../context/inbound.js'
import { belongsTo, createContext, type WorkContext } from '../context/request-context.js'
import type { IdHeader } from '../context/request-id.js'
import { type Resolver, resolveIdentity } from '../context/resolver.js'
import { currentContext, runWith } from '../context/storage.js'
import type { ErrorReporter } from '../errors/reporter.js'
import type { ClientReader } from '../http/client.js'
import { Connection } from '../http/connection.js'
import { Exchange, type ExchangeOwner } from '../http/exchange.js'
import { exchangeOf } from '../http/exchange-of.js'
import { headersOf, inboundHeaders } from '../http/inbound-headers.js'
import { type RequestInfo, remoteAddressOf } from '../http/request-info.js'
import type { Trust } from '../http/trust.js'
import type { LiveRequest } from '../reading/reading.js'
import type { RequestLog } from '../records/request-log.js'
import { own } from '../safe-values/own-member.js'
import type { Tracking } from '../tracking/tracking.js'
import { liveRequest } from './live.js'
import { OpenExchanges } from './open-exchanges.js'
import type { Trouble } from './trouble.js'

/** The parts that requests need. */
export interface RequestParts {
  readonly errors: ErrorReporter
  readonly trusts: Trust
  readonly idHeader: IdHeader
  /** Makes the id of a request that brings none; undefined: the context's own id is used. */
  readonly newRequestId: (() => string | undefined) | undefined
  readonly clients: ClientReader
  /** Never throws. */
  readonly ignores: (request: RequestInfo) => boolean
  readonly resolveWithinMs: number
  /** A path as lines show it. */
  readonly safePath: (path: string) => string
  /** `own` if a request that came without a trace starts one. */
  readonly trace: 'own' | undefined
  /** Undefined when nothing is measured. */
  readonly tracking: Tracking | undefined
}

const maxCloseWaitMs = 5_000

/** Takes each request through its life: `begin` → `run` → finish. Every adapter goes through here. */
export class Requests {
  readonly #parts: RequestParts
  readonly #log: RequestLog
  readonly #trouble: Trouble
  readonly #open = new OpenExchanges((exchange) => this.#owner.end(exchange))
  readonly #owner: ExchangeOwner
  #closed: Promise<void> | undefined

  constructor(parts: RequestParts, log: RequestLog, trouble: Trouble) {
    this.#parts = parts
    this.#log = log
    this.#trouble = trouble
    this.#owner = this.#ownerOf(parts.idHeader)
  }

  /**
   * Gives the exchange of a request. The first call begins the exchange: it makes the context and sets the id on the
   * response. Later calls, also by other instances, return the same exchange.
   */
  begin(request: IncomingMessage, response: ServerResponse): Exchange {
    return exchangeOf(request) ?? this.#opened(request, response)
  }

  /** Begins a request that leaves HTTP (upgrade, CONNECT). It ends with its socket. */
  beginUpgrade(request: IncomingMessage, socket: Duplex): Exchange {
    return exchangeOf(request) ?? this.#opened(request, socket)
  }

  /** Notes that an adapter of this instance has the request. @returns false if one had it before: it is mounted twice */
  markMounted(exchange: Exchange): boolean {
    noteSpan(exchange.context)
    return exchange.enter(this)
  }

  /** Runs a later part of an adapter in the request's context, and notes if code before that part lost the context. */
  resume<T>(exchange: Exchange, fn: () => T): T {
    if (belongsTo(currentContext(), exchange.context)) return fn()
    if (exchange.hasEntered(this)) exchange.contextLost = true
    return runWith(exchange.context, fn)
  }

  /**
   * Sets the identity of a request to what `resolve` returns.
   *
   * @returns undefined if `resolve` answered at once, else a promise
   * @throws the error of `resolve`; IdentityError if its answer is not an identity
   */
  identify(exchange: Exchange, resolve: Resolver): undefined | Promise<void> {
    return resolveIdentity(exchange.context, resolve, this.#parts.resolveWithinMs)
  }

  /** The number of open requests, without those for Spoor itself. */
  get inFlight(): number {
    let count = 0
    this.#open.sweep()
    for (const { isInternal } of this.#open) if (!isInternal) count++
    return count
  }

  /** The requests that are open now, without those for Spoor itself. */
  *live(): Iterable<LiveRequest> {
    const { tracking } = this.#parts
    this.#open.sweep()
    for (const { isInternal, context, request, route, startedAt, startTick } of this.#open) {
      if (isInternal) continue
      const { method, path } = request
      const cpuMs = tracking?.cpuMs(context)
      yield liveRequest({ context, startedAt, startTick, method, route: route?.(), path, cpuMs })
    }
  }

  /**
   * Waits up to 5 s for open requests, but not for upgraded connections. Then it writes the lines of the requests that are
   * still open and restores their requests and responses. Calling it twice is safe.
   */
  async close(): Promise<void> {
    this.#open.sweep()
    this.#closed ??= this.#open.idle(maxCloseWaitMs)
    await this.#closed
    for (const exchange of this.#open) {
      exchange.undo()
      this.#finish(exchange)
    }
  }

  #opened(request: IncomingMessage, end: ServerResponse | Duplex): Exchange {
    const context = this.#contextOf(request)
    const { tracking } = this.#parts
    if ('writeHead' in end && tracking !== undefined) {
      const wish = own(headersOf(request), 'x-debug-resource-tracking')?.toString()
      tracking.begin(context, wish, answeredAt(request))
    }
    const exchange = new Exchange(request, end, context, this.#owner)
    exchange.client = this.#parts.clients.of(request)
    context.work.routeSource = exchange
    context.work.method = exchange.request.method
    this.#open.add(exchange)
    return exchange
  }

  #contextOf(request: IncomingMessage): WorkContext {
    const { trusts, trace, idHeader, newRequestId } = this.#parts
    const seed = inboundSeed(inboundHeaders(request, idHeader), trusts(remoteAddressOf(request)), trace)
    if (newRequestId === undefined || seed.requestId !== undefined) return createContext('request', seed)
    return createContext('request', { ...seed, requestId: newRequestId() })
  }

  #ownerOf(idHeader: IdHeader): ExchangeOwner {
    return {
      idHeader,
      head: (exchange, contentType) => {
        const { context, request } = exchange
        const { tracking, ignores } = this.#parts
        // On an attached server without an adapter, this is the first code of Spoor that the service's code calls.
        noteSpan(context)
        if (tracking !== undefined) exchange.answering()
        const headers = tracking?.headers(context, contentType)
        // An ignored request has no record that the headers could point to.
        return headers !== undefined && ignores(request) ? undefined : headers
      },
      takenOut: ({ context }) => this.#parts.tracking?.exclude(context),
      broke: (error) => this.#trouble.broke(error),
      end: (exchange) => {
        try {
          this.#finish(exchange)
        } catch (error) {
          this.#trouble.broke(error)
        }
      },
    }
  }

  #finish(exchange: Exchange): void {
    if (!this.#open.delete(exchange)) return
    const bytes = exchange.finish()
    const { request, failure, contextLost, context, client } = exchange
    // The context may outlive the request, in a pool's list of holders. It must not hold the request.
    context.work.routeSource = undefined
    if (exchange.isInternal) {
      endSilently(context)
      return
    }
    const route = this.#routeOf(exchange.route)
    context.work.route = route
    const isIgnored = this.#parts.ignores(request)
    const path = this.#parts.safePath(request.path)
    const what = `${request.method} ${path}`
    // This closure lives on after the request: it must not hold the request, its socket or its buffers.
    const tracked = this.#parts.tracking?.end(context, (late) => {
      if (!isIgnored) this.#log.writeLate(context, what, late)
    })
    if (isIgnored) {
      endSilently(context)
      return
    }
    exchange.hasLine = true
    const { errors } = this.#parts
    const { outcome } = exchange
    const brokenBy = failure === undefined ? exchange.brokenBy : undefined
    const failed = failure?.status ?? (brokenBy && 500)
    const error = failure === undefined ? brokenBy : errors.shown(failure, request.longTexts)
    this.#log.write(context, exchange, failed, {
      method: request.method,
      route,
      path,
      status: outcome.status,
      remoteAddress: client?.remoteAddress,
      userAgent: client?.userAgent,
      aborted: outcome.aborted,
      upgraded: outcome.upgraded,
      contextLost: contextLost || undefined,
      client: bytes,
      connection: exchange,
      tracked,
      error: errors.behind(outcome.status, failed, error),
    })
    if (contextLost) this.#trouble.lostContext(exchange)
  }

  #routeOf(route: Exchange['route']): string | undefined {
    try {
      return route?.()
    } catch (error) {
      this.#trouble.broke(error)
      return undefined
    }
  }
}

/** Ends a request that gets no line. */
function endSilently({ work }: WorkContext): void {
  work.line = 'written'
  work.detail?.drop()
  work.detail = undefined
}

/** When the response before this request on the same connection began. */
function answeredAt(request: IncomingMessage): number | undefined {
  try {
    return Connection.answeredAt(request.socket)
  } catch {
    return undefined
  }
}
