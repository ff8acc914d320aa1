import type { IncomingMessage } from 'node:http'
import type { InboundHeaders } from '../context/inbound.js'
import { own } from '../context/own-member.js'

/** What the headers of a request say about its id and trace. */
export function inboundHeaders({ headers }: IncomingMessage): InboundHeaders {
  return {
    requestId: own(headers, 'x-request-id')?.toString(),
    traceparent: own(headers, 'traceparent')?.toString(),
    tracestate: own(headers, 'tracestate')?.toString(),
  }
}
