import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { inboundSeed } from '../context/inbound.js'
import { belongsTo, createContext, type WorkContext } from '../context/request-context.js'
import { type Resolver, resolveIdentity } from '../context/resolver.js'
import { currentContext, runWith } from '../context/storage.js'
import type { ErrorAnswer } from '../errors/answer.js'
import { type Failure, failureOf, goneFailure, notFound } from '../errors/failure.js'
import type { ErrorReporter } from '../errors/reporter.js'
import { checkServer, claim, type Watcher } from '../http/attach.js'
import { releaseIdleConnections } from '../http/connection.js'
import { Exchange, type ExchangeOwner, exchangeOf } from '../http/exchange.js'
import { inboundHeaders } from '../http/inbound-headers.js'
import {
  answerOnSocket,
  endSocket,
  isEarlyEnd,
  parserStatus,
  unfinishedRequest,
  withStatus,
} from '../http/parser-error.js'
import type { RequestInfo } from '../http/request-info.js'
import type { Trust } from '../http/trust.js'
import type { Logger } from '../logging/logger.js'
import type { LiveRequest } from '../reading/reading.js'
import type { RecordWriter } from '../records/record-writer.js'
import { RequestLog } from '../records/request-log.js'
import { type Service, startNow } from '../records/request-record.js'
import { own } from '../safe-values/own-member.js'
import { type JobParts, Jobs } from './jobs.js'
import { liveRequest } from './live.js'
import { OpenExchanges } from './open-exchanges.js'

/** What a lifecycle is made of. */
export interface LifecycleParts extends JobParts {
  readonly service: Service
  readonly requests: Logger
  readonly errors: ErrorReporter
  readonly trusts: Trust
  /** Never throws. */
  readonly ignores: (request: RequestInfo) => boolean
  readonly resolveWithinMs: number
  /** A path as lines hold it. */
  readonly safePath: (path: string) => string
  /** Keeps the records of what was measured. */
  readonly records: RecordWriter | undefined
  /** @see WarnOnce */
  readonly warnOnce: (about: string, message: string) => void
}

const closePatienceMs = 5_000

/**
 * What happens to a request: `begin` → `run` → `finish`. Every adapter goes through here and only translates between
 * its framework and this class.
 */
export class Lifecycle implements Watcher {
  readonly attempts: Jobs
  readonly #parts: LifecycleParts
  readonly #log: RequestLog
  readonly #open = new OpenExchanges()
  readonly #claims = new Map<Server, () => void>()
  #contextsLost = 0
  #guarded = 0
  #closed: Promise<void> | undefined

  constructor(parts: LifecycleParts) {
    this.#parts = parts
    this.#log = new RequestLog(parts.service, parts.requests, parts.records)
    this.attempts = new Jobs(parts, this.#log)
  }

  /** Claims a server: ids below the framework, from the first connection on. Claiming it twice does nothing more. */
  attach(server: Server): void {
    checkServer(server)
    if (!this.#claims.has(server)) this.#claims.set(server, claim(server, this))
  }

  /**
   * The exchange of a request, begun at the first call: its context made, its id set on the response, its line due at
   * the end. Whoever meets the request first calls it; later calls, also of other instances, give the same exchange.
   */
  begin(request: IncomingMessage, response: ServerResponse): Exchange {
    return exchangeOf(request) ?? this.#opened(request, response)
  }

  /** `begin` for a request that leaves HTTP (upgrade, CONNECT): it ends with its socket. */
  beginUpgrade(request: IncomingMessage, socket: Duplex): Exchange {
    return exchangeOf(request) ?? this.#opened(request, socket)
  }

  /** Runs `fn`, and everything it starts, in the request's context. */
  run<T>(request: IncomingMessage, fn: () => T): T {
    const exchange = exchangeOf(request)
    return exchange === undefined ? fn() : runWith(exchange.context, fn)
  }

  /**
   * True at the first call for an exchange. An adapter asks when a request comes in; a second time means that it is
   * mounted twice.
   */
  enter(exchange: Exchange): boolean {
    return exchange.enter(this)
  }

  /** Runs a later part of an adapter in the request's context, and notes if something on the way there had lost it. */
  resume<T>(exchange: Exchange, fn: () => T): T {
    if (belongsTo(currentContext(), exchange.context)) return fn()
    if (exchange.hasEntered(this)) exchange.contextLost = true
    return runWith(exchange.context, fn)
  }

  /**
   * Asks `resolve` for whom the request works and notes it.
   *
   * @returns undefined if it was said at once, else a promise
   * @throws whatever the resolver throws, and IdentityError for an answer that is none
   */
  identify(exchange: Exchange, resolve: Resolver): undefined | Promise<void> {
    return resolveIdentity(exchange.context, resolve, this.#parts.resolveWithinMs)
  }

  /** Notes what made the request fail, logs it once with its stack, and gives the answer to send. */
  fail(exchange: Exchange, error: unknown): ErrorAnswer {
    const { failure } = exchange
    // The parser's failure was logged; what reads the body only hears that it ended.
    if (failure !== undefined && goneFailure(error) !== undefined) {
      return this.#parts.errors.answer(failure, exchange.requestId)
    }
    const gone = exchange.gone ? goneFailure(error) : undefined
    return this.#answer(exchange, gone ?? this.#parts.errors.failure(error))
  }

  /** The answer to a request that is refused by Spoor itself, logged like any failure; the service's mapping is not asked. */
  refuse(exchange: Exchange, failure: Failure): ErrorAnswer {
    return this.#answer(exchange, failure)
  }

  /** The answer to a request that no route took. */
  notFound(exchange: Exchange): ErrorAnswer {
    const { request, route } = exchange
    return this.#answer(exchange, notFound(request.method, this.#parts.safePath(request.path), route?.()))
  }

  /**
   * Says once, by the root logger, that Spoor is mounted or used in a wrong way, and the mend.
   *
   * @param about what is said once: nothing that callers choose. After 100 things nothing more is said
   */
  warnOnce(about: string, message: string): void {
    this.#parts.warnOnce(about, message)
  }

  /** @see Watcher */
  clientError(error: Error, socket: Socket, own: (() => boolean) | undefined): boolean {
    const status = parserStatus(error)
    const request = unfinishedRequest(socket)
    const exchange = request && exchangeOf(request)
    if (exchange !== undefined)
      return runWith(exchange.context, () => this.#brokenBody(exchange, error, status, socket, own))
    const context = createContext('request')
    return runWith(context, () => this.#noRequest(context, error, status, socket, own))
  }

  /** How many requests lost their context. */
  get contextsLost(): number {
    return this.#contextsLost
  }

  /** How often something of ours failed because the service changed its request or response. */
  get guarded(): number {
    return this.#guarded
  }

  /** What is open now: requests of the service, and attempts at jobs. */
  *live(): Iterable<LiveRequest> {
    const { tracking } = this.#parts
    for (const { isOwn, context, request, route, startedAt, startTick } of this.#open) {
      if (isOwn) continue
      const { method, path } = request
      const cpuMs = tracking?.cpuMs(context)
      yield liveRequest({ context, startedAt, startTick, method, route: route?.(), path, cpuMs })
    }
    yield* this.attempts.live()
  }

  /**
   * Waits for the requests that are open, 5 s at most (not for upgraded connections, which may stay for days), then
   * takes everything back that was put on servers, requests and responses, and writes the lines of what is open still.
   * May be called twice.
   */
  async close(): Promise<void> {
    for (const release of this.#claims.values()) release()
    this.#claims.clear()
    this.#closed ??= this.#open.idle(closePatienceMs)
    await this.#closed
    for (const exchange of this.#open) {
      exchange.undo()
      this.#finish(exchange)
    }
    releaseIdleConnections()
  }

  #contextOf(request: IncomingMessage): WorkContext {
    const { trusts, trace } = this.#parts
    return createContext('request', inboundSeed(inboundHeaders(request), trusts(request.socket?.remoteAddress), trace))
  }

  #opened(request: IncomingMessage, end: ServerResponse | Duplex): Exchange {
    const context = this.#contextOf(request)
    if ('writeHead' in end)
      this.#parts.tracking?.begin(context, own(request.headers ?? {}, 'x-debug-resource-tracking')?.toString())
    const exchange = new Exchange(request, end, context, this.#owner)
    this.#open.add(exchange)
    return exchange
  }

  readonly #owner: ExchangeOwner = {
    head: ({ context, request }, contentType) => {
      const { tracking, ignores } = this.#parts
      const headers = tracking?.headers(context, contentType)
      // It will have no record that one could read back.
      return headers !== undefined && ignores(request) ? undefined : headers
    },
    takenOut: ({ context }) => this.#parts.tracking?.watch(context),
    broke: (error) => this.#broke(error),
    end: (exchange) => {
      try {
        this.#finish(exchange)
      } catch (error) {
        this.#broke(error)
      }
    },
  }

  /** Ours failed and the request goes on without: counted, and said once. */
  #broke(error: unknown): void {
    this.#guarded++
    const why = error instanceof Error ? error.message : typeof error
    this.warnOnce(
      'guarded',
      `a request or response was changed so that Spoor could not follow it (${why.slice(0, 200)}); ` +
        'look for code that freezes, deletes or replaces members of req or res',
    )
  }

  #finish(exchange: Exchange): void {
    if (!this.#open.delete(exchange)) return
    const bytes = exchange.finish()
    const { request, failure, route, contextLost, context } = exchange
    if (exchange.isOwn) return
    const isIgnored = this.#parts.ignores(request)
    const path = this.#parts.safePath(request.path)
    const what = `${request.method} ${path}`
    // Nothing else may be kept for the time until then: the request, its socket and buffers would be, too.
    const tracked = this.#parts.tracking?.end(context, (late) => {
      if (!isIgnored) this.#log.writeLate(context, what, late)
    })
    if (isIgnored) return
    const error = failure === undefined ? exchange.brokenBy : this.#parts.errors.shown(failure, request.longUrl)
    this.#log.write(context, exchange, failure?.status ?? (exchange.brokenBy && 500), {
      method: request.method,
      route: this.#routeOf(route),
      path,
      ...exchange.outcome,
      contextLost: contextLost || undefined,
      client: bytes,
      tracked,
      error,
    })
    if (!contextLost) return
    this.#contextsLost++
    this.#sayContextLost(exchange)
  }

  #routeOf(route: Exchange['route']): string | undefined {
    try {
      return route?.()
    } catch (error) {
      this.#broke(error)
      return undefined
    }
  }

  #answer(exchange: Exchange, failure: Failure): ErrorAnswer {
    const { errors } = this.#parts
    const { method, path, longUrl } = exchange.request
    // Once, by whoever sees it first: a second error of the same request is another one, and logged too.
    if (exchange.failure?.error !== failure.error) {
      errors.log(failure, `${method} ${this.#parts.safePath(path)}`, longUrl)
      if (exchange.isOver) this.#failedLate(exchange, failure)
    }
    exchange.failure ??= failure
    return errors.answer(failure, exchange.context.requestId)
  }

  /** A handler went on after its answer, and failed: the request's line is written, so this is a line of its own. */
  #failedLate({ request, context, isOwn, gone }: Exchange, failure: Failure): void {
    if (isOwn || this.#parts.ignores(request) || (gone && goneFailure(failure.error) !== undefined)) return
    const what = `${request.method} ${this.#parts.safePath(request.path)}`
    this.#log.writeFailedLate(context, what, failure.status, this.#parts.errors.shown(failure, request.longUrl))
  }

  /** The parser failed in the body of a request that has begun: it is that request's failure. */
  #brokenBody(
    exchange: Exchange,
    error: Error,
    status: number | undefined,
    socket: Socket,
    own: (() => boolean) | undefined,
  ): boolean {
    if (status === undefined) return own?.() ?? endSocket(socket, error)
    const answer = this.#answer(exchange, failureOf(withStatus(error, status)))
    if (own !== undefined) return own()
    const answered = answerOnSocket(socket, answer, exchange.context.requestId, error)
    if (isEarlyEnd(error)) exchange.endedEarly = true
    else if (answered) exchange.answeredBelow = status
    return true
  }

  /** Bytes that are no request: answered with an id all the same, and a request line without method and path. */
  #noRequest(
    context: WorkContext,
    error: Error,
    status: number | undefined,
    socket: Socket,
    own: (() => boolean) | undefined,
  ): boolean {
    if (status === undefined) return own?.() ?? endSocket(socket, error)
    const failure = failureOf(withStatus(error, status))
    const shown = this.#parts.errors.shown({ ...failure, error })
    // A connection that was opened and never used (browsers do so) runs into its time limit: nobody asked for anything.
    if (socket.bytesRead > 0)
      this.#log.write(context, startNow(), status, { status: own ? undefined : status, error: shown })
    if (own !== undefined) return own()
    answerOnSocket(socket, this.#parts.errors.answer(failure, context.requestId), context.requestId, error)
    return true
  }

  #sayContextLost({ request, route }: Exchange): void {
    this.warnOnce(
      `context lost ${request.method} ${route?.() ?? ''}`,
      `the request context was lost in ${request.method} ${route?.() ?? this.#parts.safePath(request.path)}: its response was written outside it; ` +
        'wrap the callback that came from a pool or another request with spoor.bind (docs/context.md)',
    )
  }
}
