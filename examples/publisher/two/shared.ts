import { ACCOUNTS } from '../accounts.js'
import type { Config, SiteAccess } from '../config.js'
import { startEmbeddedPostgres } from '../database/embedded-postgres.js'
import { startSandboxSite } from '../sandbox/site.js'
import { startOwnRedis } from './redis.js'

/** What the two processes share. */
export interface Shared {
  /** The environment that leads a process there. */
  env: Record<string, string>
  /** In words, without passwords. */
  database: string
  redis: string
  sites: { account: string; url: string; kind: 'real' | 'sandbox' }[]
  sendWebhooksTo(url: string): void
  stop(): Promise<void>
}

/**
 * Starts what the processes share and the environment does not name: a Redis, a PostgreSQL, and a sandbox site for each
 * account without a real one.
 *
 * @throws NoRedis if REDIS_URL is not set and no Redis can be started
 */
export async function startShared(config: Config): Promise<Shared> {
  const redis = await redisOf(config)
  const database = await databaseOf(config)
  const sandboxed = ACCOUNTS.filter((account) => account !== 'acme' || config.wordpress === undefined)
  const sandboxes = await Promise.all(sandboxed.map(async (account) => ({ account, site: await startSandboxSite() })))
  const access = sandboxes.map(({ account, site: { url, user, appPassword, webhookSecret } }): [string, SiteAccess] => [
    account,
    { url, user, appPassword, webhookSecret },
  ])
  const real =
    config.wordpress === undefined ? [] : [{ account: 'acme', url: config.wordpress.url, kind: 'real' as const }]
  return {
    env: {
      // Only measured requests have a record, which every process can read.
      TRACKING_MODE: 'all',
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      SANDBOX_SITES: JSON.stringify(Object.fromEntries(access)),
    },
    database: database.description,
    redis: redis.description,
    sites: [...real, ...access.map(([account, { url }]) => ({ account, url, kind: 'sandbox' as const }))],
    sendWebhooksTo(url) {
      for (const { site } of sandboxes) site.sendWebhooksTo(url)
    },
    async stop() {
      await Promise.all([...sandboxes.map(({ site }) => site.close()), database.stop(), redis.stop()])
    },
  }
}

/** A service that is shared: its address for the processes, and how to end it. */
interface Started {
  url: string
  description: string
  stop(): Promise<void>
}

const notOurs = async (): Promise<void> => {}

async function redisOf({ redisUrl }: Config): Promise<Started> {
  if (redisUrl !== undefined) return { url: redisUrl, description: new URL(redisUrl).host, stop: notOurs }
  const redis = await startOwnRedis()
  return { ...redis, description: `${new URL(redis.url).host}, for these two processes only` }
}

async function databaseOf({ database }: Config): Promise<Started> {
  if (database === 'memory') return inMemory('DATABASE_URL is off')
  if ('url' in database) {
    const { host, pathname } = new URL(database.url)
    return { url: database.url, description: `PostgreSQL at ${host}${pathname}`, stop: notOurs }
  }
  try {
    const { connection, folder, stop } = await startEmbeddedPostgres(database.folder)
    // The folder of the socket, where other addresses have a host.
    const url = `postgres://${connection.user}@${encodeURIComponent(connection.host)}/${connection.database}`
    return { url, description: `PostgreSQL in ${folder}`, stop }
  } catch (error) {
    return inMemory(error instanceof Error ? error.message : String(error))
  }
}

function inMemory(reason: string): Started {
  return { url: 'off', description: `in the memory of each process: ${reason}`, stop: notOurs }
}
