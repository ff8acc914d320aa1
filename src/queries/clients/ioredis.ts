import { knownContext } from '../../context/known-context.js'
import type { WorkContext } from '../../context/request-context.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isFollowed, markFollowed } from '../followed.js'
import { namedKind, shownCommand } from '../kinds.js'
import { beginQueryOf } from '../open-query.js'

/*
 * ioredis 5 and 6. Its diagnostics channels are not used for two reasons: a subscriber to `ioredis:command` silences unhandled
 * rejections of commands, and the channels run in the context that opened the connection. All commands of a client go through
 * `sendCommand`. Commands of a pipeline go there later, from another context, so their context is noted when they are queued.
 */

const system = 'redis'
const asked: unique symbol = Symbol('spoor.asked')

interface Command {
  /** The context that asked; `sent` once the command is followed. */
  [asked]?: { readonly context: WorkContext | undefined } | 'sent'
  readonly name: unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

interface IoredisClient {
  readonly status: string
  on(event: 'ready' | 'close', listener: () => void): unknown
  off(event: 'ready' | 'close', listener: () => void): unknown
}

// A client sends these itself when it connects or connects again, in the context of the code that made it connect.
const greeting: ReadonlySet<string> = new Set([
  'info',
  'client',
  'select',
  'auth',
  'hello',
  'readonly',
  'subscribe',
  'psubscribe',
  'ssubscribe',
])

/** True for a client or cluster of ioredis. */
export function isIoredis(client: object): boolean {
  const { sendCommand, pipeline, status, duplicate, on } = client as Record<string, unknown>
  const methods = [sendCommand, pipeline, duplicate, on]
  return typeof status === 'string' && methods.every((method) => typeof method === 'function')
}

/** Follows the commands of a client of ioredis. */
export function followIoredis(client: object): object {
  if (isFollowed(client)) return client
  const redis = client as IoredisClient
  // The status is `ready` before the client sends its last greetings; the event comes after them.
  let isReady = redis.status === 'ready'
  const onReady = (): void => {
    isReady = true
  }
  const onClose = (): void => {
    isReady = false
  }
  redis.on('ready', onReady)
  redis.on('close', onClose)
  const isGreeting = (name: string): boolean => {
    const isConnecting = redis.status === 'connect' || (redis.status === 'ready' && !isReady)
    return isConnecting && greeting.has(name)
  }
  const restoreSend = patch(client, 'sendCommand', (below: Patchable) => {
    return function (this: unknown, command: Command, ...rest: unknown[]) {
      follow(command, isGreeting)
      return Reflect.apply(below, this, [command, ...rest])
    }
  })
  const restorePipeline = patch(client, 'pipeline', (below: Patchable) => {
    return function (this: unknown, ...args: unknown[]) {
      const pipeline = Reflect.apply(below, this, args) as object
      // A pipeline lives only as long as its commands, so it need not be restored.
      patch(pipeline, 'sendCommand', noteContext)
      return pipeline
    }
  })
  markFollowed(client, () => {
    restoreSend()
    restorePipeline()
    redis.off('ready', onReady)
    redis.off('close', onClose)
  })
  return client
}

function noteContext(below: Patchable): Patchable {
  return function (this: unknown, command: Command, ...rest: unknown[]) {
    command[asked] ??= { context: knownContext() }
    return Reflect.apply(below, this, [command, ...rest])
  }
}

/** ioredis passes a command through `sendCommand` again when the queue is flushed, and after a reconnect. */
function follow(command: Command, isGreeting: (name: string) => boolean): void {
  const before = command[asked]
  if (before === 'sent') return
  const name = String(command.name).toLowerCase()
  if (before === undefined && isGreeting(name)) {
    // A command of the service is in the queue now, and comes here again.
    command[asked] = { context: knownContext() }
    return
  }
  command[asked] = 'sent'
  const context = before === undefined ? knownContext() : before.context
  const open = beginQueryOf(context, namedKind(system, shownCommand(name)))
  const { resolve, reject } = command
  // With a listener on the command's promise instead, Node would not report a rejection that nothing handles.
  // V8 puts a function that is written where a member is assigned into the old generation, with all it refers to (decision 0125).
  const followed: Pick<Command, 'resolve' | 'reject'> = {
    resolve: (value) => {
      open.finish()
      resolve(value)
    },
    reject: (error) => {
      open.fail(error)
      reject(error)
    },
  }
  Object.assign(command, followed)
}
