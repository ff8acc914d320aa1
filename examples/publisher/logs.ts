// The loggers of this service. The file imports nothing of the service, so every other file may import it.
import { defineLogs } from 'spoor'

export const LOG_DIRECTORY: string = process.env.LOG_DIR || 'logs/publish-sync-logs'

export const logs = defineLogs({
  directory: LOG_DIRECTORY,
  rotation: { maxBytes: 10 * 1024 * 1024, backups: 10 },
  loggers: {
    publish_sync: { file: 'publish_sync.log' },
    wordpress_api: { file: 'wordpress-api.log' },
    webhooks: { file: 'webhooks.log' },
  },
})
