import { join } from 'node:path'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Handler } from 'spoor'
import { clickhouseLines } from 'spoor/clickhouse'

/**
 * Sends lines to the ClickHouse at a URL such as http://user:password@127.0.0.1:8123/logs. While it is away, lines wait in files
 * below `directory`.
 */
export function linesInClickHouse(url: string, directory: string): Handler {
  const { origin, pathname, username, password } = new URL(url)
  const database = pathname.slice(1) || 'default'
  // Without the database: a server refuses a client whose database does not exist yet. Spoor creates it, and says what fails.
  const client = createClient({
    url: origin,
    username: decodeURIComponent(username) || 'default',
    password: decodeURIComponent(password),
    log: { level: ClickHouseLogLevel.OFF },
  })
  return clickhouseLines({ client, database, spill: join(directory, 'clickhouse'), service: 'publisher' })
}
