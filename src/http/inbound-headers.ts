import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { InboundHeaders } from '../context/inbound.js'
import type { IdHeader } from '../context/request-id.js'
import { own } from '../safe-values/own-member.js'

/** The headers of a request about its id and trace. */
export function inboundHeaders(request: IncomingMessage, { lowerName }: IdHeader): InboundHeaders {
  const headers = headersOf(request)
  return {
    requestId: own(headers, lowerName)?.toString(),
    traceparent: own(headers, 'traceparent')?.toString(),
    tracestate: own(headers, 'tracestate')?.toString(),
  }
}

/** The headers of a request. An empty object if middleware removed or froze them. */
export function headersOf(request: IncomingMessage): IncomingHttpHeaders {
  try {
    return request.headers ?? {}
  } catch {
    // Node fills them in on the first read, which throws on a frozen request. From Node 26 on, Node itself reads none before.
    return {}
  }
}
