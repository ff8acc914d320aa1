import { join } from 'node:path'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { Handler } from 'spoor'
import { clickhouseLines } from 'spoor/clickhouse'

/**
 * Sends lines to the ClickHouse at a URL such as http://user:password@127.0.0.1:8123/logs. While it is away, lines wait in files
 * below `directory`.
 *
 * @throws Error for anything but such a URL
 */
export function linesInClickHouse(text: string, directory: string): Handler {
  const { database, ...server } = partsOf(text)
  // Without the database: a server refuses a client whose database does not exist yet. Spoor creates it, and says what fails.
  const client = createClient({ ...server, log: { level: ClickHouseLogLevel.OFF } })
  return clickhouseLines({ client, database, spill: join(directory, 'clickhouse'), service: 'publisher' })
}

function partsOf(text: string): { url: string; username: string; password: string; database: string } {
  try {
    const { origin, pathname, username, password } = new URL(text)
    return {
      url: origin,
      username: decodeURIComponent(username) || 'default',
      password: decodeURIComponent(password),
      database: pathname.replace(/^\/|\/$/g, '') || 'default',
    }
  } catch {
    // Not quoted, because it may contain a password.
    throw new Error('CLICKHOUSE_URL: expected an address like http://user:password@127.0.0.1:8123/logs')
  }
}
