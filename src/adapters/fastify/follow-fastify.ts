import type { Server } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { Identity } from '../../context/identity.js'
import { type Adapter, type AdapterInspector, internalsOf, type OpenRequest } from '../../lifecycle/adapter.js'
import type { Spoor } from '../../spoor.js'
import { noInspector } from '../check-adapter.js'
import { behindMount } from '../inspector-mount.js'
import { leftToSpoor } from './fastify-options.js'

/** Returns the identity of a Fastify request; undefined and null mean anonymous. */
export type FastifyResolver = (
  request: FastifyRequest,
) => Identity | undefined | null | Promise<Identity | undefined | null>

/** How requests of Fastify are followed. */
export interface FollowOptions {
  /** Returns the identity of each request. Called right after the request has its id. `undefined` and `null` mean anonymous, as by default. */
  account?: FastifyResolver | undefined
  /**
   * The path of the inspector, such as `/_spoor`. The inspector calls `account` itself. Without the option `inspector` of
   * `createSpoor`, Fastify gets these requests too.
   */
  inspector?: string | undefined
}

/**
 * Follows the requests of a Fastify instance: attaches its server, and gives each request its id, context, account and
 * route. Failures stay with the error handlers of the instance.
 */
export function followFastify(instance: FastifyInstance, spoor: Spoor, adapter: Adapter, options: FollowOptions): void {
  const { server } = instance
  const detach = internalsOf(spoor)?.lifecycle.attach(server as Server)
  // Tests make many applications with one Spoor, which must not keep their servers.
  instance.addHook('onClose', async () => detach?.())
  for (const listener of server.listeners('clientError')) {
    if (listener.name.endsWith(leftToSpoor.name)) server.off('clientError', listener as () => void)
  }
  if (options.inspector !== undefined && adapter.inspector === undefined) adapter.warnOnce('no inspector', noInspector)
  instance.addHook('onRequest', requestHook(adapter, options, instance.prefix))
}

function requestHook(
  adapter: Adapter,
  { account, inspector: path }: FollowOptions,
  prefix: string,
): onRequestHookHandler {
  const { inspector } = adapter
  const mount = path && prefix + path
  return (request, reply, done) => {
    const open = adapter.begin(request.raw, reply.raw)
    if (!adapter.markMounted(open)) {
      adapter.warnOnce('mounted twice', mountedTwice)
    }
    request.id = open.requestId
    open.route ??= routeReader(request)
    const target = inspector && mount && behindMount(mount, request.raw.url ?? '')
    adapter.run(open, () => {
      if (inspector !== undefined && target !== undefined) {
        void inspect(adapter, inspector, open, target, account, request, reply)
      } else if (account === undefined) done()
      else identified(() => adapter.identify(open, () => account(request)), done)
    })
  }
}

const mountedTwice =
  'Spoor is mounted twice on one path, the second time by spoorFastify or SpoorModule; leave one mount, the outermost'

// Not written where it is assigned: V8 puts such a function into the old generation, and with it its request (decision 0125).
function routeReader(request: FastifyRequest): () => string | undefined {
  return () => request.routeOptions.url
}

// `done` is called outside the try: it runs the hooks and the handler behind this one.
function identified(identify: () => undefined | Promise<void>, done: (error?: Error) => void): void {
  let later: undefined | Promise<void>
  try {
    later = identify()
  } catch (error) {
    done(failureFor(error))
    return
  }
  if (later === undefined) done()
  else
    later.then(
      () => done(),
      (error) => done(failureFor(error)),
    )
}

// Fastify goes on after done(undefined), done(null), done(0) and done(''). A resolver that throws one of these must still
// stop its request.
function failureFor(error: unknown): Error {
  if (error) return error as Error
  return new Error(`the account resolver threw ${JSON.stringify(error) ?? 'undefined'}`, { cause: error })
}

async function inspect(
  adapter: Adapter,
  inspector: AdapterInspector,
  open: OpenRequest,
  target: string,
  account: FastifyResolver | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack()
  adapter.sendPrivate(reply.raw, await inspector.handle(open, target, () => account?.(request)))
}
