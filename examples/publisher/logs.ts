// The loggers of this service. This file imports no other file that logs, so every other file may import it.
import { defineLogs } from 'spoor'
import { logFilesIn } from './log-files.js'

export const LOG_DIRECTORY: string = process.env.LOG_DIR || 'logs/publish-sync-logs'

export const logs = defineLogs({
  directory: LOG_DIRECTORY,
  rotation: { maxBytes: 10 * 1024 * 1024, backups: 10 },
  loggers: {
    publish_sync: { file: 'publish_sync.log' },
    wordpress_api: { file: 'wordpress-api.log' },
    webhooks: { file: 'webhooks.log' },
    database: { file: 'database.log' },
  },
})

/** The files that hold the lines of a request, as in `grep <id> logs/publish-sync-logs/*`; undefined without files. */
export const LOG_FILES: string | undefined = writesFiles() ? logFilesIn(LOG_DIRECTORY) : undefined

/** Undefined with SPOOR_FILES=off: then the console is the only output. */
function writesFiles(): boolean {
  return logs.health().some(({ output }) => output !== 'console')
}
