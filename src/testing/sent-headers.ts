import type { ServerResponse } from 'node:http'
import { listen } from '../process/channels.js'
import type { CaptureView } from './capture-view.js'

const ofSpoor = [
  'x-resource-tracking-id',
  'server-timing',
  'access-control-expose-headers',
  'traceparent',
  'cache-control',
]

/** Notes the headers that Spoor sets on responses of this process. @returns a function that ends it */
export function noteSentHeaders(view: CaptureView): () => void {
  const finished = ({ response }: { readonly response: ServerResponse }): void => {
    noteHeaders(view, headersOf(response))
  }
  return listen({ 'http.server.response.finish': finished }, () => {})
}

/** Notes the headers of Spoor among those of a response. @param all by their names in lower case */
export function noteHeaders(view: CaptureView, all: ReadonlyMap<string, string>): void {
  const requestId = all.get(view.idHeader)
  if (requestId === undefined) return
  const names = [view.idHeader, ...ofSpoor].filter((name) => all.has(name))
  view.noteHeaders({ requestId, headers: Object.fromEntries(names.map((name) => [name, all.get(name) as string])) })
}

/** The head as it was sent: `getHeaders` lacks what was passed to `writeHead` alone. */
function headersOf(response: ServerResponse): Map<string, string> {
  const head = (response as { _header?: unknown })._header
  if (typeof head !== 'string') {
    return new Map(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]))
  }
  const lines = head.split('\r\n').slice(1)
  const pairs = lines.filter((line) => line.includes(':')).map((line) => line.split(/: ?(.*)/s))
  return new Map(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value]))
}
