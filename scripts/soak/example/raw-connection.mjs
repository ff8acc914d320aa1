// A connection whose client does what no HTTP library would: sends bytes one by one, stops reading, goes away in between.
import { connect } from 'node:net'

/** A machine that other programs use may take that long. */
const maxWaitMs = 120_000

/** Opens a connection for `use`, and leaves none behind, however that ends. */
export async function onConnection(clients, use) {
  const connection = new RawConnection(clients)
  try {
    await connection.opened()
    return await use(connection)
  } finally {
    connection.destroy()
    await connection.closed()
  }
}

export class RawConnection {
  #socket
  #received = ''
  #isOver = false
  #waiting = []

  constructor({ hostname, port }) {
    this.#socket = connect(port, hostname).setNoDelay(true).setEncoding('latin1')
    this.#socket.on('data', (text) => {
      this.#received += text
      this.#wake()
    })
    for (const event of ['connect', 'drain', 'end']) this.#socket.on(event, () => this.#wake())
    // An error is followed by the close.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  get isOver() {
    return this.#isOver
  }

  async opened() {
    await this.#until(() => !this.#socket.connecting, 'no connection')
    return this
  }

  /** Sends, and waits until the system took it or the connection ended. */
  async send(bytes) {
    if (!this.#socket.write(bytes)) await this.#until(() => !this.#socket.writableNeedDrain, 'nothing was taken')
  }

  /** The next response with its whole body; undefined if the connection ended before. */
  async response() {
    const [, status, headers] = (await this.receive(/^HTTP\/1\.1 (\d{3})(.*?)\r\n\r\n/s)) ?? []
    if (status === undefined) return undefined
    const [, id] = /\r\nx-request-id: (\S+)/i.exec(headers) ?? []
    const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(headers) ?? []
    return (await this.#take(Number(length))) ? { status: Number(status), id } : undefined
  }

  /** Waits for text that matches, and forgets it with all before; undefined if the connection ended before. */
  async receive(pattern) {
    await this.#until(() => pattern.test(this.#received), `nothing like ${pattern}`)
    const found = pattern.exec(this.#received)
    if (found !== null) this.#received = this.#received.slice(found.index + found[0].length)
    return found ?? undefined
  }

  /** Forgets what has come, and says how many bytes that was. */
  drop() {
    const { length } = this.#received
    this.#received = ''
    return length
  }

  pause() {
    this.#socket.pause()
  }

  resume() {
    this.#socket.resume()
  }

  end() {
    this.#socket.end()
  }

  /** Goes away: the other side may get a reset. */
  destroy() {
    this.#socket.destroy()
  }

  closed() {
    return this.#until(() => this.#isOver, 'the connection is still open')
  }

  async #take(length) {
    await this.#until(() => this.#received.length >= length, `no ${length} bytes`)
    if (this.#received.length < length) return false
    this.#received = this.#received.slice(length)
    return true
  }

  /** Waits until `isSo`, or until the connection ended. */
  async #until(isSo, otherwise) {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.#wake()
    }, maxWaitMs)
    try {
      while (!isSo() && !this.#isOver) {
        if (isLate) throw new Error(`${otherwise} within ${maxWaitMs} ms`)
        await new Promise((resolve) => this.#waiting.push(resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #wake() {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** The head of a request as text. */
export function head(method, path, headers) {
  const lines = Object.entries({ host: 'soak.localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
