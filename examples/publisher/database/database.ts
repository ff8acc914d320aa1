import pg from 'pg'
import { logs } from '../logs.js'
import { codeOf } from '../refusal.js'
import { atMost } from '../time-limit.js'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js'
import { postsInMemory } from './in-memory.js'
import { postsInPostgres } from './in-postgres.js'
import type { PostStore } from './post-store.js'

/** Where posts are to be stored: in a database, in one that this service starts with its data in a folder, or in memory. */
export type DatabaseChoice = { url: string } | { folder: string } | 'memory'

export interface Database {
  posts: PostStore
  /** For `spoor.follow`; undefined in memory. */
  pool: pg.Pool | undefined
  /** For the start message: where posts are stored, and why not in PostgreSQL. It has no user or password. */
  description: string
  close(): Promise<void>
}

const log = logs.get('database')

/** Publishing does not wait longer for a database that is away. */
const LIMITS = { max: 10, connectionTimeoutMillis: 5_000, query_timeout: 5_000, statement_timeout: 5_000 }

/** The time that open queries have when the service stops. */
const PATIENCE_MS = 300

/** Opens the database that was chosen. Never throws: the service runs without one, too. */
export async function openDatabase(choice: DatabaseChoice): Promise<Database> {
  if (choice === 'memory') return inMemory('DATABASE_URL is off')
  if ('url' in choice) return atUrl(choice.url)
  try {
    return await embedded(await startEmbeddedPostgres(choice.folder))
  } catch (error) {
    return inMemory(error instanceof Error ? error.message : String(error))
  }
}

function inMemory(reason: string): Database {
  return { posts: postsInMemory(), pool: undefined, description: `in memory: ${reason}`, close: async () => {} }
}

async function atUrl(url: string): Promise<Database> {
  const { host, pathname } = new URL(url)
  const { pool, posts, state } = await overPool({ connectionString: url })
  return { posts, pool, description: `PostgreSQL at ${host}${pathname}${state}`, close: () => endPool(pool) }
}

async function embedded(postgres: EmbeddedPostgres): Promise<Database> {
  const { pool, posts, state } = await overPool(postgres.connection)
  let isClosing = false
  void postgres.ended.then(() => {
    if (!isClosing) log.error('PostgreSQL has ended: posts are not stored until the service starts again')
  })
  const close = async (): Promise<void> => {
    isClosing = true
    await endPool(pool)
    await postgres.stop()
  }
  return { posts, pool, description: `PostgreSQL in ${postgres.folder}${state}`, close }
}

/** The database may be away at the start: its tables are created when it answers. */
async function overPool(connection: pg.PoolConfig): Promise<{ pool: pg.Pool; posts: PostStore; state: string }> {
  const pool = createPool(connection)
  const posts = postsInPostgres(pool)
  const failure = await posts.prepare().catch((error: unknown) => codeOf(error) ?? 'no answer')
  return { pool, posts, state: failure === undefined ? '' : `, which does not work now (${failure})` }
}

/** A pool that outlives its connections: without listeners, a lost connection would end the process. */
function createPool(connection: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...connection, ...LIMITS })
  // While a query runs, the query fails with the same error, which is logged there.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => log.warn({ code: codeOf(error) }, 'an idle connection to the database was lost'))
  return pool
}

async function endPool(pool: pg.Pool): Promise<void> {
  if (!pool.ending) await atMost(PATIENCE_MS, pool.end())
}
