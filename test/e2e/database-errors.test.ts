// Errors of real databases carry values in messages, members and stacks. No sink of Spoor may show them. Left out, by name,
// where a database is not installed.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { createSpoor, defineLogs } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { afterAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { canary, digits, errorsOfMariaDb, errorsOfPostgres, errorsOfRedis, type Thrown } from './database-errors.js'
import { startMariaDb } from './mariadb.js'
import { startPostgres } from './postgres.js'
import { available, startRedis } from './services.js'

interface Started {
  readonly errors: Thrown[]
}

async function postgres(): Promise<Started> {
  const { url, stop } = await startPostgres()
  try {
    return { errors: await errorsOfPostgres(url) }
  } finally {
    await stop()
  }
}

async function mariadb(): Promise<Started> {
  const { socketPath, stop } = await startMariaDb()
  try {
    return { errors: await errorsOfMariaDb(socketPath) }
  } finally {
    await stop()
  }
}

async function redis(): Promise<Started> {
  const { url, stop } = await startRedis({ dir: temporaryFolder(afterAll) })
  try {
    return { errors: await errorsOfRedis(url) }
  } finally {
    await stop()
  }
}

/** The errors themselves, and as services wrap them. */
function wrapped(errors: readonly Thrown[]): Thrown[] {
  return errors.flatMap(([name, error]): Thrown[] => {
    const message = error instanceof Error ? error.message : String(error)
    return [
      [name, error],
      [`${name}, wrapped`, new AggregateError([new Error(`could not save: ${message}`, { cause: error })], message)],
    ]
  })
}

/** Everything that a service shows of errors: its files, and the bodies of its answers and of the inspector. */
async function shownOf(errors: readonly Thrown[]): Promise<{ files: string; bodies: string }> {
  const directory = temporaryFolder()
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false }, app: { console: false, file: 'app.log' } },
  })
  const spoor = createSpoor({
    service: 'errors',
    logs,
    tracking: { mode: 'all' },
    inspector: { authorize: () => 'all' },
    errors: { map: (error) => ({ status: 409, detail: error instanceof Error ? error.message : String(error) }) },
  })
  const s = spoorExpress(spoor, { account: () => ({ account: 'acme', user: 'mara' }) })
  const app = express()
  app.use(s)
  app.get('/:at', ({ params }) => {
    const [name, error] = errors[Number(params.at)] as Thrown
    const log = logs.get('app')
    log.error(error, 'failed')
    log.error({ err: error }, name)
    log.error({ error })
    log.error('%s failed: %s', name, error)
    log.error('failed', error)
    log.child({ error }).warn('again')
    throw error
  })
  app.use('/_/spoor', s.inspector)
  app.use(s.errors)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let bodies = ''
  for (const at of errors.keys()) {
    const response = await fetch(`${base}/${at}`)
    bodies += `${await response.text()}\n`
    const record = await fetch(`${base}/_/spoor/api/requests/${response.headers.get('x-request-id')}`)
    expect(record.status).toBe(200)
    bodies += `${await record.text()}\n`
  }
  server.close()
  await spoor.close()
  await logs.close()
  const files = readdirSync(directory).filter((name) => !name.startsWith('.'))
  return { files: files.map((name) => readFileSync(join(directory, name), 'utf8')).join(''), bodies }
}

/** The texts around each canary. */
function leaks(text: string): string[] {
  const found = text.matchAll(new RegExp(`${canary}|${digits.slice(0, 9)}`, 'g'))
  return Array.from(found, ({ index }) => text.slice(Math.max(0, index - 150), index + 50))
}

describe.each([
  ['postgres', postgres],
  ['mariadb', mariadb],
  ['redis', redis],
] as const)('errors of %s', (service, start) => {
  test.skipIf(!available(service))(
    'show no value in a line, a record, the inspector or an answer',
    async () => {
      const { errors } = await start()
      const all = wrapped(errors)
      const { files, bodies } = await shownOf(all)
      expect(files.split('\n').length).toBeGreaterThan(all.length * 6)
      expect(leaks(files)).toEqual([])
      expect(leaks(bodies)).toEqual([])
    },
    240_000,
  )
})
