import { runDetached } from '../../context/storage.js'
import { asOwnWork } from '../../process/own-work.js'

/** An argument of a command. */
export type Argument = string | Buffer

/** Sends one command about `key`, and resolves with its reply. */
export type Send = (key: string, command: readonly Argument[]) => Promise<unknown>

type Method = (...args: unknown[]) => Promise<unknown>

interface Client {
  readonly call?: Method
  readonly sendCommand?: Method
  readonly masters?: unknown
  readonly acquire?: unknown
  readonly use?: unknown
  readonly status?: unknown
}

/** Replies are texts, whatever types the service has its client make of its own. */
const plainReplies = { typeMapping: {} }

/** True for a client of ioredis or node-redis, for one server, for Sentinel or for a cluster. */
export function isRedisClient(value: unknown): value is object {
  const client = value as Client | null | undefined
  return senderOf(client) !== undefined
}

/**
 * Makes the one way to a client. The commands run outside any request, are charged to Spoor's overhead, and are on no request
 * line, even if the service follows its client.
 */
export function commandsOf(client: object): Send {
  const send = senderOf(client as Client) as Send
  return (key, command) => runDetached(() => asOwnWork(() => send(key, command)))
}

function senderOf(client: Client | null | undefined): Send | undefined {
  if (typeof client !== 'object' || client === null) return undefined
  // ioredis has `sendCommand`, too, for its own command objects.
  if (typeof client.call === 'function' && typeof client.status === 'string')
    return (_, [name, ...args]) => (client.call as Method)(name, ...args)
  // The legacy form of node-redis has no `isOpen`: it takes a callback, and returns no reply.
  if (typeof client.sendCommand !== 'function' || !('isOpen' in client)) return undefined
  const sendCommand: Method = (...args) => (client.sendCommand as Method)(...args, plainReplies)
  // The three kinds of clients of node-redis differ in what comes before the command.
  if ('masters' in client) return (key, command) => sendCommand(key, false, command)
  if ('acquire' in client && 'use' in client) return (_, command) => sendCommand(false, command)
  return (_, command) => sendCommand(command)
}
