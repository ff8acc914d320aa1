import type { IncomingMessage } from 'node:http'
import type { InboundHeaders } from '../context/inbound.js'
import { own } from '../safe-values/own-member.js'

/** What the headers of a request say about its id and trace. */
export function inboundHeaders(request: IncomingMessage): InboundHeaders {
  // Middleware may have taken them away.
  const headers = request.headers ?? {}
  return {
    requestId: own(headers, 'x-request-id')?.toString(),
    traceparent: own(headers, 'traceparent')?.toString(),
    tracestate: own(headers, 'tracestate')?.toString(),
  }
}
