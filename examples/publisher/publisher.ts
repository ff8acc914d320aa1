import { createServer } from 'node:http'
import type { Spoor } from 'spoor'
import { ACCOUNTS } from './accounts.js'
import { createApp } from './app.js'
import type { Config, SiteAccess } from './config.js'
import { openDatabase } from './database/database.js'
import { inProcessJobs } from './jobs/in-process.js'
import type { Jobs } from './jobs/jobs.js'
import type { SharedRecords } from './records.js'
import { type SandboxSite, startSandboxSite } from './sandbox/site.js'
import { addressOf, closeServer, listen } from './server.js'
import type { Site } from './sites.js'
import { followRequests } from './spoor.js'
import { atMost } from './time-limit.js'
import { wordPress } from './wordpress/client.js'

/** A running service. */
export interface Publisher {
  /** For example http://127.0.0.1:3000 */
  url: string
  sites: Site[]
  /** Where posts are stored, in words. */
  database: string
  /** Refuses new requests, finishes open requests, and stops everything that was started. */
  close(): Promise<void>
}

/** The time that open requests have when the service stops. `docker stop` kills it after 10 s. */
const PATIENCE_MS = 4_500
/** The time that running jobs have after that. BullMQ attempts a job again if its worker goes away. */
const JOB_PATIENCE_MS = 2_000

/**
 * Starts the service, its database, and a sandbox site for each account that has no real one.
 *
 *     const publisher = await startPublisher(readConfig(process.env))
 *     console.log(publisher.url)
 *     await publisher.close()
 */
export async function startPublisher(config: Config): Promise<Publisher> {
  const database = await openDatabase(config.database)
  const sandboxes: SandboxSite[] = []

  async function siteOf(account: string): Promise<Site> {
    const real = account === 'acme' ? config.wordpress : undefined
    const access = real ?? config.sandboxes[account] ?? (await startSandbox())
    const client = wordPress({ ...access, timeoutMs: config.wordpressTimeoutMs })
    const { url, webhookSecret } = access
    const storedPosts = database.posts.of(account)
    return { account, url, kind: real ? 'real' : 'sandbox', wordPress: client, storedPosts, webhookSecret }
  }

  async function startSandbox(): Promise<SiteAccess> {
    const sandbox = await startSandboxSite()
    sandboxes.push(sandbox)
    return sandbox
  }

  const sites = await Promise.all(ACCOUNTS.map(siteOf))
  const records = await recordsOf(config)
  const spoor = followRequests(config, sites, records?.store)
  if (database.pool) spoor.follow(database.pool) // every query is on the line of its request
  const jobs = await jobsOf(config, spoor, sites)
  const server = createServer(createApp(spoor, sites, jobs))
  spoor.attach(server) // every request has its id before other code runs

  async function close(): Promise<void> {
    if (server.listening) await closeServer(server, PATIENCE_MS)
    await atMost(JOB_PATIENCE_MS, jobs.close())
    await Promise.all([database.close(), ...sandboxes.map((sandbox) => sandbox.close())])
    await spoor.close()
    records?.disconnect()
  }

  try {
    await listen(server, config.port, config.host)
  } catch (error) {
    await close()
    throw error
  }
  const url = addressOf(server)
  for (const sandbox of sandboxes) sandbox.sendWebhooksTo(`${url}/api/v1/webhooks/wordpress`)
  return { url, sites, database: database.description, close }
}

/** The client of Redis is loaded only when it is used. */
async function recordsOf({ redisUrl }: Config): Promise<SharedRecords | undefined> {
  if (redisUrl === undefined) return undefined
  const { recordsInRedis } = await import('./records.js')
  return recordsInRedis(redisUrl)
}

/** BullMQ is loaded only when it is used. */
async function jobsOf({ redisUrl, jobBackoffMs }: Config, spoor: Spoor, sites: Site[]): Promise<Jobs> {
  if (redisUrl === undefined) return inProcessJobs(spoor, sites, jobBackoffMs)
  const { jobsOverRedis } = await import('./jobs/over-redis.js')
  return jobsOverRedis(spoor, sites, redisUrl, jobBackoffMs)
}
