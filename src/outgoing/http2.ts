import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Calls } from './watch.js'

const channel = 'http2.client.stream.created'

/** Counts the streams of `node:http2` clients (Node 22.17 and 24.2 on tell of them), of which no more is known. */
export function watchHttp2(calls: Calls): () => void {
  const count = (message: unknown): void => {
    const { stream } = message as { stream?: { session?: object } }
    if (!isOfUndici(stream?.session)) calls.beginUnknown()
  }
  subscribe(channel, count)
  return () => unsubscribe(channel, count)
}

// undici tells of its own calls, over HTTP/2 too. Its sessions bear their client.
function isOfUndici(session: object | undefined): boolean {
  return Object.getOwnPropertySymbols(session ?? {}).some(({ description }) => description === 'client')
}
