// What all stacks have in common: each gives every request an id and its account on three lines of the handler and one line at
// the end, into files that rotate at 10 MB.
import { once } from 'node:events'
import { join } from 'node:path'

/** The account that a request works for. @param request has Node's headers */
export const accountOf = (request) => (request.headers.authorization ? 'acme' : undefined)

/** The lines of every handler. */
export function threeLines(log) {
  log({ postId: 8841, site: 'blog.acme.example' }, 'post accepted')
  log({ postId: 8841, status: 'publish' }, 'post created')
  log({ postId: 8841, link: '/autumn-range-2' }, 'published')
}

/** Spoor with a logger. */
export async function openSpoor(directory) {
  const { createSpoor, defineLogs } = await import('../../dist/index.js')
  const file = { file: 'app.log', console: false }
  const logs = defineLogs({ directory, root: file, loggers: { app: file, requests: { console: false } } })
  const spoor = createSpoor({ service: 'bench', logs })
  const logger = logs.get('app')
  return { spoor, logs, log: (fields, message) => logger.info(fields, message) }
}

/** pino with files that rotate. */
export async function openPino(directory, options = {}) {
  const { default: pino } = await import('pino')
  const target = { file: join(directory, 'app'), size: '10m', limit: { count: 10 }, extension: '.log' }
  const transport = pino.transport({ target: 'pino-roll', options: target })
  await once(transport, 'ready')
  const close = async () => {
    transport.end()
    await once(transport, 'close')
  }
  return { logger: pino(options, transport), close }
}
