import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import type { Handler } from 'spoor'
import { clickhouseLines } from 'spoor/clickhouse'

/**
 * Sends lines to the ClickHouse at a URL such as http://user:password@127.0.0.1:8123/logs. While it is away, lines wait in files
 * below `directory`.
 */
export function linesInClickHouse(url: string, directory: string): Handler {
  const database = new URL(url).pathname.slice(1) || 'default'
  // The process ends with its client: the last lines are sent when the logs are closed.
  const client = createClient({ url })
  return clickhouseLines({ client, database, spill: join(directory, 'clickhouse'), service: 'publisher' })
}
