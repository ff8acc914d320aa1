// How long the inspector takes to read a million lines in ClickHouse. The figures are those of whole answers of the inspector's API: the
// queries, their rows, the parsing, the tests of access, and JSON. The lines are inserted in batches of 4 MB; before the first question,
// the server merges what it wants to, as one that runs for hours has done. With --preferred, questions are asked at real-time priority.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { clickhouseLines } from '../../dist/clickhouse.js'
import { createSpoor, defineLogs } from '../../dist/index.js'
import { spoorNode } from '../../dist/node.js'
import { preferred } from '../cores.mjs'
import { median } from '../report.mjs'
import { accounts, insertLines } from './corpus.mjs'
import { createClient, startEngine } from './engine.mjs'

const database = 'bench'
const mergedWithinMs = 60_000

export async function readingOf({ lines, rounds, minutes, isPreferred }) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-clickhouse-'))
  const engine = await startEngine(directory)
  const client = createClient({ url: engine.url })
  const counted = counting(client)
  const service = await startService(counted)
  try {
    const ids = await insertLines(client, database, { lines, minutes })
    console.log(`\n${await merged(client)}`)
    if (isPreferred) for (const pid of [engine.pid, process.pid]) preferred(pid)
    const rows = []
    for (const one of questions(ids, minutes)) rows.push(await timed(service.api, counted, rounds, one))
    rows.push(await fixedCost(client, rounds))
    return rows
  } finally {
    await service.close()
    await client.close()
    await engine.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What is asked. `path` gets the number of the round: each asks for another id or value. */
function questions(ids, minutes) {
  const all = 'all'
  const one = 'account-7'
  const own = ids.filter((_, at) => at % accounts === 7)
  const traced = ids.filter((_, at) => at % 3 === 0)
  const untraced = ids.filter((_, at) => at % 3 === 1)
  const story = (id) => `/requests/${id}/logs?as=story`
  const hourAgo = () => Date.now() - (minutes / 2) * 60_000
  return [
    { figure: 'story of a request', required: 50, token: all, path: (round) => story(untraced[round * 499]) },
    { figure: 'story, with a trace', required: 50, token: all, path: (round) => story(traced[round * 501]) },
    { figure: 'story, reader of one account', required: 50, token: one, path: (round) => story(own[round * 31]) },
    { figure: 'story of an unknown id', token: all, path: (round) => story(`unknown-${round}`), status: 404 },
    { figure: 'page of all lines', token: all, path: () => '/logs' },
    { figure: 'page by level', required: 200, token: all, path: () => '/logs?level=error' },
    {
      figure: 'page by logger and account',
      required: 200,
      token: all,
      path: () => '/logs?logger=mail&account=account-10',
    },
    {
      figure: 'page by text, found',
      required: 200,
      token: all,
      path: (round) => `/logs?text=step%203%20of%20order%207${round}`,
    },
    { figure: 'page by text, not there', required: 200, token: all, path: (round) => `/logs?text=nowhere%20${round}` },
    {
      figure: 'page by field',
      required: 200,
      token: all,
      path: (round) => `/logs?field.orderId=o-${round * 31}`,
    },
    {
      figure: 'page by a field that the service added',
      required: 200,
      token: all,
      path: (round) => `/logs?field.basket=b-${round * 31}`,
    },
    {
      figure: 'page by request id',
      required: 200,
      token: all,
      path: (round) => `/logs?requestId=${ids[round * 991]}`,
    },
    {
      figure: 'page of an hour in the middle',
      required: 200,
      token: all,
      path: () => `/logs?from=${hourAgo() - 3_600_000}&to=${hourAgo()}`,
    },
    { figure: 'page, reader of one account', required: 200, token: one, path: () => '/logs' },
    { figure: 'page, reader of a quiet account', required: 200, token: 'account-quiet', path: () => '/logs' },
    { figure: 'accounts of the last hour', token: all, path: () => '/accounts?span=1h' },
  ]
}

/** The median and the slowest of some rounds, after one that fills the caches. */
async function timed(api, counted, rounds, { figure, required, token, path, status = 200 }) {
  const [times, queries] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const before = counted.queries
    const began = performance.now()
    const body = await answer(`${api}${path(round)}`, token, status)
    times.push(performance.now() - began)
    queries.push(counted.queries - before)
    if (round === 0 && status === 200 && required && !figure.endsWith('not there') && body.length < 20)
      throw new Error(`${figure}: got ${body}`)
  }
  return rowOf(figure, required, times.slice(1), median(queries.slice(1)))
}

/** A query of nothing, with a parameter: what the client, HTTP and the engine's server take before any row is read. */
async function fixedCost(client, rounds) {
  const times = []
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now()
    const asked = { query: 'SELECT {n:UInt32} AS n', query_params: { n: round }, format: 'JSONEachRow' }
    await (await client.query(asked)).json()
    times.push(performance.now() - began)
  }
  return rowOf('a query of nothing', undefined, times.slice(1), 1)
}

function rowOf(figure, required, times, queries) {
  const ms = (value) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
  return {
    figure,
    required: required === undefined ? '' : `≤ ${required} ms`,
    median: ms(median(times)),
    slowest: ms(Math.max(...times)),
    queries,
  }
}

async function answer(url, token, status) {
  const request = get(url, { headers: { authorization: `Bearer ${token}` } })
  const [response] = await once(request, 'response')
  const pieces = []
  for await (const piece of response) pieces.push(piece)
  const body = Buffer.concat(pieces).toString()
  if (response.statusCode !== status) throw new Error(`${url}: ${response.statusCode} ${body}`)
  return body
}

/** Counts the queries of a client. */
function counting(client) {
  const counted = {
    queries: 0,
    command: (of) => client.command(of),
    exec: (of) => client.exec(of),
    query: (of) => {
      counted.queries++
      return client.query(of)
    },
  }
  return counted
}

/** A service whose lines are in ClickHouse only. The bearer token is the account; `all` reads everything. */
async function startService(client) {
  const handler = clickhouseLines({ client, database, spill: false })
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
  const server = createServer(
    spoorNode(spoor, { account, inspector: '/_spoor', handler: (_, response) => response.end() }),
  )
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  // The handler makes the tables with its first line.
  logs.get('shop').info('begin')
  await logs.flush()
  return {
    api: `http://127.0.0.1:${server.address().port}/_spoor/api`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await spoor.close()
      await logs.close()
    },
  }
}

/** Waits until the server has no more to merge. @returns the state in words */
async function merged(client) {
  const ask = async (query) =>
    Number(Object.values((await (await client.query({ query, format: 'JSONEachRow' })).json())[0])[0])
  const table = `database = '${database}' AND table = 'otel_logs'`
  const since = performance.now()
  for (let quiet = 0; quiet < 5 && performance.now() - since < mergedWithinMs; ) {
    const merges = await ask(`SELECT count() FROM system.merges WHERE ${table}`)
    quiet = merges === 0 ? quiet + 1 : 0
    await later(500)
  }
  const parts = await ask(`SELECT count() FROM system.parts WHERE active AND ${table}`)
  const bytes = await ask(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND ${table}`)
  const seconds = ((performance.now() - since) / 1_000).toFixed(0)
  return `merged for ${seconds} s: ${parts} parts, ${(bytes / 2 ** 20).toFixed(0)} MB`
}
