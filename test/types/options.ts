// What the compiler promises about the options of defineLogs.
import { defineLogs, type Entry, type Handler } from 'spoor'

const handler: Handler = { write(_lines, _count) {}, flush: async () => {}, close: async () => {} }

defineLogs({
  directory: 'logs',
  rotation: { maxBytes: 1_000 },
  loggers: {
    a: {
      file: 'a.log',
      level: process.env['LOG_LEVEL'],
      format: 'json',
      console: 'verbose',
      propagate: true,
      rotation: { backups: 3 },
      flush: 'line',
      handlers: [handler],
    },
    b: { level: 'silent', console: false },
    c: { console: 'pretty' },
  },
  root: {
    level: process.env['LOG_LEVEL'],
    console: true,
    file: 'root.log',
    format: 'json',
    rotation: { backups: 3 },
    flush: 'turn',
    handlers: [handler],
  },
  level: process.env['LOG_LEVEL'],
  format: 'verbose',
  console: 'json',
  flush: 'soon',
  base: { region: 'eu' },
  redact: { keys: ['pin'], replace: '***' },
  beforeLine: (entry: Entry) => (entry.level === 'debug' ? undefined : { ...entry, fields: {} }),
  files: false,
  mode: 0o600,
  maxLineBytes: 10_000,
})

// @ts-expect-error there is no such option
defineLogs({ loggers: { a: { filename: 'a.log' } } })
// @ts-expect-error there is no such format
defineLogs({ loggers: { a: { format: 'xml' } } })
// @ts-expect-error the loggers are required
defineLogs({ directory: 'logs' })
// @ts-expect-error a handler has all three methods
defineLogs({ loggers: { a: { handlers: [{ write() {} }] } } })
// @ts-expect-error the root logger is the one to which others propagate
defineLogs({ loggers: {}, root: { propagate: true } })
// @ts-expect-error there is no such format
defineLogs({ loggers: {}, format: 'xml' })
// @ts-expect-error fields, not a text
defineLogs({ loggers: {}, base: 'eu' })
