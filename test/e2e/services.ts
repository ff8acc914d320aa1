// Real services for the end-to-end tests, from Debian's packages (scripts/services/apt-install.sh), PostgreSQL from npm.
// Where they are not installed a test leaves itself out, by name:
// `describe.skipIf(!available('wordpress'))('publishing to WordPress', …)`.
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mariaDbPrograms } from './mariadb.js'
import { postgresFiles } from './postgres.js'

export type ServiceName = 'wordpress' | 'redis' | 'chromium' | 'postgres' | 'mariadb' | 'prometheus'

const needs: Record<ServiceName, readonly string[]> = {
  wordpress: ['php', 'mariadbd', 'mariadb-install-db', 'mariadb', 'curl', '/usr/share/wordpress/wp-settings.php'],
  redis: ['redis-server', 'redis-cli'],
  chromium: ['chromium'],
  postgres: postgresFiles,
  mariadb: mariaDbPrograms,
  prometheus: ['prometheus'],
}

/** Whether what a service needs is installed on this machine. */
export function available(service: ServiceName): boolean {
  return needs[service].every((file) => find(file) !== undefined)
}

/** Where Chromium is, for playwright-core's `chromium.launch({ executablePath })`; it adds --no-sandbox by itself. */
export function chromiumPath(): string {
  const path = find('chromium')
  if (!path) throw new Error('there is no chromium: ask available() first')
  return path
}

export interface WordPress {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** `url` + `/wp-json` */
  readonly restUrl: string
  readonly user: string
  /** An application password, for Basic authentication on the REST API. */
  readonly appPassword: string
  /** Ends PHP and MariaDB; `purge` removes the site's folder too. */
  stop(options?: { purge?: boolean }): Promise<void>
  /** Ends both as a crash would. */
  kill(): Promise<void>
}

export interface WordPressOptions {
  /** The site's folder, made when missing; a folder that holds a site gives that site again, with its posts. */
  readonly dir: string
  /** Where the site posts to when a post's status changes. Known at start only: a running site keeps its own. */
  readonly webhookUrl?: string
  /** `whsec_…` (Base64): signs the webhooks as Standard Webhooks say. */
  readonly webhookSecret?: string
}

/** Starts a real WordPress on a free loopback port: 2 to 4 s in a new folder, then 1 s. */
export async function startWordPress({ dir, webhookUrl, webhookSecret }: WordPressOptions): Promise<WordPress> {
  const site = await start('wordpress-up.sh', [dir], {
    ...(webhookUrl && { WP_WEBHOOK_URL: webhookUrl }),
    ...(webhookSecret && { WP_WEBHOOK_SECRET: webhookSecret }),
  })
  return {
    url: String(site.url),
    restUrl: String(site.restUrl),
    user: String(site.user),
    appPassword: String(site.appPassword),
    stop: async ({ purge = false } = {}) => {
      await script('wordpress-down.sh', [...(purge ? ['--purge'] : []), dir])
    },
    kill: async () => {
      await script('wordpress-down.sh', ['--kill', dir])
    },
  }
}

export interface Redis {
  /** `redis://127.0.0.1:port` */
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface RedisOptions {
  readonly dir: string
  /** Default: a free one. */
  readonly port?: number
  /** Whether what it holds outlives it (`appendonly`). Default: false, it is gone with the process. */
  readonly keepsData?: boolean
}

/** Starts a Redis on a loopback port; its pid, port, log and data are kept in `dir`. */
export async function startRedis({ dir, port, keepsData = false }: RedisOptions): Promise<Redis> {
  const args = [dir, ...(port === undefined ? [] : [String(port)])]
  const { url, pid } = await start('redis-up.sh', args, { REDIS_APPENDONLY: keepsData ? 'yes' : 'no' })
  return {
    url: String(url),
    pid: Number(pid),
    stop: async () => {
      await script('redis-up.sh', ['--stop', dir])
    },
  }
}

async function start(name: string, args: string[], env?: Record<string, string>): Promise<Record<string, unknown>> {
  const output = await script(name, args, env)
  return JSON.parse(output) as Record<string, unknown>
}

async function script(name: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const path = fileURLToPath(new URL(`../../scripts/services/${name}`, import.meta.url))
  const { stdout } = await promisify(execFile)('bash', [path, ...args], {
    env: { ...process.env, ...env },
    timeout: 150_000,
  })
  return stdout
}

// A user's PATH may lack the sbin folders, where Debian puts mariadbd.
function find(file: string): string | undefined {
  const folders = file.startsWith('/') ? ['/'] : [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, file)).find(isReadable)
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
