import { knownContext } from '../../context/known-context.js'
import type { WorkContext } from '../../context/request-context.js'
import { oncePerProcess } from '../../process/once.js'
import { isFollowed, markFollowed } from '../followed.js'
import { namedKind, shownCommand } from '../kinds.js'
import { beginQuery, type OpenQuery } from '../open-query.js'
import { beginWait, type OpenWait } from '../open-wait.js'

/*
 * The driver of MongoDB, by its command monitoring
 * (https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/monitoring/). A command starts in the context
 * that asked. The event for a connection that the pool hands over comes in the context of the code that gave the connection
 * back, so it is not used.
 */

const system = 'mongodb'

type Listener = (event: MongoEvent) => void

interface MongoClient {
  readonly options: { readonly hosts?: readonly { readonly host?: unknown; readonly port?: unknown }[] }
  readonly monitorCommands?: unknown
  on(event: string, listener: Listener): unknown
  off(event: string, listener: Listener): unknown
}

interface MongoEvent {
  readonly requestId: number
  readonly commandName: string
  readonly databaseName?: unknown
  readonly command?: object
  readonly reply?: unknown
  readonly failure?: unknown
  readonly error?: unknown
}

const followedHosts: Map<string, number> = oncePerProcess('queries.mongodb.1', () => new Map())

/** True for a server of a followed client. The queries to it are known already. */
export function isFollowedHost(host: unknown, port: unknown): boolean {
  return followedHosts.has(`${host}:${port}`)
}

/** True for a client of the driver. */
export function isMongo(client: object): boolean {
  const { db, startSession, on, options } = client as Record<string, unknown>
  return [db, startSession, on].every((method) => typeof method === 'function') && typeof options === 'object'
}

/**
 * Follows the commands of a client.
 *
 * @throws TypeError for a client that does not publish its commands
 */
export function followMongo(client: object): object {
  if (isFollowed(client)) return client
  const mongo = client as MongoClient
  if (mongo.monitorCommands !== true)
    throw new TypeError(
      'follow: expected a MongoClient that publishes its commands, got one without monitorCommands; ' +
        'write new MongoClient(url, { monitorCommands: true })',
    )
  const listeners = Object.entries(listenersOf())
  for (const [event, listener] of listeners) mongo.on(event, listener)
  const forgetHosts = noteHosts(mongo)
  markFollowed(client, () => {
    for (const [event, listener] of listeners) mongo.off(event, listener)
    forgetHosts()
  })
  return client
}

function listenersOf(): Record<string, Listener> {
  const open = new Map<number, OpenQuery>()
  const waits = new Waits()
  const end = (requestId: number, how: (query: OpenQuery) => void): void => {
    const query = open.get(requestId)
    open.delete(requestId)
    if (query !== undefined) how(query)
  }
  return {
    connectionCheckOutStarted: () => waits.begin(),
    connectionCheckOutFailed: ({ error }) => waits.finish(error ?? 'failed'),
    commandStarted: ({ requestId, commandName, databaseName, command }) => {
      waits.finish()
      const namespace = typeof databaseName === 'string' ? databaseName.slice(0, 64) : undefined
      open.set(requestId, beginQuery(namedKind(system, summaryOf(commandName, command), namespace)))
    },
    commandSucceeded: ({ requestId, reply }) => end(requestId, (query) => query.finish(rowsOf(reply))),
    commandFailed: ({ requestId, failure }) => end(requestId, (query) => query.fail(failure)),
  }
}

/** The waits for a connection, each ended by the next command of its own context. */
class Waits {
  readonly #open = new Map<WorkContext, OpenWait[]>()

  begin(): void {
    const wait = beginWait(system)
    const { context } = wait
    if (context === undefined) return
    const own = this.#open.get(context)
    if (own === undefined) this.#open.set(context, [wait])
    else own.push(wait)
  }

  /** @param error the reason why there is no connection. A closed pool reports it in any context, and serves its queue in order */
  finish(error?: unknown): void {
    const here = knownContext()
    const [oldest] = this.#open.keys()
    const context = here !== undefined && this.#open.has(here) ? here : error === undefined ? undefined : oldest
    if (context === undefined) return
    const waits = this.#open.get(context)
    waits?.shift()?.finish(undefined, error)
    if (waits?.length === 0) this.#open.delete(context)
  }
}

// The commands whose first member is a collection. That of others is a value: `createUser: 'ann'`.
const ofCollection: ReadonlySet<string> = new Set([
  ...['aggregate', 'bulkWrite', 'collMod', 'collStats', 'compact', 'count', 'create', 'createIndexes'],
  ...['createSearchIndexes', 'delete', 'distinct', 'drop', 'dropIndexes', 'dropSearchIndex', 'explain', 'find'],
  ...['findAndModify', 'insert', 'killCursors', 'listIndexes', 'mapReduce', 'update', 'updateSearchIndex', 'validate'],
])

/** The names of the command and of its collection, such as `FIND posts`. Nothing else of the command is kept. */
function summaryOf(commandName: string, command: object | undefined): string {
  const named = command as Record<string, unknown> | undefined
  const member = ofCollection.has(commandName) ? commandName : commandName === 'getMore' ? 'collection' : undefined
  const collection = member === undefined ? undefined : named?.[member]
  const name = shownCommand(commandName)
  return typeof collection === 'string' ? `${name} ${collection}` : name
}

/** The number of documents that came back, or that were written. */
function rowsOf(reply: unknown): number | undefined {
  const { cursor, n } = (reply ?? {}) as { cursor?: { firstBatch?: unknown; nextBatch?: unknown }; n?: unknown }
  for (const batch of [cursor?.firstBatch, cursor?.nextBatch]) if (Array.isArray(batch)) return batch.length
  return typeof n === 'number' ? n : undefined
}

function noteHosts({ options }: MongoClient): () => void {
  const hosts = (options.hosts ?? []).map(({ host, port }) => `${host}:${port}`)
  for (const host of hosts) followedHosts.set(host, (followedHosts.get(host) ?? 0) + 1)
  return () => {
    for (const host of hosts) {
      const left = (followedHosts.get(host) ?? 1) - 1
      if (left > 0) followedHosts.set(host, left)
      else followedHosts.delete(host)
    }
  }
}
