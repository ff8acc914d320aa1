// bench:clickhouse — how long the inspector takes to read a million lines in ClickHouse.
//   node clickhouse.mjs [--lines 1000000] [--rounds 21] [--minutes 240]
// The engine is chdb, served over ClickHouse's HTTP protocol by test/chdb (npm run test:clickhouse installs it). The figures are those of
// whole answers of the inspector's API: the query, its rows, their parsing, the tests of access, and JSON. Lines: 5 of a request and
// its request line, 50 accounts, 3 loggers, spread over some hours.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { clickhouseLines } from '../dist/clickhouse.js'
import { createSpoor, defineLogs } from '../dist/index.js'
import { spoorNode } from '../dist/node.js'
import { machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '21' },
    minutes: { type: 'string', default: '240' },
  },
})
const [lines, rounds, minutes] = [Number(options.lines), Number(options.rounds), Number(options.minutes)]
const chdb = new URL('../test/chdb/', import.meta.url)
const { createClient } = createRequire(new URL('package.json', chdb))('@clickhouse/client')

const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-clickhouse-'))
const engine = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', chdb)), join(directory, 'data')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const port = await listening()
const client = createClient({ url: `http://127.0.0.1:${port}` })
const handler = clickhouseLines({ client, database: 'bench', spill: false })
const quiet = { handlers: [handler], console: false }
const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: quiet, shop: quiet } })
const spoor = createSpoor({
  service: 'shop',
  logs,
  inspector: { authorize: ({ user }) => (user === 'all' ? 'all' : 'account') },
})
const account = ({ headers }) => {
  const token = (headers.authorization ?? '').slice('Bearer '.length)
  return token === 'all' ? { user: 'all' } : { account: token }
}
const service = createServer(
  spoorNode(spoor, { account, inspector: '/_spoor', handler: (_, response) => response.end() }),
)
await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve))
const api = `http://127.0.0.1:${service.address().port}/_spoor/api`

try {
  // The handler makes the tables with its first line.
  logs.get('shop').info('begin')
  await logs.flush()
  const ids = await insertLines()
  const all = { token: 'all' }
  const one = { token: 'account-7' }
  const rows = [
    await timed('story of a request', '≤ 50 ms', (round) => [`/requests/${ids[round * 997]}/logs?as=story`, all]),
    await timed('story, reader of one account', '≤ 50 ms', (round) => {
      const own = ids.filter((_, at) => at % 50 === 7)
      return [`/requests/${own[round * 31]}/logs?as=story`, one]
    }),
    await timed('page of all lines', '', () => ['/logs', all]),
    await timed('page by level', '≤ 200 ms', () => ['/logs?level=error', all]),
    await timed('page by logger and account', '≤ 200 ms', () => ['/logs?logger=mail&account=account-10', all]),
    await timed('page by text, found', '≤ 200 ms', () => ['/logs?text=step%203%20of%20order%207', all]),
    await timed('page by text, not there', '≤ 200 ms', () => ['/logs?text=nowhere%20to%20be%20found', all]),
    await timed('page by field', '≤ 200 ms', (round) => [`/logs?field.orderId=o-${round * 31}`, all]),
    await timed('page by request id', '≤ 200 ms', (round) => [`/logs?requestId=${ids[round * 991]}`, all]),
    await timed('page of an hour in the middle', '≤ 200 ms', () => {
      const to = Date.now() - (minutes / 2) * 60_000
      return [`/logs?from=${to - 3_600_000}&to=${to}`, all]
    }),
    await timed('page, reader of one account', '≤ 200 ms', () => ['/logs', one]),
    await timed('accounts of the last hour', '', () => ['/accounts?span=1h', all]),
  ]
  console.log(`\n${lines} lines in ClickHouse (chdb), ${machine()}\n`)
  console.log(table(rows))
  writeResult('clickhouse', process.version, { lines, rounds, rows })
} finally {
  service.close()
  service.closeAllConnections()
  await spoor.close()
  await logs.close()
  await client.close()
  engine.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
}

/** The median and the slowest of some rounds, after one that fills the caches. */
async function timed(figure, required, ask) {
  const times = []
  for (let round = 0; round <= rounds; round++) {
    const [path, { token }] = ask(round)
    const began = performance.now()
    const body = await answer(`${api}${path}`, token)
    times.push(performance.now() - began)
    if (round === 0 && required !== '' && !figure.endsWith('not there') && body.length < 20)
      throw new Error(`${figure}: got ${body}`)
  }
  const kept = times.slice(1)
  return { figure, required, median: `${median(kept).toFixed(0)} ms`, slowest: `${Math.max(...kept).toFixed(0)} ms` }
}

async function answer(url, token) {
  const request = get(url, { headers: { authorization: `Bearer ${token}` } })
  const [response] = await once(request, 'response')
  const pieces = []
  for await (const piece of response) pieces.push(piece)
  const body = Buffer.concat(pieces).toString()
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${body}`)
  return body
}

/** Inserts lines as the handler does. @returns the ids of the requests */
async function insertLines() {
  const ids = []
  const requests = Math.floor(lines / 6)
  const began = Date.now() - minutes * 60_000
  const everyMs = (minutes * 60_000) / requests
  let text = ''
  for (let request = 0, batch = 0; request < requests; request++) {
    text += linesOfRequest(request, Math.floor(began + request * everyMs), ids)
    if (text.length < 4 * 2 ** 20 && request < requests - 1) continue
    const values = [{ service: 'shop', host: 'web-1', pid: '7', batch: `bench-${batch++}`, lines: text }]
    await client.insert({ table: 'bench.spoor_lines', values, format: 'JSONEachRow' })
    text = ''
    process.stderr.write(`\r${request * 6} lines`)
  }
  process.stderr.write('\r')
  return ids
}

function linesOfRequest(request, at, ids) {
  const hex = at.toString(16).padStart(12, '0')
  const end = `${(request % 65_536).toString(16).padStart(4, '0')}${request.toString(16).padStart(8, '0')}`
  const requestId = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${end}`
  ids.push(requestId)
  const owner = `account-${request % 50}`
  const line = (ms, level, logger, message, fields) =>
    `${JSON.stringify({ time: new Date(at + ms).toISOString(), level, logger, requestId, account: owner, ...fields, message })}\n`
  let text = ''
  for (let step = 0; step < 5; step++) {
    const logger = step === 4 && request % 10 === 0 ? 'mail' : 'shop'
    const level = step === 3 && request % 100 === 0 ? 'error' : 'info'
    text += line(step, level, logger, `step ${step} of order ${request}`, {
      orderId: `o-${request}`,
      step,
      items: [1, 2],
    })
  }
  const record = {
    kind: 'request',
    id: requestId,
    method: 'GET',
    route: `/orders/${request % 20}/:id`,
    path: `/orders/${request}`,
    status: request % 100 === 0 ? 500 : 200,
    service: 'shop',
    instance: 'web-1:7',
    pid: 7,
    startedAt: new Date(at).toISOString(),
    durationMs: 12,
    logs: { lines: 5, warnings: 0, errors: request % 100 === 0 ? 1 : 0 },
    io: { client: { readBytes: 200, writtenBytes: 900 } },
  }
  return text + line(12, 'info', 'requests', `GET /orders/${request} 200 12 ms`, record)
}

async function listening() {
  let said = ''
  for await (const piece of engine.stdout) {
    said += piece
    const found = /listening (\d+)/.exec(said)
    if (found !== null) return Number(found[1])
  }
  throw new Error(`chdb ended: ${said}`)
}
