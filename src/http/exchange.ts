import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { belongsTo, type WorkContext } from '../context/request-context.js'
import { currentContext } from '../context/storage.js'
import type { Failure } from '../errors/failure.js'
import { bindEmitter, bindResponse, unbind } from './bound-methods.js'
import { type ClientBytes, Connection } from './connection.js'
import { NodeRequestInfo, type RequestInfo } from './request-info.js'
import { type HeadOwner, keepHeaders, releaseHeaders } from './response-headers.js'

/** How an exchange ended. */
export interface Outcome {
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The connection closed before the whole response was handed over. */
  readonly aborted?: true | undefined
  /** The connection left HTTP (WebSocket, CONNECT); the duration is that of the connection. */
  readonly upgraded?: true | undefined
}

// On the request itself and not in a map of this module: two copies of the package must find each other's.
const key = Symbol.for('spoor.exchange.1')

type Begun = IncomingMessage & { [key]?: Exchange }

/** The exchange of a request that has begun. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
  return (request as Begun)[key]
}

/** Who is told what becomes of an exchange. */
export interface ExchangeOwner {
  /** The head of its response is written. @returns headers it gets besides */
  head(exchange: Exchange, contentType: string | undefined): Readonly<Record<string, string>> | undefined
  /** It is for Spoor itself, and nobody's request any more. */
  takenOut(exchange: Exchange): void
  end(exchange: Exchange): void
}

/** One request with its response (or, once it left HTTP, its socket), from begin to end. */
export class Exchange implements HeadOwner {
  readonly context: WorkContext
  readonly request: RequestInfo
  /** Milliseconds since the epoch. */
  readonly startedAt: number = Date.now()
  /** `performance.now()` at the start. */
  readonly startTick: number = performance.now()
  /** How the adapter says the route's pattern; asked once, at the end. */
  route: (() => string | undefined) | undefined = undefined
  /** What made it fail, once something did. */
  failure: Failure | undefined = undefined
  /** The status that was answered on the socket, without a response, once it was. */
  answeredBelow: number | undefined = undefined
  /** The client ended its half of the connection in the middle of the body. */
  endedEarly = false
  /** The response was begun outside the request's context, so lines written there lack its id. */
  contextLost = false
  readonly #raw: IncomingMessage
  /** What it ends with. */
  readonly #end: ServerResponse | Duplex
  readonly #response: ServerResponse | undefined
  readonly #connection: Connection | undefined
  readonly #owner: ExchangeOwner
  #isOwn = false
  /** Whose adapters it went through. */
  #entered: unknown[] | undefined = undefined

  /**
   * Begins it: its id on the response, its listeners in its context, its bytes counted.
   *
   * @param response what answers it, or the socket that it keeps for itself (upgrade, CONNECT)
   * @param owner told of its head and, perhaps more than once, of its end
   */
  constructor(request: IncomingMessage, end: ServerResponse | Duplex, context: WorkContext, owner: ExchangeOwner) {
    this.context = context
    this.request = new NodeRequestInfo(request)
    this.#raw = request
    this.#end = end
    this.#response = 'writeHead' in end ? end : undefined
    this.#owner = owner
    this.#connection = request.httpVersionMajor < 2 ? Connection.of(request.socket) : undefined
    this.#connection?.begin(this)
    ;(request as Begun)[key] = this
    this.#bind()
  }

  get requestId(): string {
    return this.context.requestId
  }

  /** It left HTTP and lasts as long as its connection. */
  get upgraded(): boolean {
    return this.#response === undefined
  }

  /** True once the client has gone away without its whole answer. */
  get gone(): boolean {
    if (this.#response === undefined) return (this.#end as Duplex).destroyed
    return (streamOf(this.#response) ?? this.#response).destroyed && isCut(this.#response)
  }

  get outcome(): Outcome {
    const response = this.#response
    if (response === undefined) return { upgraded: true }
    if (this.answeredBelow !== undefined) return { status: this.answeredBelow }
    return {
      status: response.headersSent ? response.statusCode : undefined,
      aborted: this.endedEarly || isCut(response) ? true : undefined,
    }
  }

  /** True for a request for Spoor itself (the inspector): no line, no record, in no list. */
  get isOwn(): boolean {
    return this.#isOwn
  }

  /** Takes it out of the service's requests: it is for Spoor itself. Its owner may be another instance than who asks. */
  takeOut(): void {
    this.#isOwn = true
    this.#owner.takenOut(this)
  }

  /** Ends the count of its bytes: undefined where they cannot be told (pipelining, HTTP/2). */
  finish(): ClientBytes | undefined {
    return this.#connection?.finish(this)
  }

  /** Notes that it came through somebody's adapter. @returns false if it did before */
  enter(adapter: unknown): boolean {
    if (this.#entered?.includes(adapter)) return false
    this.#entered ??= []
    this.#entered.push(adapter)
    return true
  }

  hasEntered(adapter: unknown): boolean {
    return this.#entered?.includes(adapter) ?? false
  }

  /** Takes back what was put on the request, the response and the connection. */
  undo(): void {
    unbind(this.#raw)
    unbind(this.#end)
    if (this.#response !== undefined) releaseHeaders(this.#response)
  }

  onHead(contentType: string | undefined): Readonly<Record<string, string>> | undefined {
    // What Node answers itself (417, 503, a missing Host) is written outside every context, and nothing is lost there.
    if (this.#entered !== undefined && !belongsTo(currentContext(), this.context)) this.contextLost = true
    return this.#owner.head(this, contentType)
  }

  onConnectionEnd(): void {
    // The response of a pipelined request whose turn never came.
    if (this.#response?.socket === null) this.#owner.end(this)
  }

  #bind(): void {
    const ended = (): void => this.#owner.end(this)
    bindEmitter(this.#raw, this.context)
    if (this.#response === undefined) bindEmitter(this.#end, this.context, ended)
    else {
      keepHeaders(this.#response, this)
      bindResponse(this.#response, this.context, ended)
    }
  }
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
