// The loggers of this service. This file imports no other file that logs, so every other file may import it.
import { defineLogs } from 'spoor'
import { logFilesIn } from './log-files.js'

export const LOG_DIRECTORY: string = process.env.LOG_DIR || 'logs/publish-sync-logs'

/** With CLICKHOUSE_URL, lines are in ClickHouse instead of files. Its client is loaded only then. */
const clickhouse = process.env.CLICKHOUSE_URL
  ? (await import('./clickhouse.js')).linesInClickHouse(process.env.CLICKHOUSE_URL, LOG_DIRECTORY)
  : undefined
const handlers = clickhouse ? [clickhouse] : []

export const logs = defineLogs({
  directory: LOG_DIRECTORY,
  rotation: { maxBytes: 10 * 1024 * 1024, backups: 10 },
  ...(clickhouse && { files: false }),
  loggers: {
    publish_sync: { file: 'publish_sync.log', handlers },
    wordpress_api: { file: 'wordpress-api.log', handlers },
    webhooks: { file: 'webhooks.log', handlers },
    database: { file: 'database.log', handlers },
    requests: { handlers },
  },
})

/** The files that hold the lines of a request, as in `grep <id> logs/publish-sync-logs/*`; undefined without files. */
export const LOG_FILES: string | undefined = writesFiles() ? logFilesIn(LOG_DIRECTORY) : undefined

/** Where the lines are with CLICKHOUSE_URL, without the password; undefined with files. */
export const LOG_CLICKHOUSE: string | undefined = clickhouse && withoutPassword(process.env.CLICKHOUSE_URL ?? '')

function withoutPassword(text: string): string {
  return Object.assign(new URL(text), { password: '' }).href
}

/** False with SPOOR_FILES=off, and with CLICKHOUSE_URL. */
function writesFiles(): boolean {
  return Object.keys(logs.files()).length > 0
}
