import type { WorkContext } from '../../context/request-context.js'
import { currentContext } from '../../context/storage.js'
import { type Patchable, patch } from '../../process/patch.js'
import { isFollowed, markFollowed } from '../followed.js'
import { namedKind } from '../kinds.js'
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
  sendCommand: Patchable
  pipeline: Patchable
}

// A client sends these itself when it connects, in the context of the code that made it connect.
const greeting: ReadonlySet<string> = new Set(['info', 'client', 'select', 'auth', 'hello', 'readonly'])

/** True for a client or cluster of ioredis. */
export function isIoredis(client: object): boolean {
  const { sendCommand, pipeline, status, duplicate } = client as Record<string, unknown>
  const methods = [sendCommand, pipeline, duplicate]
  return typeof status === 'string' && methods.every((method) => typeof method === 'function')
}

/** Follows the commands of a client of ioredis. */
export function followIoredis(client: object): object {
  if (isFollowed(client)) return client
  const restoreSend = patch(client, 'sendCommand', (below: Patchable) => {
    return function (this: IoredisClient, command: Command, ...rest: unknown[]) {
      follow(this, command)
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
  })
  return client
}

function noteContext(below: Patchable): Patchable {
  return function (this: unknown, command: Command, ...rest: unknown[]) {
    command[asked] ??= { context: currentContext() }
    return Reflect.apply(below, this, [command, ...rest])
  }
}

/** ioredis passes a command through `sendCommand` again when the queue is flushed, and after a reconnect. */
function follow({ status }: IoredisClient, command: Command): void {
  const before = command[asked]
  const name = String(command.name).toLowerCase()
  if (before === 'sent' || (status !== 'ready' && greeting.has(name))) return
  command[asked] = 'sent'
  const context = before === undefined ? currentContext() : before.context
  const open = beginQueryOf(context, namedKind(system, name.toUpperCase()))
  const { resolve, reject } = command
  // With a listener on the command's promise instead, Node would not report a rejection that nothing handles.
  command.resolve = (value) => {
    open.finish()
    resolve(value)
  }
  command.reject = (error) => {
    open.fail(error)
    reject(error)
  }
}
