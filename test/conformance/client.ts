import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { clientKey } from './shared-key.js'

/** A response as it came over the wire. */
export class Answer {
  body = ''
  readonly status: number
  readonly reason: string
  /** In the order they came, names as they were written. */
  readonly headers: readonly (readonly [string, string])[]

  constructor(status: number, reason: string, headers: readonly (readonly [string, string])[]) {
    this.status = status
    this.reason = reason
    this.headers = headers
  }

  /** Each value of a header. */
  all(name: string): string[] {
    return this.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  }

  /** The value of a header, several joined; undefined if it did not come. */
  header(name: string): string | undefined {
    const all = this.all(name)
    return all.length === 0 ? undefined : all.join(', ')
  }

  /** `X-Request-ID`. @throws unless it came exactly once */
  get id(): string {
    const ids = this.all('x-request-id')
    if (ids.length !== 1)
      throw new Error(`${ids.length} X-Request-ID on ${this.status} ${JSON.stringify(this.headers)}`)
    return ids[0] as string
  }

  json(): Record<string, unknown> {
    return JSON.parse(this.body) as Record<string, unknown>
  }
}

/**
 * A client that sends the bytes it is told and reads responses one after the other: what Node's own client would
 * never send (pipelined, malformed, byte by byte) is what must be tested.
 */
export class Connection {
  readonly socket: Socket
  /** Resolves when the connection is closed, by whomever. */
  readonly closed: Promise<void>
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    // A reset is one of the ways a connection ends here; a reader that still waits for bytes sees the end.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
    socket.on('end', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static async open(port: number, { tls = false } = {}): Promise<Connection> {
    const socket = tls ? connectTls({ port, host: '127.0.0.1', ...clientKey }) : connect({ port, host: '127.0.0.1' })
    const connection = new Connection(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
    })
    return connection
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes)
    return this
  }

  /** Each byte in a packet of its own, as far as one process can see to it. */
  async sendSplit(bytes: string | Buffer): Promise<this> {
    for (const byte of Buffer.from(bytes)) {
      if (this.#ended) break
      await new Promise<void>((resolve) => this.socket.write(Buffer.of(byte), () => setImmediate(resolve)))
    }
    return this
  }

  /** Drops the connection as a browser does whose page was closed. */
  drop(): void {
    this.socket.destroy()
  }

  /** The next response. Informational ones (1xx, but not 101) are answers of their own. */
  async answer(method = 'GET'): Promise<Answer> {
    const head = (await this.#until('\r\n\r\n')).toString('latin1')
    const [first = '', ...lines] = head.split('\r\n').slice(0, -2)
    const [, status = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(first) ?? []
    if (status === '') throw new Error(`no status line: ${JSON.stringify(first)}`)
    const headers = lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 1).trim()] as const
    })
    const answer = new Answer(Number(status), reason, headers)
    const bodyless = method === 'HEAD' || answer.status < 200 || answer.status === 204 || answer.status === 304
    if (!bodyless) answer.body = await this.#body(answer)
    return answer
  }

  /** Bytes that are not responses: what an upgraded connection says. */
  async text(length: number): Promise<string> {
    return (await this.#take(length)).toString('latin1')
  }

  /** Everything until the connection is closed. */
  async rest(): Promise<string> {
    await this.closed
    const rest = this.#bytes.toString('latin1')
    this.#bytes = Buffer.alloc(0)
    return rest
  }

  async #body(answer: Answer): Promise<string> {
    if (/chunked/i.test(answer.header('transfer-encoding') ?? '')) return this.#chunks()
    const length = answer.header('content-length')
    return length === undefined ? this.rest() : (await this.#take(Number(length))).toString('utf8')
  }

  async #chunks(): Promise<string> {
    const chunks: Buffer[] = []
    for (;;) {
      const size = Number.parseInt((await this.#until('\r\n')).toString('latin1'), 16)
      const chunk = await this.#take(size + 2)
      if (size === 0) return Buffer.concat(chunks).toString('utf8')
      chunks.push(chunk.subarray(0, size))
    }
  }

  async #until(mark: string): Promise<Buffer> {
    for (;;) {
      const at = this.#bytes.indexOf(mark)
      if (at >= 0) return this.#take(at + mark.length)
      await this.#more()
    }
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) await this.#more()
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#bytes.toString('latin1'))}`)
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

/** What a request is made of. */
export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The bytes of a request. */
export function requestText(path: string, { method = 'GET', headers = {}, body }: Ask = {}): string {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: 'service.test', ...length, ...headers }).map(([name, v]) => `${name}: ${v}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}
