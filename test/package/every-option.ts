/**
 * A service with every option on. It makes one request to itself, whose handler calls another service, and prints as JSON
 * what it then finds: in the log files, in the inspector, and at the service that was called.
 */
export const everyOption = `
import { readFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { join } from 'node:path'
import { createSpoor, defineLogs, memoryRecords } from 'spoor'
import { bullmqTelemetry } from 'spoor/bullmq'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'

const directory = process.argv[2]
const silent = { console: false }

function makeLogs() {
  return defineLogs({
    directory,
    files: true,
    mode: 0o600,
    rotation: { maxBytes: 1_000_000, backups: 2, keepForMs: 86_400_000 },
    redact: { keys: ['pin'], replace: '[hidden]' },
    beforeLine: (entry) => entry,
    maxLineBytes: 65_536,
    root: silent,
    level: 'INFO',
    format: 'text',
    console: 'json',
    flush: 'soon',
    base: { region: 'eu' },
    loggers: { requests: silent, mail: { ...silent, file: 'mail.log', format: 'json', level: 'debug', flush: 'line' } },
  })
}

function makeSpoor(logs, port) {
  return createSpoor({
    service: 'bundled',
    version: '1.2.3',
    logs,
    requestId: { trust: ['10.0.0.0/8', '::1'], header: 'X-Request-ID', generate: () => 'made-' + Math.random().toString(36).slice(2) },
    requestLine: { remoteAddress: true, userAgent: true, level: () => undefined },
    errors: { format: 'envelope', map: () => undefined, level: () => 'info' },
    ignore: () => false,
    resolveWithinMs: 1_000,
    tracking: {
      mode: 'all',
      allow: () => true,
      keepForMs: 60_000,
      maxBytes: 1_000_000,
      maxOpen: 5,
      maxMs: 10_000,
      lateMs: 10,
      windows: { everyMs: 500, forMs: 20 },
      memory: true,
      fs: true,
      watchdog: { afterMs: 60_000 },
    },
    inspector: { authorize: () => 'all', hosts: ['127.0.0.1'], origins: ['https://app.example'], overlay: false },
    outgoing: [{ host: '127.0.0.1:' + port, logger: 'mail', propagate: true }],
    records: memoryRecords({ maxBytes: 1_000_000, keepForMs: 60_000 }),
    alerts: {
      url: 'http://127.0.0.1:' + port + '/alerts',
      secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3',
      on: ['errors', 'budget', 'output', 'store'],
      everyMs: 600_000,
    },
    budget: { account: { cpuShare: 1, queryShare: 1 } },
  })
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

function ask(port, path) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode, id: response.headers['x-request-id'], body }))
    }).on('error', reject)
  })
}

async function until(find) {
  for (let end = Date.now() + 10_000; Date.now() < end; ) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('not found in time')
}

function lines(file) {
  return readFileSync(join(directory, file), 'utf8').trim().split('\\n').map((line) => JSON.parse(line))
}

async function main() {
  const called = []
  const alerts = []
  const other = createServer((request, response) => {
    if (request.url === '/alerts') alerts.push(/^v1,/.test(request.headers['webhook-signature']))
    else called.push(request.headers['x-request-id'])
    response.end('sent')
  })
  const otherPort = await listen(other)
  const logs = makeLogs()
  const spoor = makeSpoor(logs, otherPort)
  const handler = async (request, response) => {
    if (request.url === '/fail') throw new Error('it fails')
    await spoor.measure('send', () => ask(otherPort, '/send'))
    logs.get('mail').info({ pin: 1234 }, 'mail sent')
    response.end('hello')
  }
  const account = () => ({ account: 'acme', user: 'ann', roles: ['admin'] })
  const server = createServer(spoorNode(spoor, { account, handler, inspector: '/_spoor' }))
  spoor.attach(server)
  const port = await listen(server)

  const { id, body } = await ask(port, '/posts')
  const record = await until(async () => {
    const { status, body } = await ask(port, '/_spoor/api/requests/' + id)
    return status === 200 ? JSON.parse(body) : undefined
  })
  for (let at = 0; at < 10; at++) await ask(port, '/fail')
  await until(() => alerts[0])
  const page = await ask(port, '/_spoor/')
  const health = JSON.parse((await ask(port, '/_spoor/api/health')).body)
  await spoor.close()
  await logs.close()
  const own = (line) => line.requestId === id
  const found = {
    body,
    alerts,
    called: called.map((one) => one === id),
    // A busy machine adds a line of late work.
    requestLines: lines('requests.jsonl').filter(own).filter(({ kind }) => kind !== 'late').length,
    mailLines: lines('mail.log').filter(own).map((line) => line.message),
    record: record.requestId === id && record.source,
    outgoing: record.outgoing?.length,
    version: health.spoor,
    page: [page.status, /^<!doctype html>/i.test(page.body)],
    adapters: [typeof spoorExpress(spoor), typeof bullmqTelemetry(spoor)],
  }
  process.stdout.write(JSON.stringify(found) + '\\n')
  process.exit()
}

main()
`
