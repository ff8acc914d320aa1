import { meet } from '../process/met.js'
import { typeName } from '../safe-values/type-name.js'
import { followIoredis, isIoredis } from './clients/ioredis.js'
import { followMongo, isMongo } from './clients/mongodb.js'
import { followMysql2, isMysql2 } from './clients/mysql2.js'
import { followNodeRedis, isNodeRedis } from './clients/node-redis.js'
import { followPg, isPg } from './clients/pg.js'
import { followPostgresJs, isPostgresJs } from './clients/postgres-js.js'
import { followSqlite, isSqlite } from './clients/sqlite.js'
import { isFollowing, reportFault } from './registry.js'

/** How to recognise and follow one kind of client. */
interface ClientKind {
  readonly name: string
  /** The name of its package. */
  readonly package: string
  is(client: object): boolean
  /** Follows the client. Returns the client, or an object that the service uses in its place. */
  follow(client: object): object
}

const kinds: readonly ClientKind[] = [
  { name: 'a pool or client of pg', package: 'pg', is: isPg, follow: followPg },
  { name: 'a pool or connection of mysql2', package: 'mysql2', is: isMysql2, follow: followMysql2 },
  { name: 'a client of ioredis', package: 'ioredis', is: isIoredis, follow: followIoredis },
  { name: 'a client or pool of node-redis', package: 'redis', is: isNodeRedis, follow: followNodeRedis },
  { name: 'the sql of postgres.js', package: 'postgres', is: isPostgresJs, follow: followPostgresJs },
  { name: 'a MongoClient', package: 'mongodb', is: isMongo, follow: followMongo },
  { name: 'a database of node:sqlite or better-sqlite3', package: 'sqlite', is: isSqlite, follow: followSqlite },
]

const accepted = `${kinds.map(({ name }) => name).join(', ')}; for anything else write follow({ system, summary }, fn)`

/**
 * Follows the queries of a client, and returns the client, or an object to use in its place. Does nothing for a client that is
 * followed already.
 *
 * @throws TypeError for a client that Spoor does not know
 */
export function followClient<T extends object>(client: T): T {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null)
    throw new TypeError(`follow: expected ${accepted}, got ${typeName(client)}`)
  const kind = kinds.find(({ is }) => isOfKind(is, client))
  if (kind === undefined) throw new TypeError(`follow: expected ${accepted}, got another object`)
  // Once the last instance is closed, nothing would undo it.
  if (!isFollowing()) return client
  meet(kind.package)
  return kind.follow(client) as T
}

// A getter of an unknown object may throw.
function isOfKind(is: (client: object) => boolean, client: object): boolean {
  try {
    return is(client)
  } catch (error) {
    reportFault(error)
    return false
  }
}
