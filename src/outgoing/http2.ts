import { listen } from '../process/channels.js'
import type { Calls } from './watch.js'

interface Message {
  readonly stream?: { readonly session?: object }
}

/** Counts the streams of `node:http2` clients. Node reports them from 22.17 and 24.2 on, without further details. */
export function watchHttp2(calls: Calls): () => void {
  const count = ({ stream }: Message): void => {
    if (!isOfUndici(stream?.session)) calls.beginUnknown()
  }
  return listen({ 'http2.client.stream.created': count }, calls.onFault)
}

// undici reports its own calls over HTTP/2. The sessions of undici have a member for their client.
function isOfUndici(session: object | undefined): boolean {
  return Object.getOwnPropertySymbols(session ?? {}).some(({ description }) => description === 'client')
}
