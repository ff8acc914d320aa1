import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Node's messages of one request. */
export interface Messages {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/**
 * Makes Node's messages for a request that no Node server received: of a test that calls `app.request()`, or on another
 * runtime. They have no body and no connection. End them with `endImitated`.
 */
export function imitatedMessages({ method, url, headers }: Request): Messages {
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http')
  const { Duplex } = process.getBuiltinModule('node:stream')
  const socket = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() }) as Socket
  const incoming = new IncomingMessage(socket)
  const { host, pathname, search } = new URL(url)
  const sent = { host, ...Object.fromEntries(headers) }
  const version = { httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 }
  const head = { method, url: pathname + search, headers: sent, rawHeaders: Object.entries(sent).flat() }
  Object.assign(incoming, version, head, { complete: true })
  const outgoing = new ServerResponse(incoming)
  outgoing.assignSocket(socket)
  // On a server, Node does.
  outgoing.once('finish', () => outgoing.emit('close'))
  return { incoming, outgoing }
}

/**
 * Ends the messages of `imitatedMessages`, with the head of the response that the service gave.
 *
 * @returns the headers that Spoor adds to the response
 */
export function endImitated({ outgoing }: Messages, { status, headers }: Response): Map<string, string> {
  const given = Object.fromEntries(headers)
  delete given['set-cookie']
  outgoing.writeHead(status, given).end()
  const added = new Map<string, string>()
  for (const [name, value] of Object.entries(outgoing.getHeaders())) {
    if (typeof value === 'string' && given[name] !== value) added.set(name, value)
  }
  return added
}
