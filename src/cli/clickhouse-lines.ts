import { clickhouseSource } from '../reading/clickhouse/clickhouse-lines.js'
import type { LineSource } from '../reading/line-source.js'
import { UsageError } from './command.js'

/** Lines in ClickHouse, and where they are, without the password. */
export interface ClickhouseLines {
  readonly lines: LineSource
  readonly place: string
}

/**
 * The lines of the ClickHouse at a URL. The URL may have a user, a password and, as its path, a database. SPOOR_CLICKHOUSE_USER and
 * SPOOR_CLICKHOUSE_PASSWORD go before those of the URL: other users of the machine see the arguments of a command.
 *
 * @throws UsageError for anything but such a URL, and if `@clickhouse/client` is not installed
 */
export async function clickhouseLinesAt(text: string, keepsAlive: boolean): Promise<ClickhouseLines> {
  const { url, username, password, database } = partsOf(text)
  const { createClient, ClickHouseLogLevel } = await loadClient()
  const client = createClient({
    url,
    username,
    password,
    database,
    application: 'spoor',
    log: { level: ClickHouseLogLevel.OFF },
  })
  const lines = clickhouseSource({ client, database, keepsAlive })
  const close = (): void => {
    lines.close()
    void client.close()
  }
  return { lines: { ...lines, close }, place: `ClickHouse at ${url}, database ${database}` }
}

interface UrlParts {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
}

// The message does not repeat the text: it may have a password.
const wrongUrl =
  'spoor: --clickhouse: expected a URL such as http://127.0.0.1:8123/logs, with a database of letters, digits and _'

function partsOf(text: string): UrlParts {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const database = url?.pathname.replace(/^\/|\/$/g, '') || 'default'
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    !/^[A-Za-z_]\w{0,62}$/.test(database)
  )
    throw new UsageError(wrongUrl)
  const { SPOOR_CLICKHOUSE_USER: user, SPOOR_CLICKHOUSE_PASSWORD: password } = process.env
  return {
    url: url.origin,
    username: user ?? (decoded(url.username) || 'default'),
    password: password ?? decoded(url.password),
    database,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new UsageError(wrongUrl)
  }
}

async function loadClient() {
  try {
    return await import('@clickhouse/client')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError('spoor: --clickhouse: needs the package @clickhouse/client: npm install @clickhouse/client')
  }
}
