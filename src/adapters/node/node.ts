import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Identity } from '../../context/identity.js'
import { callback, check, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { type Adapter, adapterOf, type FollowedRequest } from '../adapter/adapter.js'
import { checkAdapter } from '../check-adapter.js'

/** Options of `spoorNode`. */
export interface NodeOptions {
  /** Asked for every request, right after it has its id. Default: everybody is anonymous. */
  account?: ((request: IncomingMessage) => Identity | undefined | Promise<Identity | undefined>) | undefined
  /** Answers the request. What it throws or rejects with is answered and logged like any failure. */
  handler: (request: IncomingMessage, response: ServerResponse) => unknown
  /**
   * Where the inspector is mounted: `/_spoor`. It asks `account` itself who is there. Without the option `inspector` of
   * `createSpoor` the handler gets what is asked there.
   */
  inspector?: string | undefined
}

/** A listener for `createServer` of `node:http` and `node:https`, and of `node:http2` (its compatibility API). */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void

/**
 * Spoor for a plain Node server.
 *
 * @example
 * createServer(spoorNode(spoor, { handler: (req, res) => res.end('hello') }))
 *
 * @throws OptionsError for options it cannot take
 */
export function spoorNode(spoor: Spoor, given: NodeOptions): NodeListener {
  const path = check(isMount, 'a path such as /_spoor', 'leave out query and the / at its end')
  const options = checkAdapter('spoorNode', spoor, given, {
    account: optional(callback),
    handler: callback,
    inspector: optional(path),
  })
  const adapter = adapterOf('spoorNode', spoor)
  const mount = options.inspector
  return (incoming, outgoing) => {
    // The compatibility API of HTTP/2 has what Spoor and most handlers use; Node's types do not say so.
    const [request, response] = [incoming as IncomingMessage, outgoing as ServerResponse]
    const followed = adapter.begin(request, response)
    if (!adapter.markMounted(followed)) {
      adapter.warnOnce('mounted twice', 'spoorNode is used twice on one request; leave the outermost')
    }
    void adapter.run(request, () => {
      const target = mount && behind(mount, request.url ?? '')
      const inspected =
        target === undefined ? undefined : adapter.inspect(followed, response, target, () => options.account?.(request))
      return inspected ?? answer(adapter, followed, options, request, response)
    })
  }
}

function isMount(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*[^/?#\s]$/.test(value)
}

/** The part of `url` below `mount`; undefined if `url` is elsewhere. */
function behind(mount: string, url: string): string | undefined {
  if (!url.startsWith(mount)) return undefined
  const rest = url.slice(mount.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

async function answer(
  adapter: Adapter,
  followed: FollowedRequest,
  { account, handler }: NodeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // No await where there is nothing to wait for: a handler must be able to listen before the first byte of a body.
    const later = account && adapter.identify(followed, () => account(request))
    if (later !== undefined) await later
    await handler(request, response)
  } catch (error) {
    adapter.send(response, adapter.fail(followed, error))
  }
}
