import type { IncomingMessage } from 'node:http'
import { endWithin } from '../safe-values/end-within.js'
import { own } from '../safe-values/own-member.js'
import { headersOf } from './inbound-headers.js'

/** A request as the callbacks of `createSpoor` see it (`authorize`, `ignore`), the same in every framework. */
export interface RequestInfo {
  readonly method: string
  /** The path without its query. */
  readonly path: string
  /** Returns the value of a header, by its name in any case. Several headers of one name are joined with `, `. */
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

  /** @param onBroken called with what a member throws that the service replaced */
  constructor(request: IncomingMessage, onBroken: (error: unknown) => void) {
    this.method = cutText(
      textOf(() => request.method, onBroken),
      maxMethodLength,
    )
    this.path = cutText(pathOf(request, onBroken), maxPathLength)
    this.raw = request
  }

  /** The beginning of its URL, if that is longer than the path that lines show. */
  get longUrl(): string | undefined {
    const url = textOf(() => this.raw.url)
    return url.length > maxPathLength ? url.slice(0, maxPathLength) : undefined
  }

  get remoteAddress(): string | undefined {
    return remoteAddressOf(this.raw)
  }

  header(name: string): string | undefined {
    const value = own(headersOf(this.raw), name.toLowerCase())
    return Array.isArray(value) ? value.join(', ') : value
  }
}

// In bytes on a line. The path is written up to five times: in two messages, in the field, and in an error's message and
// stack.
const maxPathLength = 512
const maxMethodLength = 32

/** The address of the peer. Undefined if the service took the socket off the request. */
export function remoteAddressOf(request: IncomingMessage): string | undefined {
  return textOf(() => request.socket?.remoteAddress) || undefined
}

// Middleware may put anything in the place of what Node read, also a getter that throws.
function textOf(read: () => unknown, onBroken?: (error: unknown) => void): string {
  try {
    const value = read()
    return typeof value === 'string' ? value : ''
  } catch (error) {
    onBroken?.(error)
    return ''
  }
}

/** The caller's text, cut once where it enters; the mark is the one that lines carry. */
function cutText(text: string, most: number): string {
  if (endWithin(text, most) === text.length) return text
  const mark = `…[cut: ${text.length} characters]`
  return text.slice(0, endWithin(text, most - mark.length)) + mark
}

// Express cuts the mount path off `url` while a router runs, and keeps the whole one beside it.
function pathOf(request: IncomingMessage & { originalUrl?: string }, onBroken: (error: unknown) => void): string {
  const url = textOf(() => request.originalUrl ?? request.url, onBroken)
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}
