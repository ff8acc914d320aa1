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

  /** What in its URL and headers is long, as an error may quote it: the beginning of each, also decoded. */
  get longTexts(): readonly string[] {
    return longTextsOf(this.raw)
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

const minQuoted = 256
const beginning = 64

/** The beginnings of the long texts of a caller: the URL, its parts, and the values of headers. */
function longTextsOf(request: IncomingMessage & { originalUrl?: string }): string[] {
  const texts = new Set<string>()
  const add = (text: string): void => {
    if (text.length < minQuoted) return
    const begin = text.slice(0, beginning)
    texts.add(begin)
    // As an error shows it that quotes headers as JSON.
    texts.add(JSON.stringify(begin).slice(1, -1))
  }
  for (const url of [textOf(() => request.originalUrl), textOf(() => request.url)]) {
    if (url.length < minQuoted) continue
    const path = url.replace(/[?#].*$/s, '')
    for (const text of [url, path.slice(1), ...url.split(/[/?&=#]/)]) {
      if (text.length < minQuoted) continue
      add(text)
      add(decoded(text))
    }
    // A wildcard's value begins somewhere in the path, and is as long as the rest.
    if (path.length >= minQuoted) for (const text of [path, decoded(path)]) texts.add(text.slice(-beginning))
  }
  for (const value of Object.values(headersOf(request))) {
    for (const text of [value].flat()) if (typeof text === 'string') add(text)
  }
  return [...texts]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

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
export function cutText(text: string, most: number): string {
  if (endWithin(text, most) === text.length) return text
  const mark = `…[cut: ${text.length} characters]`
  // `…` takes three bytes.
  return text.slice(0, endWithin(text, most - mark.length - 2)) + mark
}

// Express cuts the mount path off `url` while a router runs, and keeps the whole one beside it.
function pathOf(request: IncomingMessage & { originalUrl?: string }, onBroken: (error: unknown) => void): string {
  const url = textOf(() => request.originalUrl ?? request.url, onBroken)
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}
