import type { IncomingMessage } from 'node:http'
import type { InboundHeaders } from '../context/inbound.js'

/** What the headers of a request say about its id and trace. */
export function inboundHeaders(request: IncomingMessage): InboundHeaders {
  // Middleware may have taken them away.
  const headers = request.headers ?? {}
  return {
    requestId: headers['x-request-id']?.toString(),
    traceparent: headers['traceparent']?.toString(),
    tracestate: headers['tracestate']?.toString(),
  }
}
