import type { IncomingMessage } from 'node:http'
import type { InboundHeaders } from '../context/inbound.js'

/** What the headers of a request say about its id and trace. */
export function inboundHeaders({ headers }: IncomingMessage): InboundHeaders {
  return {
    requestId: headers['x-request-id']?.toString(),
    traceparent: headers['traceparent']?.toString(),
    tracestate: headers['tracestate']?.toString(),
  }
}
