// One run: the example under a Node, the load, samples, the end of the load, and what is left.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { Book } from './asked.mjs'
import { balance } from './balance.mjs'
import { clientsOf } from './http-client.mjs'
import { leftBehind } from './judge.mjs'
import { readLines } from './lines.mjs'
import { cutOff, failing, malformed } from './load/failing.mjs'
import { liveViewer, readingTheInspector, stallingViewer } from './load/inspector.mjs'
import { keepAlive } from './load/keep-alive.mjs'
import { large } from './load/large.mjs'
import { leaving, slow } from './load/leaving.mjs'
import { exports, plain, posts, tracked } from './load/plain.mjs'
import { jobs, publishing } from './load/publishing.mjs'
import { upgrades } from './load/upgrades.mjs'
import { pace } from './pace.mjs'
import { startRedis, startService } from './service.mjs'

/**
 * Each kind of load: how often a second, how many at once, and what it does.
 *
 * @type {[number, number, (clients: any, times: { slowMs: number, stallMs: number }) => () => Promise<unknown>][]}
 */
const loads = [
  [6, 20, plain],
  [3, 20, tracked],
  [1.5, 20, posts],
  [0.15, 2, exports],
  [2, 20, publishing],
  [1, 20, jobs],
  [3, 20, failing],
  [0.3, 5, cutOff],
  [0.7, 5, malformed],
  [2, 20, leaving],
  [0.5, 20, slow],
  [0.3, 5, large],
  [0.5, 20, upgrades],
  [0.7, 2, readingTheInspector],
  [0.1, 1, stallingViewer],
]

const connections = 1_000
/** Of all kept-alive connections together: each has a request every 30 s. */
const keptAlivePerSecond = 33
const settleMs = 40_000

/**
 * Runs the soak on one Node.
 *
 * @param {object} options
 * @param {string} options.node the binary
 * @param {number} options.ms how long the load lasts
 * @param {string} [options.tracking] `all` or `header`
 * @param {boolean} [options.withRedis] jobs by BullMQ and records over a Redis of its own
 */
export async function run({ node, ms, tracking = 'all', withRedis = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-soak-'))
  // PostgreSQL runs as another user, where root runs the soak.
  chmodSync(folder, 0o711)
  const clear = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clear)
  let redis
  let service
  try {
    redis = withRedis ? await startRedis(join(folder, 'redis')) : undefined
    service = await startService({ node, folder, tracking, redisUrl: redis?.url })
    return await soak(service, { ms, tracking })
  } catch (error) {
    throw new Error(`${error.stack}\n${service?.errors() ?? ''}`.trimEnd())
  } finally {
    service?.child.kill('SIGKILL')
    await service?.exited
    await redis?.stop()
    clear()
    process.off('exit', clear)
  }
}

async function soak(service, { ms, tracking }) {
  const book = new Book()
  const clients = clientsOf(service.url, book)
  // It marks the server for the preload, and opens the inspector.
  await clients.read('api/session')
  const each = loads.map(([perSecond, most, load]) => ({ perSecond, most, load: load(clients, timesOf(ms)) }))
  // All code has run once, so that what it keeps for good is there.
  await Promise.all(each.map(({ load }) => load()))
  clients.close()
  const before = await censusOf(service, clients)

  const samples = await underLoad(service, clients, each, ms)
  // Its own connections would count as those of the service.
  clients.close()
  await service.ask('rest')
  const after = await settled(service, clients, before)
  const said = await askSpoor(clients)
  clients.close()
  const exit = await service.stop()
  const lines = await readLines(service.logDirectory)
  return {
    database: service.database,
    isAllMeasured: tracking === 'all',
    cpu: {
      countedMs: after.countedCpuMs - before.countedCpuMs,
      // Not a number where the system does not tell, which passes for equal.
      systemMs: after.threadCpuMs - before.threadCpuMs,
    },
    samples,
    before,
    after,
    exit,
    errors: service.errors(),
    clients: { failed: book.failed, failures: book.failures },
    lines: { torn: lines.torn, problems: lines.problems },
    balance: balance(book, lines),
    refused: book.refused.size + book.halves,
    ...said,
  }
}

function timesOf(ms) {
  return { slowMs: Math.min(8_000, ms / 8), stallMs: Math.min(60_000, ms / 8) }
}

async function underLoad(service, clients, each, ms) {
  const kept = await keepAlive(clients, connections)
  const viewer = await liveViewer(clients)
  const paces = each.map(({ perSecond, most, load }) => pace(perSecond, most, guarded(load, clients.book)))
  paces.push(pace(keptAlivePerSecond, 20, guarded(kept.load, clients.book)))
  const samples = []
  const began = performance.now()
  const everyMs = Math.min(10_000, ms / 20)
  while (performance.now() - began < ms) {
    await later(everyMs)
    samples.push(await sampleOf(service, performance.now() - began))
  }
  await Promise.all(paces.map((one) => one.stop()))
  await viewer.close()
  await kept.close()
  return samples
}

/** A kind of load that fails in a way of its own does not end the run. */
function guarded(load, book) {
  return () => load().catch((error) => book.fail(error.stack))
}

async function sampleOf(service, atMs) {
  const { heapUsed, external, rss, descriptors, processCpuMs, coreWaitMs, seen } = await service.ask('sample')
  return { atMs, heapUsed, external, rss, descriptors, processCpuMs, coreWaitMs, requests: seen.requests }
}

/** All that the process has open and keeps, and the CPU that Spoor has counted until then. */
async function censusOf(service, clients) {
  const census = await service.ask('census')
  const { threadCpuMs } = await clients.read('api/accounting')
  return { ...census, countedCpuMs: threadCpuMs ?? 0 }
}

/** Waits until nothing of the load is left, but not for ever: pools and time limits of calls end within ten seconds. */
async function settled(service, clients, before) {
  const until = performance.now() + settleMs
  for (;;) {
    await later(2_000)
    const after = await censusOf(service, clients)
    clients.close()
    if (leftBehind(before, after).length === 0 || performance.now() > until) return after
  }
}

/** What Spoor says of itself, now that nothing is asked any more. */
async function askSpoor(clients) {
  const { items } = await clients.read('api/accounts?span=24h&by=requests')
  const sum = (name) => items.reduce((all, item) => all + item[name], 0)
  return {
    totals: { requests: sum('requests'), jobs: sum('jobs') },
    accounting: await clients.read('api/accounting'),
    health: await clients.read('api/health'),
    open: (await clients.read('api/live-requests')).items.length,
  }
}
