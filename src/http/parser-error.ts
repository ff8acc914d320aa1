import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { IdHeader } from '../context/request-id.js'
import type { ErrorAnswer } from '../errors/answer.js'

// What Node itself answers to each (lib/_http_server.js, socketOnError); every other HPE_… is a 400.
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** The status for bytes that the parser refuses, or undefined if the connection itself failed (reset, TLS). */
export function parserStatus(error: unknown): number | undefined {
  const code: unknown = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return undefined
  return statuses[code] ?? (code.startsWith('HPE_') ? 400 : undefined)
}

/** True if the client ended its half of the connection before its request was whole: it went away. */
export function isEarlyEnd(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'HPE_INVALID_EOF_STATE'
}

/**
 * The request whose body was being read when its connection's parser failed. That is not always the one whose turn it
 * is to be answered (pipelining), and it may have been answered already.
 */
export function unfinishedRequest(socket: Socket): IncomingMessage | undefined {
  const request = (socket as { parser?: { incoming?: IncomingMessage | null } | null }).parser?.incoming
  return request && !request.complete ? request : undefined
}

/**
 * Answers below the framework, where there is a socket but no response, and ends the connection as Node does.
 *
 * Node destroys the socket with the error at once: a client that does not read must not hold it, and what listens for
 * `error` (on-finished) must hear it.
 *
 * @returns true if the answer could be written
 */
export function answerOnSocket(
  socket: Socket,
  answer: ErrorAnswer,
  { name }: IdHeader,
  requestId: string,
  error: Error,
): boolean {
  // Into a response that is under way nothing may be written: the client would take it for a part of that.
  const free = socket.writable && !responseOn(socket)?.headersSent
  if (free) {
    const headers = {
      ...answer.headers,
      [name]: requestId,
      'content-length': Buffer.byteLength(answer.body),
      date: new Date().toUTCString(),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const { STATUS_CODES } = process.getBuiltinModule('node:http')
    socket.write(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join('')}\r\n${answer.body}`)
  }
  socket.destroy(error)
  return free
}

// The one place that says which response a socket is busy with; Node's own answer looks there too.
function responseOn(socket: Socket): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined
}

/** The parser's error with the status Node answers it with, its message kept from the client. */
export function withStatus(error: Error, status: number): Error {
  return Object.assign(error, { status, expose: false })
}

/** Ends a connection without an answer, with the error as Node does. @returns true: it is dealt with */
export function endSocket(socket: Socket, error: Error): boolean {
  socket.destroy(error)
  return true
}
