import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { shadow } from './emitters.js'

/** The header that carries the request id, in and out. */
export const requestIdHeader = 'X-Request-ID'

/**
 * Header names for the usual CORS packages: `cors({ exposedHeaders: corsHeaders.exposed, allowedHeaders: [...own,
 * ...corsHeaders.allowed] })`. A browser shows a page only the exposed ones, and sends only the allowed ones.
 */
export const corsHeaders: { readonly exposed: string[]; readonly allowed: string[] } = {
  exposed: [requestIdHeader, 'X-Resource-Tracking-ID'],
  allowed: [requestIdHeader, 'X-Debug-Resource-Tracking', 'traceparent', 'tracestate'],
}

type Given = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * Sets the request id on a response now, so that the service can read it from there, and once more when the headers
 * are written: frameworks clear them on errors. Cross-origin responses get ours appended to what the service exposes.
 *
 * @param onHead called when the headers are written, by whoever writes them
 * @returns what takes it back
 */
export function keepHeaders(response: ServerResponse, requestId: string, onHead: () => void): () => void {
  if (response.headersSent) return () => {}
  response.setHeader(requestIdHeader, requestId)
  const writeHead = response.writeHead
  const kept = function (this: ServerResponse, status: number, ...rest: unknown[]): ServerResponse {
    if (!response.headersSent) {
      onHead()
      const at = typeof rest[0] === 'string' ? 1 : 0
      rest[at] = withOurs(response, rest[at] as Given | undefined, requestId)
    }
    return Reflect.apply(writeHead, this, [status, ...rest]) as ServerResponse
  }
  return shadow(response, 'writeHead', kept as ServerResponse['writeHead'])
}

function withOurs(response: ServerResponse, given: Given | undefined, requestId: string): Given | undefined {
  let headers = without(given, requestIdHeader)
  response.setHeader(requestIdHeader, requestId)
  const origin = headerIn(headers, 'access-control-allow-origin') ?? response.getHeader('access-control-allow-origin')
  if (origin === undefined) return headers
  const name = 'Access-Control-Expose-Headers'
  const exposed = headerIn(headers, name) ?? response.getHeader(name)
  headers = without(headers, name)
  response.setHeader(name, appended(exposed))
  return headers
}

/** The service's list as it is, then those of ours it lacks. */
function appended(exposed: OutgoingHttpHeader | undefined): string {
  const own = exposed === undefined ? '' : Array.isArray(exposed) ? exposed.join(', ') : String(exposed)
  const there = new Set(
    own
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  )
  const missing = corsHeaders.exposed.filter((name) => !there.has(name.toLowerCase()))
  return [own, ...missing].filter((part) => part !== '').join(', ')
}

// writeHead takes an object or a flat array [name, value, name, value, …].
function headerIn(given: Given | undefined, name: string): OutgoingHttpHeader | undefined {
  if (given === undefined || given === null) return undefined
  const wanted = name.toLowerCase()
  if (Array.isArray(given)) {
    const at = given.findIndex((item, index) => index % 2 === 0 && String(item).toLowerCase() === wanted)
    return at < 0 ? undefined : given[at + 1]
  }
  const key = Object.keys(given).find((candidate) => candidate.toLowerCase() === wanted)
  return key === undefined ? undefined : given[key]
}

function without(given: Given | undefined, name: string): Given | undefined {
  if (headerIn(given, name) === undefined) return given
  const wanted = name.toLowerCase()
  if (Array.isArray(given)) {
    return given.filter((_, index) => String(given[index - (index % 2)]).toLowerCase() !== wanted)
  }
  return Object.fromEntries(
    Object.entries(given as OutgoingHttpHeaders).filter(([key]) => key.toLowerCase() !== wanted),
  )
}
