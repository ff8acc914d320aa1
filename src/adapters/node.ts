import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Identity } from '../context/identity.js'
import type { Exchange } from '../http/exchange.js'
import { sendAnswer } from '../http/send-answer.js'
import type { Lifecycle } from '../lifecycle.js'
import { callback, check, optional } from '../options.js'
import type { Spoor } from '../spoor.js'
import { checkAdapter } from './check-adapter.js'

/** Options of `spoorNode`. */
export interface NodeOptions {
  /** Asked for every request, right after it has its id. Default: everybody is anonymous. */
  account?: ((request: IncomingMessage) => Identity | undefined | Promise<Identity | undefined>) | undefined
  /** Answers the request. What it throws or rejects with is answered and logged like any failure. */
  handler: (request: IncomingMessage, response: ServerResponse) => unknown
  /** Where the inspector is mounted. Not built yet: no effect. */
  inspector?: string | undefined
}

/** A listener for `createServer` of `node:http` and `node:https`, and of `node:http2` (its compatibility API). */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void

/**
 * Spoor for a plain Node server.
 *
 * @example
 * createServer(spoorNode(spoor, { handler: (req, res) => res.end('hello') }))
 *
 * @throws OptionsError for options it cannot take
 */
export function spoorNode(spoor: Spoor, options: NodeOptions): NodeListener {
  const path = check((value) => typeof value === 'string' && value.startsWith('/'), 'is no path such as /_spoor')
  checkAdapter('spoorNode', spoor, options, {
    account: optional(callback),
    handler: callback,
    inspector: optional(path),
  })
  const { lifecycle } = spoor
  return (incoming, outgoing) => {
    // The compatibility API of HTTP/2 has what we and most handlers use; Node's types do not say so.
    const [request, response] = [incoming as IncomingMessage, outgoing as ServerResponse]
    const exchange = lifecycle.begin(request, response)
    if (!lifecycle.enter(exchange)) {
      lifecycle.warnOnce('mounted twice', 'spoorNode is used twice on one request; leave the outermost')
    }
    void lifecycle.run(request, () => answer(lifecycle, exchange, options, request, response))
  }
}

async function answer(
  lifecycle: Lifecycle,
  exchange: Exchange,
  { account, handler }: NodeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // No await where there is nothing to wait for: a handler must be able to listen before the first byte of a body.
    const later = account && lifecycle.identify(exchange, () => account(request))
    if (later !== undefined) await later
    await handler(request, response)
  } catch (error) {
    sendAnswer(response, lifecycle.fail(exchange, error))
  }
}
