import { oncePerProcess } from '../../process/once.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isPromise } from '../../process/promises.js'
import { isFollowed, markFollowed } from '../followed.js'
import { namedKind, shownCommand } from '../kinds.js'
import { beginQuery, beginUnknown, type OpenQuery } from '../open-query.js'
import { beginWait, type OpenWait } from '../open-wait.js'
import { runIn } from '../run-in.js'
import type { Tracing } from '../tracing.js'

const system = 'redis'
const mine: unique symbol = Symbol('spoor.query')

/** A message of the channels of node-redis (5.12 and later). */
interface CommandMessage {
  [mine]?: OpenQuery
  readonly command?: unknown
  /** `MULTI` or `PIPELINE` for a command of a batch, which counts as one query. */
  readonly batchMode?: unknown
  readonly clientId?: unknown
  readonly error?: unknown
}

// Clients of pools that are not followed. Their commands run in the context of the code that gave a client back.
const pooled: Set<unknown> = oncePerProcess('queries.node-redis.1', () => new Set())
const maxPooled = 10_000

/** Follows all clients of node-redis by its channels, except the clients of pools that are not followed. */
export function watchNodeRedis(tracing: Tracing): void {
  tracing.onPlain<CommandMessage>('node-redis:pool:connection-wait', notePooled)
  tracing.onPlain<CommandMessage>('node-redis:connection:closed', ({ clientId }) => pooled.delete(clientId))
  const begin = (message: CommandMessage, name: unknown): void => {
    if (pooled.has(message.clientId)) beginUnknown()
    else message[mine] = beginQuery(namedKind(system, shownCommand(name)))
  }
  tracing.on<CommandMessage>('node-redis:command', 'start', (message) => {
    if (message.batchMode === undefined) begin(message, message.command)
  })
  tracing.on<CommandMessage>('node-redis:batch', 'start', (message) => begin(message, message.batchMode))
  for (const name of ['node-redis:command', 'node-redis:batch']) {
    tracing.on<CommandMessage>(name, 'error', (message) => message[mine]?.fail(message.error))
    tracing.on<CommandMessage>(name, 'asyncStart', (message) => message[mine]?.finish())
    // A closed client rejects at once, without the event `asyncStart`.
    tracing.on<CommandMessage>(name, 'end', (message) => {
      if (message.error !== undefined) message[mine]?.fail(message.error)
    })
  }
}

function notePooled({ clientId }: CommandMessage): void {
  if (clientId !== undefined && pooled.size < maxPooled) pooled.add(clientId)
}

/** True for a pool, or a client, of node-redis. */
export function isNodeRedis(client: object): boolean {
  return isPool(client) || isClient(client)
}

/** Follows a pool. The channels follow the commands of other clients. */
export function followNodeRedis(client: object): object {
  if (isPool(client)) followPool(client)
  return client
}

function isPool(client: object): boolean {
  const { execute, totalClients, tasksQueueLength } = client as Record<string, unknown>
  return typeof execute === 'function' && typeof totalClients === 'number' && typeof tasksQueueLength === 'number'
}

function isClient(client: object): boolean {
  const { sendCommand, duplicate, isOpen, isReady } = client as Record<string, unknown>
  const methods = [sendCommand, duplicate]
  return typeof isOpen === 'boolean' && typeof isReady === 'boolean' && methods.every((it) => typeof it === 'function')
}

/** Runs `fn` of a pool's `execute` in the context that asked, and measures the wait for a client. */
function followPool(client: object): void {
  // A pool is a view of the real one, and so are those that its `withTypeMapping` returns.
  const { _self: pool = client } = client as { _self?: object }
  if (isFollowed(pool)) return
  const restore = patch(pool, 'execute', (below: Patchable) => {
    return function (this: unknown, fn: unknown, ...rest: unknown[]) {
      if (typeof fn !== 'function') return Reflect.apply(below, this, [fn, ...rest])
      const wait = beginWait(system)
      const run = runIn(wait.context, fn as Patchable)
      const taken = (one: { readonly _clientId?: unknown }): unknown => {
        wait.finish()
        // All commands that `fn` sends belong to the request that asked, also later ones.
        pooled.delete(one._clientId)
        return run(one)
      }
      const result: unknown = Reflect.apply(below, this, [taken, ...rest])
      return isPromise(result) ? failing(result, wait) : result
    }
  })
  markFollowed(pool, restore)
}

/** Ends the wait of a caller that gets no client. Pass the returned promise to the caller. */
function failing(result: PromiseLike<unknown>, wait: OpenWait): PromiseLike<unknown> {
  return result.then(undefined, (error) => {
    wait.finish(undefined, error)
    throw error
  })
}
