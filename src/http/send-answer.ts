import type { ServerResponse } from 'node:http'
import type { AnswerSink, ErrorAnswer } from '../errors/answer.js'

/** The headers that the handler set for the body it meant to send; the error's body is another one. */
export const bodyHeaders: readonly string[] = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-disposition',
  'transfer-encoding',
  'trailer',
  'etag',
  'last-modified',
  'expires',
]

/**
 * Sends an error answer. If a response is already under way its connection is cut instead, so that the client sees a
 * broken response and never takes half of one for a whole. Never throws: where the headers that are set make an answer
 * impossible, they are left out. A response that the service changed so that nothing can be sent loses its connection.
 */
export function sendAnswer(response: ServerResponse, answer: ErrorAnswer): void {
  try {
    send(response, answer)
  } catch {
    cut(response)
  }
}

function send(response: ServerResponse, answer: ErrorAnswer): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy()
    return
  }
  try {
    for (const name of bodyHeaders) response.removeHeader(name)
    write(response, answer)
  } catch {
    sendBare(response, answer)
  }
}

/**
 * Sends an answer that only those may read whom it names itself: what the service's own middleware said about pages of
 * other sites is taken back.
 */
export function sendGuarded(response: ServerResponse, answer: ErrorAnswer): void {
  try {
    if (!response.headersSent) {
      for (const name of response.getHeaderNames()) {
        if (name.startsWith('access-control-')) response.removeHeader(name)
      }
    }
  } catch {
    cut(response)
    return
  }
  sendAnswer(response, answer)
}

function cut(response: ServerResponse): void {
  try {
    response.destroy()
  } catch {
    destroySocket(response)
  }
}

function destroySocket(response: ServerResponse): void {
  try {
    response.socket?.destroy()
  } catch {
    // Nothing is left to end it by. The server's own timeouts do.
  }
}

function sendBare(response: ServerResponse, answer: ErrorAnswer): void {
  try {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    write(response, { ...answer, headers: { 'content-type': answer.headers['content-type'] ?? 'application/json' } })
  } catch {
    cut(response)
  }
}

function write(response: ServerResponse, { status, headers, body, stream }: ErrorAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  // HTTP/2 has no reason phrase, and warns when it is touched.
  if (!(response.req?.httpVersionMajor >= 2)) response.statusMessage = ''
  if (stream !== undefined && response.req?.method !== 'HEAD') {
    response.flushHeaders()
    stream(sinkOf(response))
    return
  }
  if (status !== 204) response.setHeader('content-length', Buffer.byteLength(body))
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body)
}

/** A client that reads slowly has this much in memory at most. */
const maxBufferedBytes = 2 ** 18

function sinkOf(response: ServerResponse): AnswerSink {
  return {
    write: (text) => {
      if (response.destroyed || response.writableEnded || response.writableLength > maxBufferedBytes) return false
      response.write(text)
      return true
    },
    end: () => {
      if (!response.writableEnded) response.end()
    },
    onClose: (listener) => {
      response.once('close', listener)
    },
  }
}
