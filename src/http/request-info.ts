import type { IncomingMessage } from 'node:http'

/** What core callbacks see of a request, whatever framework carries it. */
export interface RequestInfo {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The header's value by its name in any case; several are joined with `, `. */
  header(name: string): string | undefined
  readonly remoteAddress: string | undefined
  /** The framework's own request. */
  readonly raw: unknown
}

/** A Node request as core callbacks see it. */
export function requestInfo(request: IncomingMessage): RequestInfo {
  return {
    method: request.method ?? '',
    path: pathOf(request),
    header(name) {
      const value = request.headers[name.toLowerCase()]
      return Array.isArray(value) ? value.join(', ') : value
    },
    remoteAddress: request.socket?.remoteAddress,
    raw: request,
  }
}

// Express cuts the mount path off `url` while a router runs, and keeps the whole one beside it.
function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? ''
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}
