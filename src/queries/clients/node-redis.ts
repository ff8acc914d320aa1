import { currentContext } from '../../context/storage.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isFollowed, markFollowed } from '../followed.js'
import { namedKind } from '../kinds.js'
import { beginQuery, beginUnknown, type OpenQuery } from '../open-query.js'
import { beginWait } from '../open-wait.js'
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

// Clients of pools. Their commands run in the context of the code that gave a client back, unless the pool is followed.
const pooled = new Set<unknown>()
const maxPooled = 10_000
/** True while `fn` of a followed pool's `execute` runs: the context is right there. */
let isInPool = false

/** Follows all clients of node-redis by its channels, except the clients of pools that are not followed. */
export function watchNodeRedis(tracing: Tracing): void {
  tracing.on<CommandMessage>('node-redis:pool:connection-wait', 'start', notePooled)
  tracing.onPlain<CommandMessage>('node-redis:pool:connection-wait', notePooled)
  const begin = (message: CommandMessage, name: unknown): void => {
    if (pooled.has(message.clientId) && !isInPool) beginUnknown()
    else message[mine] = beginQuery(namedKind(system, String(name).toUpperCase()))
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

/** True for a pool of node-redis. */
export function isNodeRedisPool(client: object): boolean {
  const { execute, totalClients, tasksQueueLength } = client as Record<string, unknown>
  return typeof execute === 'function' && typeof totalClients === 'number' && typeof tasksQueueLength === 'number'
}

/** Follows a pool: runs `fn` of `execute` in the context that asked, and measures the wait for a client. */
export function followNodeRedisPool(pool: object): object {
  if (isFollowed(pool)) return pool
  const restore = patch(pool, 'execute', (below: Patchable) => {
    return function (this: unknown, fn: unknown, ...rest: unknown[]) {
      if (typeof fn !== 'function') return Reflect.apply(below, this, [fn, ...rest])
      const context = currentContext()
      const wait = beginWait(system)
      const run = runIn(context, (client: unknown) => inPool(() => fn(client)))
      const result = Reflect.apply(below, this, [
        (client: unknown) => {
          wait.finish()
          return run(client)
        },
        ...rest,
      ])
      return result
    }
  })
  markFollowed(pool, restore)
  return pool
}

function inPool<T>(fn: () => T): T {
  const before = isInPool
  isInPool = true
  try {
    return fn()
  } finally {
    isInPool = before
  }
}
