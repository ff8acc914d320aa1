import type { IncomingMessage } from 'node:http'
import { own } from '../context/own-member.js'

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
export class NodeRequestInfo implements RequestInfo {
  readonly method: string
  readonly path: string
  readonly raw: IncomingMessage

  constructor(request: IncomingMessage) {
    this.method = request.method ?? ''
    this.path = pathOf(request)
    this.raw = request
  }

  get remoteAddress(): string | undefined {
    return this.raw.socket?.remoteAddress
  }

  header(name: string): string | undefined {
    const value = own(this.raw.headers, name.toLowerCase())
    return Array.isArray(value) ? value.join(', ') : value
  }
}

// Express cuts the mount path off `url` while a router runs, and keeps the whole one beside it.
function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? ''
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}
