import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A database that answers each line it gets, and a pool of one connection to it, built as pg and mysql build theirs:
 * the connection's socket is made in the first request that needs it, and calls the waiting callbacks from its `data`.
 */
export class CallbackPool {
  readonly #server: Server
  readonly #waiting: ((row: string) => void)[] = []
  #socket: Socket | undefined

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<CallbackPool> {
    const server = createServer((socket) => socket.pipe(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new CallbackPool(server)
  }

  query(text: string, callback: (row: string) => void): void {
    this.#socket ??= this.#connect()
    this.#waiting.push(callback)
    this.#socket.write(`${text}\n`)
  }

  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  #connect(): Socket {
    const socket = connect((this.#server.address() as AddressInfo).port, '127.0.0.1')
    socket.setEncoding('utf8')
    socket.on('data', (text: unknown) => {
      for (const row of String(text).split('\n').filter(Boolean)) this.#waiting.shift()?.(row)
    })
    return socket
  }
}

/**
 * Gathers the keys that are asked for within a time and loads them together, in the context of the first caller. It
 * waits for two of them, for 300 ms: in a turn or two the second may not have come where the machine is busy.
 */
export class CallbackLoader {
  readonly #load: (keys: readonly string[]) => void
  #waiting: [string, (value: string) => void][] = []

  constructor(load: (keys: readonly string[]) => void = () => {}) {
    this.#load = load
  }

  load(key: string, callback: (value: string) => void): void {
    this.#waiting.push([key, callback])
    if (this.#waiting.length > 1) return
    let asked = 0
    const timer = setInterval(() => {
      if (this.#waiting.length < 2 && ++asked < 60) return
      clearInterval(timer)
      this.#dispatch()
    }, 5)
  }

  #dispatch(): void {
    const batch = this.#waiting
    this.#waiting = []
    this.#load(batch.map(([key]) => key))
    for (const [key, callback] of batch) callback(`value of ${key}`)
  }
}
