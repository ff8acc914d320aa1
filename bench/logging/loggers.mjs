// The loggers that are compared, each set up as its documentation says: into one file, 10 MB rotation with 10 backups
// where it can, request id and account of the current context on every line.
// Each `(directory) => { scope(ids, fn), log(fields, message), child?(ids), close() }`: `scope` runs `fn` with the ids in the
// context, `child` gives a log function that bears them itself.
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'

const maxBytes = 10 * 1024 * 1024
const backups = 10

const als = new AsyncLocalStorage()
const ids = () => als.getStore()
const scope = (store, fn) => als.run(store, fn)

/** What a line costs at least: batches of 64 KB and the same rotation, without any safety. */
function baseline(lineOf) {
  return (directory) => {
    const path = join(directory, 'app.log')
    let fd = fs.openSync(path, 'a')
    let size = 0
    let batch = ''
    const rotate = () => {
      fs.closeSync(fd)
      for (let number = backups - 1; number >= 1; number--) {
        if (fs.existsSync(`${path}.${number}`)) fs.renameSync(`${path}.${number}`, `${path}.${number + 1}`)
      }
      fs.renameSync(path, `${path}.1`)
      fd = fs.openSync(path, 'a')
      size = 0
    }
    const flush = () => {
      const bytes = Buffer.from(batch)
      batch = ''
      if (size + bytes.length > maxBytes) rotate()
      fs.writeSync(fd, bytes)
      size += bytes.length
    }
    const log = (fields, message) => {
      batch += lineOf(fields, message)
      if (batch.length >= 64 * 1024) flush()
    }
    const child = (own) => (fields, message) => als.run(own, log, fields, message)
    return { scope, log, child, close: () => batch && flush() }
  }
}

function spoor(format) {
  return async (directory) => {
    const { createSpoor, defineLogs } = await import('../../dist/index.js')
    const logs = defineLogs({
      directory,
      loggers: { app: { file: 'app.log', format, console: false }, requests: { console: false } },
    })
    const { run } = createSpoor({ service: 'bench', logs })
    const logger = logs.get('app')
    return {
      scope: run,
      log: (fields, message) => logger.info(fields, message),
      child: ({ requestId, account }) => {
        const own = logger.child({ reqId: requestId, tenant: account })
        return (fields, message) => own.info(fields, message)
      },
      close: () => logs.close(),
    }
  }
}

async function pinoWith(destination) {
  const { default: pino } = await import('pino')
  const stream = destination(pino)
  if (!stream.sync) await once(stream, 'ready')
  const logger = pino({ mixin: ids }, stream)
  const bare = pino(stream)
  return {
    scope,
    log: (fields, message) => logger.info(fields, message),
    child: childOf(bare),
    close: async () => {
      stream.flushSync?.()
      stream.end()
      await Promise.race([once(stream, 'close'), once(stream, 'finish')])
    },
  }
}

async function pinoRoll(directory) {
  const { default: pino } = await import('pino')
  const options = { file: join(directory, 'app'), size: '10m', limit: { count: backups }, extension: '.log' }
  const transport = pino.transport({ target: 'pino-roll', options })
  const logger = pino({ mixin: ids }, transport)
  const bare = pino(transport)
  await once(transport, 'ready')
  return {
    scope,
    log: (fields, message) => logger.info(fields, message),
    child: childOf(bare),
    close: async () => {
      transport.end()
      await once(transport, 'close')
    },
  }
}

async function winstonDaily(directory) {
  const { default: winston } = await import('winston')
  const { default: Daily } = await import('winston-daily-rotate-file')
  const withIds = winston.format((info) => Object.assign(info, ids()))
  const transport = new Daily({ dirname: directory, filename: 'app.log', maxSize: '10m', maxFiles: backups + 1 })
  const { combine, timestamp, json } = winston.format
  const logger = winston.createLogger({ format: combine(withIds(), timestamp(), json()), transports: [transport] })
  return {
    scope,
    log: (fields, message) => logger.info(message, fields),
    child: (own) => {
      const logged = logger.child(own)
      return (fields, message) => logged.info(message, fields)
    },
    close: async () => {
      logger.end()
      await once(transport, 'finish')
    },
  }
}

async function log4jsFile(directory) {
  const { default: log4js } = await import('log4js')
  log4js.addLayout('json', () => (event) => {
    const [message, fields] = event.data
    return JSON.stringify({ time: event.startTime, level: event.level.levelStr, ...ids(), ...fields, message })
  })
  const file = { type: 'file', filename: join(directory, 'app.log'), maxLogSize: maxBytes, backups }
  log4js.configure({
    appenders: { app: { ...file, layout: { type: 'json' } } },
    categories: { default: { appenders: ['app'], level: 'info' } },
  })
  const logger = log4js.getLogger()
  return {
    scope,
    log: (fields, message) => logger.info(message, fields),
    close: () => new Promise((resolve) => log4js.shutdown(resolve)),
  }
}

async function logtapeFile(directory) {
  const { configure, dispose, getJsonLinesFormatter, getLogger } = await import('@logtape/logtape')
  const { getRotatingFileSink } = await import('@logtape/file')
  const sink = getRotatingFileSink(join(directory, 'app.log'), {
    maxSize: maxBytes,
    maxFiles: backups + 1,
    formatter: getJsonLinesFormatter(),
  })
  await configure({
    sinks: { file: sink },
    loggers: [
      { category: 'app', sinks: ['file'], lowestLevel: 'info' },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
    contextLocalStorage: new AsyncLocalStorage(),
  })
  const { withContext } = await import('@logtape/logtape')
  const logger = getLogger('app')
  return { scope: withContext, log: (fields, message) => logger.info(message, fields), close: dispose }
}

async function bunyanFile(directory) {
  const { default: bunyan } = await import('bunyan')
  const file = fs.createWriteStream(join(directory, 'app.log'), { flags: 'a' })
  const logger = bunyan.createLogger({ name: 'app', streams: [{ stream: file }] })
  return {
    scope,
    log: (fields, message) => logger.info({ ...ids(), ...fields }, message),
    child: childOf(logger),
    close: async () => {
      file.end()
      await once(file, 'finish')
    },
  }
}

/** pino's way of a child, which bunyan has too. */
const childOf = (logger) => (own) => {
  const child = logger.child(own)
  return (fields, message) => child.info(fields, message)
}

const full = (fields, message) =>
  `${JSON.stringify({ time: new Date().toISOString(), level: 'info', logger: 'app', ...ids(), ...fields, message })}\n`
const constant = `${'x'.repeat(219)}\n`

export const loggers = {
  baseline: baseline(full),
  preformatted: baseline(() => constant),
  'spoor json': spoor('json'),
  'spoor text': spoor('publish_sync'),
  'pino sync': (directory) => pinoWith((pino) => pino.destination({ dest: join(directory, 'app.log'), sync: true })),
  'pino async': (directory) =>
    pinoWith((pino) => pino.destination({ dest: join(directory, 'app.log'), sync: false, minLength: 4096 })),
  'pino-roll': pinoRoll,
  'winston daily-rotate': winstonDaily,
  log4js: log4jsFile,
  logtape: logtapeFile,
  bunyan: bunyanFile,
}
