import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a target was asked. */
export interface Received {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
}

/** A service that ours calls: a real server on this machine. */
export class Target {
  readonly received: Received[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(
    answer: RequestListener,
    make: (listener: RequestListener) => Server = createServer,
  ): Promise<Target> {
    const server = make((request, response) => {
      const { url = '', headers, rawHeaders } = request
      target.received.push({ url, headers, rawHeaders })
      answer(request, response)
    })
    const target = new Target(server)
    server.on('connection', (socket) => target.#sockets.add(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return target
  }

  get server(): Server {
    return this.#server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get host(): string {
    return `127.0.0.1:${this.port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  /** The names of Spoor's headers that one request carried, in lower case, each as often as it came. */
  idsOf(at: number): string[] {
    const names = (this.received[at]?.rawHeaders ?? []).filter((_, index) => index % 2 === 0)
    return names
      .map((name) => name.toLowerCase())
      .filter((name) => /^(x-request-id|traceparent|tracestate)$/.test(name))
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
