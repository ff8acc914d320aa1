import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Identity } from '../../context/identity.js'
import type { Adapter, AdapterInspector, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, check, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'

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
  const { adapter, options } = checkAdapter('spoorNode', spoor, given, {
    account: optional(callback),
    handler: callback,
    inspector: optional(path),
  })
  const { inspector } = adapter
  const mount = options.inspector
  if (mount !== undefined && inspector === undefined) adapter.warnOnce('no inspector', noInspector)
  return (incoming, outgoing) => {
    // The compatibility API of HTTP/2 has what we and most handlers use; Node's types do not say so.
    const [request, response] = [incoming as IncomingMessage, outgoing as ServerResponse]
    const open = adapter.begin(request, response)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce('mounted twice', 'spoorNode is used twice on one request; leave the outermost')
    }
    const target = inspector && mount && behind(mount, request.url ?? '')
    void adapter.run(open, () =>
      inspector !== undefined && target !== undefined
        ? inspect(adapter, inspector, open, target, options, request, response)
        : answer(adapter, open, options, request, response),
    )
  }
}

function isMount(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^?#\s]*[^/?#\s]$/.test(value)
}

/** What of `url` stands behind `mount`; undefined if it lies elsewhere. */
function behind(mount: string, url: string): string | undefined {
  if (!url.startsWith(mount)) return undefined
  const rest = url.slice(mount.length)
  return rest === '' || rest.startsWith('/') || rest.startsWith('?') ? rest : undefined
}

async function inspect(
  adapter: Adapter,
  inspector: AdapterInspector,
  open: OpenRequest,
  target: string,
  { account }: NodeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  adapter.sendPrivate(response, await inspector.handle(open, target, () => account?.(request)))
}

async function answer(
  adapter: Adapter,
  open: OpenRequest,
  { account, handler }: NodeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // No await where there is nothing to wait for: a handler must be able to listen before the first byte of a body.
    const later = account && adapter.identify(open, () => account(request))
    if (later !== undefined) await later
    await handler(request, response)
  } catch (error) {
    adapter.send(response, adapter.fail(open, error))
  }
}
