import type { Socket } from 'node:net'
import { type MovedBytes, SocketBytes } from '../process/socket-bytes.js'

/** The connection's events for its requests. */
export interface OnConnection {
  /** True if the request keeps the connection for itself (upgrade, CONNECT). */
  readonly leavesHttp: boolean
  /** Called when the connection is closed before the response has reported its end. */
  onConnectionEnd(): void
}

const connections = new WeakMap<Socket, Connection>()
const listening = new Set<Connection>()

/** Leaves no listener on connections without an open request. Their next request puts one there again. */
export function releaseIdleConnections(): void {
  for (const connection of listening) connection.release()
}

/** One HTTP/1 connection of a client: the requests that are open on it, and the bytes of each. */
export class Connection {
  readonly #socket: Socket
  /** The requests that are open: one, and those that were pipelined behind it. Only the second kind needs a set (work/open-list.ts). */
  #one: OnConnection | undefined = undefined
  #others: Set<OnConnection> | undefined = undefined
  // From 0: what Node read before it told of the first request belongs to that request.
  readonly #bytes = new SocketBytes(0, 0)
  #answeredAt: number | undefined = undefined

  /** @returns undefined for what only imitates a socket (serverless-http) */
  static of(socket: Socket | undefined): Connection | undefined {
    if (typeof socket?.on !== 'function') return undefined
    const known = connections.get(socket)
    if (known !== undefined) return known
    const connection = new Connection(socket)
    connections.set(socket, connection)
    return connection
  }

  /** When the last response on this connection began (`performance.now()`); undefined if requests overlap. */
  static answeredAt(socket: Socket): number | undefined {
    const connection = connections.get(socket)
    return connection === undefined || connection.#isOpen ? undefined : connection.#answeredAt
  }

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Counts what a request moves: it has begun. */
  begin(request: OnConnection): void {
    const isAlone = !this.#isOpen
    if (this.#one === undefined) this.#one = request
    else {
      this.#others ??= new Set()
      this.#others.add(request)
    }
    this.#bytes.begin()
    if (isAlone) {
      // Its socket itself reports the end. Node wants no further listener on the socket of a CONNECT.
      if (request.leavesHttp) this.#unlisten()
      return
    }
    if (request.leavesHttp || listening.has(this)) return
    // Node 20 and 22 report a connection's end only to the response whose turn it is: the pipelined responses behind it
    // never hear of it (Node 24 tells all). Connections without pipelined requests get no listener.
    listening.add(this)
    this.#socket.on('close', this.#end)
  }

  /** The response of a request begins: its client sends no other request before. */
  answering(): void {
    this.#answeredAt = performance.now()
  }

  /** Ends the count of a request. @returns undefined if its bytes cannot be told (pipelining, an imitated socket) */
  finish(request: OnConnection): MovedBytes | undefined {
    if (this.#one === request) this.#one = undefined
    else if (this.#others?.delete(request) !== true) return undefined
    return this.#bytes.end(this.#socket)
  }

  /** Leaves no listener on the socket, unless a request is open. */
  release(): void {
    if (!this.#isOpen) this.#unlisten()
  }

  get #isOpen(): boolean {
    return this.#one !== undefined || (this.#others !== undefined && this.#others.size > 0)
  }

  #unlisten(): void {
    listening.delete(this)
    this.#socket.off('close', this.#end)
  }

  readonly #end = (): void => {
    listening.delete(this)
    // Node tells the response whose turn it is after this. Left are the pipelined ones whose turn never came.
    process.nextTick(() => {
      for (const request of [this.#one, ...(this.#others ?? [])]) {
        if (request?.leavesHttp === false) request.onConnectionEnd()
      }
    })
  }
}
