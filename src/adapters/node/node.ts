import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Identity } from '../../context/identity.js'
import type { Adapter, AdapterInspector, OpenRequest } from '../../lifecycle/adapter.js'
import { callback, optional } from '../../options.js'
import type { Spoor } from '../../spoor.js'
import { checkAdapter, noInspector } from '../check-adapter.js'
import { behindMount, inspectorMount } from '../inspector-mount.js'

/** Options of `spoorNode`. */
export interface NodeOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?:
    | ((request: IncomingMessage) => Identity | undefined | null | Promise<Identity | undefined | null>)
    | undefined
  /** Answers the request. If it throws or rejects, the error is answered and logged like any failure. */
  handler: (request: IncomingMessage, response: ServerResponse) => unknown
  /**
   * The path of the inspector, such as `/_spoor`. The inspector calls `account` itself. Without the option `inspector` of
   * `createSpoor`, the handler gets these requests too.
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
 * @throws OptionsError for invalid options
 */
export function spoorNode(spoor: Spoor, given: NodeOptions): NodeListener {
  const { adapter, options } = checkAdapter('spoorNode', spoor, given, {
    account: optional(callback),
    handler: callback,
    inspector: optional(inspectorMount),
  })
  const { inspector } = adapter
  const mount = options.inspector
  if (mount !== undefined && inspector === undefined) adapter.warnOnce('no inspector', noInspector)
  return (incoming, outgoing) => {
    // HTTP/2's compatibility API has all members that Spoor and most handlers use. Node's types do not show that.
    const [request, response] = [incoming as IncomingMessage, outgoing as ServerResponse]
    const open = adapter.begin(request, response)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce('mounted twice', 'spoorNode is used twice on one request; leave the outermost')
    }
    const target = inspector && mount && behindMount(mount, request.url ?? '')
    void adapter.run(open, () =>
      inspector !== undefined && target !== undefined
        ? inspect(adapter, inspector, open, target, options, request, response)
        : answer(adapter, open, options, request, response),
    )
  }
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
    // Await only a promise: a handler must be able to listen before the first byte of a body.
    const later = account && adapter.identify(open, () => account(request))
    if (later !== undefined) await later
    await handler(request, response)
  } catch (error) {
    adapter.send(response, adapter.fail(open, error))
  }
}
