import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { belongsTo, type WorkContext } from '../context/request-context.js'
import type { IdHeader } from '../context/request-id.js'
import { currentContext } from '../context/storage.js'
import { type Failure, goneFailure } from '../errors/failure.js'
import type { MovedBytes } from '../process/socket-bytes.js'
import type { Listed, OpenList } from '../work/open-list.js'
import type { Operations } from '../work/work.js'
import { bindEmitter, bindResponse, unbind } from './bound-methods.js'
import type { Client } from './client.js'
import { Connection } from './connection.js'
import { keepExchange } from './exchange-of.js'
import { onFirstWrite } from './first-write.js'
import { NodeRequestInfo } from './request-info.js'
import { type HeadOwner, keepHeaders, releaseHeaders } from './response-headers.js'

/** How an exchange ended. */
export interface Outcome {
  /** Absent if no response was sent. */
  readonly status?: number | undefined
  /** The client left before the whole response was handed over. */
  readonly aborted?: true | undefined
  /** The connection left HTTP (WebSocket, CONNECT); the duration is that of the connection. */
  readonly upgraded?: true | undefined
}

/** Listens to the events of an exchange. */
export interface ExchangeOwner {
  readonly idHeader: IdHeader
  /** The head of its response is written. @returns headers it gets besides */
  head(exchange: Exchange, contentType: string | undefined): Readonly<Record<string, string>> | undefined
  /** It is for Spoor itself, and does not count as a request of the service any more. */
  takenOut(exchange: Exchange): void
  /** Spoor's own code failed, because the service changed its request or response. The request goes on without it. */
  broke(error: unknown): void
  end(exchange: Exchange): void
}

/** One request with its response (or, once it left HTTP, its socket), from begin to end. */
export class Exchange implements HeadOwner, Listed<Exchange> {
  readonly context: WorkContext
  readonly request: NodeRequestInfo
  /** Milliseconds since the epoch. */
  readonly startedAt: number = Date.now()
  /** `performance.now()` at the start. */
  readonly startTick: number = performance.now()
  /** How the adapter says the route's pattern; asked once, at the end. */
  route: (() => string | undefined) | undefined = undefined
  /** The operations of GraphQL that it executed. They are part of its route. */
  operations: Operations | undefined = undefined
  /** The router's matches so far, in the form of the adapter. */
  matches: unknown = undefined
  /** The client. It is read at the begin, because a closed connection has no address. Undefined if no line shows it. */
  client: Client | undefined = undefined
  /** What made it fail, once something did. */
  failure: Failure | undefined = undefined
  /** The raw status: answered on the socket, without a response. Version 0.1 sets it on exchanges of this version. */
  answeredBelow: number | undefined = undefined
  /** The client ended its half of the connection in the middle of the body. */
  endedEarly = false
  /** The response was begun outside the request's context, so lines written there lack its id. */
  contextLost = false
  /** The framework writes the head itself, after `run` has returned: a head outside every context does not mean a loss. */
  answersOutside = false
  /** It keeps the connection for itself (upgrade, CONNECT). */
  readonly leavesHttp: boolean
  readonly #isHttp2: boolean
  /** The status line that a handler of an upgrade wrote, once it wrote something: undefined within for other bytes. */
  #written: { readonly status: number | undefined } | undefined = undefined
  /** It emitted `finish`: heard only where the socket is an imitation, which never says that it took everything. */
  #saidFinish = false
  /** Its line is written. */
  hasLine = false
  /** Set by the list of open exchanges. */
  list: OpenList<Exchange> | undefined = undefined
  earlier: Exchange | undefined = undefined
  later: Exchange | undefined = undefined
  readonly #raw: IncomingMessage
  /** What it ends with. */
  readonly #end: ServerResponse | Duplex
  readonly #response: ServerResponse | undefined
  readonly #socket: Socket | undefined
  readonly #connection: Connection | undefined
  /** The connection in HTTP/2. A stream that has ended does not show it any more. */
  readonly #session: Http2Session | undefined
  readonly #owner: ExchangeOwner
  #isInternal = false
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
    this.request = new NodeRequestInfo(request, (error) => owner.broke(error))
    this.#raw = request
    this.#end = end
    this.#response = 'writeHead' in end ? end : undefined
    this.#owner = owner
    this.#isHttp2 = this.#guard(() => request.httpVersionMajor >= 2) ?? false
    this.leavesHttp = this.#response === undefined
    this.#socket = this.#guard(() => request.socket) ?? this.#guard(() => this.#response?.socket ?? undefined)
    this.#session = this.#guard(() => this.#stream?.session)
    this.#connection = this.#guard(() => (this.#isHttp2 ? undefined : Connection.of(this.#socket)))
    this.#guard(() => this.#connection?.begin(this))
    try {
      keepExchange(request, this)
    } catch (error) {
      owner.broke(error)
    }
    this.#guard(() => this.#bind())
  }

  get idHeader(): IdHeader {
    return this.#owner.idHeader
  }

  get requestId(): string {
    return this.context.requestId
  }

  /** Its response begins. */
  answering(): void {
    this.#connection?.answering()
  }

  /** It left HTTP and lasts as long as its connection. */
  get upgraded(): boolean {
    return this.#response === undefined
  }

  /** True once the client has gone away without its whole answer. */
  get gone(): boolean {
    if (this.#response === undefined) return (this.#end as Duplex).destroyed
    const response = this.#response
    if (this.brokenBy !== undefined) return false
    return this.#guard(() => (this.#stream ?? response).destroyed && this.#isCut(response)) ?? false
  }

  /**
   * True if its connection is gone, but its response did not report that: the service replaced `emit`, or broke what Node
   * calls at the end.
   */
  get isStranded(): boolean {
    if (this.#response === undefined || this.#isHttp2) return false
    return this.#socket?.destroyed === true
  }

  /** True over TLS. A connection tells it after its end, too. */
  get isEncrypted(): boolean {
    return this.#guard(() => (this.#session ?? (this.#socket as TLSSocket | undefined))?.encrypted === true) ?? false
  }

  get outcome(): Outcome {
    const response = this.#response
    if (response === undefined) {
      // It was dropped without a word.
      if (this.#written === undefined) return {}
      const { status } = this.#written
      // Only a tunnel begins with 2xx. To a WebSocket it is a refusal.
      const isTunnel = status !== undefined && status >= 200 && status < 300 && this.request.method === 'CONNECT'
      return status === undefined || status === 101 || isTunnel ? { upgraded: true } : { status }
    }
    if (this.answeredBelow !== undefined) return { status: this.answeredBelow }
    const status = this.#guard(() => (response.headersSent ? this.#sentStatus(response) : undefined))
    const isAborted = this.endedEarly || (this.brokenBy === undefined && this.#guard(() => this.#isCut(response)))
    return { status, aborted: isAborted || undefined }
  }

  /**
   * The error that broke the response on the service's side (`pipeline(file, response)`, `response.destroy(error)`). An
   * upstream that resets its connection gives the same error as a client that leaves; the client's connection tells which.
   */
  get brokenBy(): Error | undefined {
    const response = this.#response
    if (response === undefined || this.answeredBelow !== undefined) return undefined
    return this.#guard(() => {
      const error = this.#stream?.errored ?? response.errored ?? this.#brokenConnection(response)
      if (!error || (goneFailure(error) !== undefined && this.#clientLeft(error))) return undefined
      if (!this.#isHttp2) return error
      // The other side reset the stream, or the service wrote a body that may not be there, which HTTP/1 drops.
      const isDropped = codeOf(error) === writtenAfterEnd && this.#endsWithHead(response)
      return isDropped || codeOf(error).startsWith('ERR_HTTP2_') ? undefined : error
    })
  }

  /** The service's own error that ended the connection in the middle of a response (`request.destroy(error)`). */
  #brokenConnection(response: ServerResponse): Error | undefined {
    const error = this.#isHttp2 || !this.#isCut(response) ? undefined : this.#socket?.errored
    // Errors of the system, of TLS and of the parser have codes. The service did not cause them.
    return error && codeOf(error) === '' ? error : undefined
  }

  #clientLeft(error: Error): boolean {
    if (this.#isHttp2) return this.#session?.destroyed !== false
    const socket = this.#socket
    if (typeof socket?.bytesWritten !== 'number') return true
    const isOther = socket.errored !== null && socket.errored !== error
    return socket.readableEnded || isOther || (error as NodeJS.ErrnoException).syscall === 'write'
  }

  /** Version 0.1 calls it on exchanges of this version: its adapters report the identity to no other object. */
  identified(): void {
    this.context.work.gate?.identified(this.context)
  }

  get #stream(): ServerHttp2Stream | undefined {
    return this.#isHttp2 ? (this.#response as { stream?: ServerHttp2Stream } | undefined)?.stream : undefined
  }

  get #isHead(): boolean {
    return this.request.method === 'HEAD'
  }

  /** True for a response that has no body, whatever the service writes. */
  #endsWithHead(response: ServerResponse): boolean {
    return this.#isHead || bodyless.has(this.#sentStatus(response))
  }

  /** The status of the head. In HTTP/2, the service may have answered on the stream, past the response. */
  #sentStatus(response: ServerResponse): number | undefined {
    return numberOf(this.#stream?.sentHeaders?.[':status']) ?? numberOf(response.statusCode)
  }

  /** True if the whole response was not handed over when its connection (in HTTP/2: its stream) closed. */
  #isCut(response: ServerResponse): boolean {
    const stream = this.#stream
    if (stream !== undefined) {
      // A stream that was reset calls itself ended, and aborted. The service may end the stream itself, not the response.
      const isEnded = response.writableEnded || (stream.writableEnded && !stream.aborted)
      return !isEnded || stream.rstCode !== 0
    }
    return !response.writableFinished && !this.#saidFinish
  }

  // The service may have changed its request and response in any way; nothing of that may end its process.
  #guard<T>(fn: () => T): T | undefined {
    try {
      return fn()
    } catch (error) {
      this.#owner.broke(error)
      return undefined
    }
  }

  /** True for a request for Spoor itself (the inspector): no line, no record, in no list. */
  get isInternal(): boolean {
    return this.#isInternal
  }

  /**
   * Excludes it from the service's requests: it is for Spoor itself. The caller and the owner may be different instances,
   * and different versions: 0.1 calls it by this name.
   */
  takeOut(): void {
    this.#isInternal = true
    this.#owner.takenOut(this)
  }

  /** Ends the count of its bytes: undefined where they cannot be told (pipelining, HTTP/2). */
  finish(): MovedBytes | undefined {
    return this.#connection?.finish(this)
  }

  /** Notes that it came through an adapter. @returns false if it did before */
  enter(adapter: unknown): boolean {
    if (this.#entered?.includes(adapter)) return false
    this.#entered ??= []
    this.#entered.push(adapter)
    return true
  }

  hasEntered(adapter: unknown): boolean {
    return this.#entered?.includes(adapter) ?? false
  }

  /** Removes everything that Spoor put on the request, the response and the connection. */
  undo(): void {
    this.#guard(() => unbind(this.#raw))
    this.#guard(() => unbind(this.#end))
    this.#guard(() => this.#response && releaseHeaders(this.#response))
  }

  onBroken(error: unknown): void {
    this.#owner.broke(error)
  }

  onHead(contentType: string | undefined): Readonly<Record<string, string>> | undefined {
    // What Node answers itself (417, 503, a missing Host) is written outside every context, and nothing is lost there.
    const current = currentContext()
    const isOutside = current === undefined && this.answersOutside
    if (this.#entered !== undefined && !isOutside && !belongsTo(current, this.context)) this.contextLost = true
    return this.#owner.head(this, contentType)
  }

  onConnectionEnd(): void {
    this.#owner.end(this)
  }

  readonly #onFinish = (): void => {
    this.#saidFinish = true
  }

  #bind(): void {
    const ended = (): void => this.#owner.end(this)
    this.#guard(() => bindEmitter(this.#raw, this.context))
    const response = this.#response
    if (response === undefined) {
      this.#guard(() => bindEmitter(this.#end, this.context, ended))
      onFirstWrite(this.#end as Duplex, (status) => {
        this.#written = { status }
      })
    } else {
      this.#guard(() => keepHeaders(response, this))
      this.#guard(() => bindResponse(response, this.context, ended))
      // Node reports no end of a response to HEAD that was not ended itself: a stream that is piped to it never ends it.
      this.#guard(() => this.#isHttp2 && this.#isHead && this.#stream?.once('close', ended))
      this.#guard(
        () => !this.#isHttp2 && isImitated(response) && response.prependOnceListener('finish', this.#onFinish),
      )
    }
  }
}

/** True where only an imitation of a socket takes the response (light-my-request, serverless-http). */
function isImitated({ socket }: ServerResponse): boolean {
  return socket !== null && typeof socket.bytesWritten !== 'number'
}

const bodyless: ReadonlySet<number | undefined> = new Set([204, 205, 304])
const writtenAfterEnd = 'ERR_STREAM_WRITE_AFTER_END'

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}

function numberOf(status: unknown): number | undefined {
  return typeof status === 'number' ? status : undefined
}
