import { namedKind } from '../kinds.js'
import { beginQuery, type OpenQuery } from '../open-query.js'
import type { Tracing } from '../tracing.js'
import { isFollowedHost } from './mongodb.js'

const mine: unique symbol = Symbol('spoor.query')

/** A message of mongoose's channels (9.7 and later). */
interface OperationMessage {
  [mine]?: OpenQuery
  readonly operation?: unknown
  readonly collection?: unknown
  readonly database?: unknown
  readonly serverAddress?: unknown
  readonly serverPort?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

const names = [
  'mongoose:query',
  'mongoose:aggregate',
  'mongoose:model:save',
  'mongoose:model:insertMany',
  'mongoose:model:bulkWrite',
]

/** Follows mongoose by its channels. If its MongoClient is followed, the commands of that client count instead. */
export function watchMongoose(tracing: Tracing): void {
  for (const name of names) {
    tracing.on<OperationMessage>(name, 'start', (message) => {
      const { operation, collection, database, serverAddress, serverPort } = message
      if (isFollowedHost(serverAddress, serverPort)) return
      const namespace = typeof database === 'string' ? database.slice(0, 64) : undefined
      const verb = String(operation).toUpperCase()
      const summary = typeof collection === 'string' ? `${verb} ${collection}` : verb
      message[mine] = beginQuery(namedKind('mongodb', summary, namespace))
    })
    tracing.on<OperationMessage>(name, 'error', (message) => message[mine]?.fail(message.error))
    tracing.on<OperationMessage>(name, 'asyncStart', ({ [mine]: query, result }) => {
      query?.finish(Array.isArray(result) ? result.length : undefined)
    })
  }
}
