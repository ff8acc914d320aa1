import { isIP } from 'node:net'
import type { DatabaseChoice } from './database/database.js'
import { readSecret } from './webhooks/signature.js'

/** A WordPress site, its credentials, and the secret that signs its webhooks. */
export interface SiteAccess {
  url: string
  user: string
  appPassword: string
  webhookSecret: string
}

export interface Config {
  /** 0 takes any free port. */
  port: number
  host: string
  /** The callers whose X-Request-ID is trusted: none, all, or those with these addresses. */
  trustedProxies: boolean | string[]
  /** A real site for the account acme. By default acme has a sandbox site, like every other account. */
  wordpress: SiteAccess | undefined
  wordpressTimeoutMs: number
  /** Sandbox sites that run elsewhere, by account. The service starts those that are missing. */
  sandboxes: Readonly<Record<string, SiteAccess>>
  /** Where published posts are stored. By default in a PostgreSQL that the service starts, with its data in `data/`. */
  database: DatabaseChoice
  /** Which requests are measured: those that ask for it, or all. */
  trackingMode: 'header' | 'all'
  /** How many MB of records this process keeps, as JSON. Those in Redis have a bound of their own. */
  recordsMb: number
  /** The Redis that holds the jobs and the records of requests. By default this process holds both. */
  redisUrl: string | undefined
  /** The delay before a job's second attempt. It doubles with each further attempt. */
  jobBackoffMs: number
}

/** All mistakes in the environment, in words for the person who starts the service. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the configuration from environment variables. Unset variables have defaults.
 *
 * @throws ConfigError that names each invalid variable and the expected value. It quotes no secret.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = []
  const config: Config = {
    port: integer(env, 'PORT', { default: 3000, min: 0, max: 65_535 }, problems),
    host: env.HOST || '127.0.0.1',
    trustedProxies: trustedProxies(env.TRUSTED_PROXIES, problems),
    wordpress: wordpress(env, problems),
    wordpressTimeoutMs: integer(env, 'WORDPRESS_TIMEOUT_MS', { default: 10_000, min: 1, max: 600_000 }, problems),
    sandboxes: sandboxes(env.SANDBOX_SITES, problems),
    database: database(env.DATABASE_URL, env.DATA_DIR || 'data', problems),
    trackingMode: trackingMode(env.TRACKING_MODE, problems),
    recordsMb: integer(env, 'RECORDS_MB', { default: 64, min: 1, max: 4_096 }, problems),
    redisUrl: redisUrl(env.REDIS_URL, problems),
    jobBackoffMs: integer(env, 'JOB_BACKOFF_MS', { default: 1_000, min: 1, max: 600_000 }, problems),
  }
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return config
}

function integer(
  env: Record<string, string | undefined>,
  name: string,
  allowed: { default: number; min: number; max: number },
  problems: string[],
): number {
  const text = env[name]
  if (text === undefined || text === '') return allowed.default
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= allowed.min && value <= allowed.max) return value
  problems.push(`${name}: expected a whole number from ${allowed.min} to ${allowed.max}, got ${JSON.stringify(text)}`)
  return allowed.default
}

function trustedProxies(text = '', problems: string[]): boolean | string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const [first = 'false', ...more] = entries
  if (more.length === 0 && (first === 'true' || first === 'false')) return first === 'true'
  const wrong = entries.filter((entry) => !isAddressOrRange(entry)).map((entry) => JSON.stringify(entry))
  if (wrong.length > 0) {
    problems.push(
      `TRUSTED_PROXIES: expected true, false, or addresses and ranges like 10.0.0.7, fd00::/8, got ${wrong.join(', ')}`,
    )
  }
  return entries
}

function database(text = '', folder: string, problems: string[]): DatabaseChoice {
  if (text === '') return { folder }
  if (text === 'off') return 'memory'
  // Not quoted, because it may contain a password.
  if (!isPostgresUrl(text)) {
    problems.push('DATABASE_URL: expected off, or an address like postgres://publisher@127.0.0.1:5432/publisher')
  }
  return { url: text }
}

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, pathname } = new URL(text)
  try {
    decodeURIComponent(username + password + pathname)
  } catch {
    return false
  }
  return protocol === 'postgres:' || protocol === 'postgresql:'
}

function trackingMode(text = '', problems: string[]): Config['trackingMode'] {
  if (text !== '' && text !== 'header' && text !== 'all') {
    problems.push(`TRACKING_MODE: expected header or all, got ${JSON.stringify(text)}`)
  }
  return text === 'all' ? 'all' : 'header'
}

function redisUrl(text = '', problems: string[]): string | undefined {
  if (text === '') return undefined
  const protocol = URL.canParse(text) ? new URL(text).protocol : ''
  // Not quoted, because it may contain a password.
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    problems.push('REDIS_URL: expected an address like redis://127.0.0.1:6379')
  }
  return text
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits = '0', ...more] = text.split('/')
  const version = isIP(address)
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

const SITE_VARIABLES = [
  'WORDPRESS_URL',
  'WORDPRESS_USER',
  'WORDPRESS_APP_PASSWORD',
  'WORDPRESS_WEBHOOK_SECRET',
] as const

function wordpress(env: Record<string, string | undefined>, problems: string[]): SiteAccess | undefined {
  const [url = '', user = '', appPassword = '', webhookSecret = ''] = SITE_VARIABLES.map((name) => env[name])
  const missing = SITE_VARIABLES.filter((name) => !env[name])
  if (missing.length === SITE_VARIABLES.length) return undefined
  if (missing.length > 0) {
    const plural = missing.length === 1 ? 'is' : 'are'
    problems.push(
      `${missing.join(', ')} ${plural} missing: a real WordPress site needs all of ${SITE_VARIABLES.join(', ')}`,
    )
    return undefined
  }
  if (!isSiteUrl(url)) {
    problems.push('WORDPRESS_URL: expected an address like https://blog.example, without user, password, query or #')
  }
  if (user.includes(':')) problems.push('WORDPRESS_USER: a user name cannot contain ":"')
  if (readSecret(webhookSecret) === undefined) {
    problems.push('WORDPRESS_WEBHOOK_SECRET: expected whsec_ and then at least 16 bytes as base64')
  }
  return { url: url.replace(/\/+$/, ''), user, appPassword, webhookSecret }
}

/** JSON, as one process of several gets it from the process that starts them. */
function sandboxes(text = '', problems: string[]): Record<string, SiteAccess> {
  if (text === '') return {}
  try {
    const sites = Object.entries(JSON.parse(text) as Record<string, SiteAccess>)
    return Object.fromEntries(
      sites.map(([account, { url, user, appPassword, webhookSecret }]) => {
        if (!isSiteUrl(url) || readSecret(webhookSecret) === undefined) throw new TypeError(account)
        return [account, { url, user, appPassword, webhookSecret }]
      }),
    )
  } catch {
    // Not quoted, because it contains passwords.
    problems.push('SANDBOX_SITES: expected JSON like {"acme":{"url":…,"user":…,"appPassword":…,"webhookSecret":…}}')
    return {}
  }
}

function isSiteUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return plain && (url.protocol === 'https:' || url.protocol === 'http:')
}
