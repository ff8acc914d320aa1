import type { Socket } from 'node:net'
import { CapturedContext } from '../context/storage.js'
import { listen } from '../process/channels.js'
import { BoundRequests, unfollowed } from './bound-request.js'
import { codeOf, type OpenCall, textOf } from './call.js'
import type { CallHeaders } from './propagation.js'
import { isFromQueue } from './queued.js'
import { targetOf } from './target.js'
import type { Calls } from './watch.js'

const followed: unique symbol = Symbol('spoor.call')

/** undici's request, as its channels report it (undici 5 to 8, both Node's own and npm's). */
interface UndiciRequest {
  /** A member of Spoor. A WeakMap instead would make work for the garbage collector at every call. */
  [followed]?: OpenCall
  readonly method: string
  readonly origin: string | URL
  readonly path: string
  readonly upgrade?: unknown
  /** Names and values, alternating; in undici 5, the text of the head. */
  readonly headers: readonly unknown[] | string
  addHeader(name: string, value: string): void
}

interface Message {
  readonly request: UndiciRequest
  readonly response?: { readonly statusCode: number }
  readonly socket?: Socket
  readonly error?: unknown
}

/** Reports the calls of undici to `calls`, by undici's channels. @returns a function that ends it */
export function watchUndici(calls: Calls): () => void {
  const bound = new BoundRequests((request: UndiciRequest | object) => {
    const call = (request as UndiciRequest)[followed]
    return call === undefined ? unfollowed : call.captured
  })
  const listeners: Record<string, (message: Message) => void> = {
    'undici:request:create': ({ request }) => {
      // The tunnel through a proxy does not count as a call of the service. The calls through the tunnel do.
      if (request.method === 'CONNECT') return
      if (request.upgrade) return calls.beginUnknown()
      const target = targetOf(request.method, String(request.origin), request.path)
      if (target === undefined) return
      const call = calls.begin(target, new UndiciHeaders(request), isFromQueue(request))
      if (call === undefined) return
      if (call.context !== undefined) call.captured = new CapturedContext()
      request[followed] = call
      bound.bind(request)
    },
    'undici:client:sendHeaders': ({ request, socket }) => socket && request[followed]?.over(socket),
    'undici:request:headers': ({ request, response }) => {
      // Informational responses come before the response (103 Early Hints). node:http reports none.
      if (response && response.statusCode >= 200) request[followed]?.answered(response.statusCode)
    },
    'undici:request:trailers': ({ request }) => request[followed]?.finish(),
    'undici:request:error': ({ request, error }) => {
      const call = request[followed]
      call?.finish(isUnwanted(call, error) ? { aborted: true } : { errorCode: codeOf(error) })
    },
  }
  const unlisten = listen(listeners, calls.onFault)
  return () => {
    unlisten()
    bound.undo()
  }
}

class UndiciHeaders implements CallHeaders {
  readonly #request: UndiciRequest

  constructor(request: UndiciRequest) {
    this.#request = request
  }

  has(name: string): boolean {
    const { headers } = this.#request
    if (typeof headers === 'string') return new RegExp(`^${name}:`, 'im').test(headers)
    for (let at = 0; at < headers.length; at += 2) if (isName(String(headers[at]), name)) return true
    return false
  }

  /** undici would repeat a header that is already set. */
  add(name: string, value: string): void {
    this.#request.addHeader(name, value)
  }
}

function isName(written: string, name: string): boolean {
  return written.length === name.length && written.toLowerCase() === name
}

// After the head, a service that does not need the rest of a response cancels it, or lets it be collected as garbage.
function isUnwanted({ status }: OpenCall, error: unknown): boolean {
  if (status === undefined) return false
  // Here, Node's fetch passes a string as the reason.
  const reason = typeof error === 'string' ? error : textOf(error, 'message')
  return codeOf(error) === 'AbortError' || /garbage collected/.test(reason)
}
