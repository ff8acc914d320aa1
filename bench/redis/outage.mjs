// What an outage of Redis loses, and what requests notice of it. Each service answers 200 requests a second, all measured, while its
// Redis hangs (SIGSTOP), or is killed and starts again with its data. Then everything is looked up by its id. The last row stores more
// than may wait.
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { redisRecords } from '../../dist/redis.js'
import { recordAt } from '../fleet/traffic.mjs'
import { startRedis } from '../load/redis.mjs'
import { start, stop } from '../load/side-by-side.mjs'
import { steadily } from './steadily.mjs'

const program = fileURLToPath(new URL('./server.mjs', import.meta.url))
const perSecond = 200
const beforeMs = 5_000
const afterMs = 10_000
const patienceMs = 30_000
const everyMs = 500

const outages = {
  hangs: { begin: ({ pid }) => process.kill(pid, 'SIGSTOP'), end: ({ pid }) => process.kill(pid, 'SIGCONT') },
  'is killed': { begin: ({ pid }) => process.kill(pid, 'SIGKILL'), end: ({ start }) => start() },
}

export async function outageOf(node, seconds) {
  const during = await Promise.all(Object.keys(outages).map((name) => rowOf(node, name, seconds)))
  return [...during, await tooMuch()]
}

async function rowOf(node, name, seconds) {
  const redis = startRedis({ keepsData: true })
  process.env.BENCH_REDIS_URL = redis.url
  const server = await start(program, node, 'ioredis/all')
  try {
    const load = steadily(server, perSecond)
    await later(beforeMs)
    const from = performance.now()
    outages[name].begin(redis)
    await later(seconds * 1_000)
    const to = performance.now()
    outages[name].end(redis)
    await later(afterMs)
    const answers = await load.stop()
    const isDuring = ({ at }) => at > from && at < to
    const { missing, ms } = await missingOf(
      redis,
      answers.map(({ id }) => id),
    )
    return {
      Redis: name,
      'for s': seconds,
      records: answers.length,
      'requests failed': answers.filter(({ status }) => status !== 200).length,
      'p99 ms before, during': [answers.filter(({ at }) => at < from), answers.filter(isDuring)].map(p99).join(', '),
      missing,
      'given up': await givenUpOf(server),
      'looked up after s': ((afterMs + ms) / 1_000).toFixed(1),
    }
  } finally {
    await stop(server)
    redis.stop()
  }
}

async function givenUpOf({ url }) {
  const { records } = await (await fetch(`${url}/_spoor/api/health`)).json()
  return records.givenUp ?? records.error
}

/** How many ids have no record, once that no longer changes: others are still written. */
async function missingOf(redis, ids) {
  const client = new Redis(redis.url)
  const since = performance.now()
  let missing = ids
  while (missing.length > 0 && performance.now() - since < patienceMs) {
    const pipeline = client.pipeline()
    for (const id of missing) pipeline.exists(`{spoor}:record:${id}`)
    const found = await pipeline.exec()
    missing = missing.filter((_, at) => found[at][1] === 0)
    if (missing.length > 0) await later(everyMs)
  }
  client.disconnect()
  return { missing: missing.length, ms: performance.now() - since }
}

/** Twice what may wait, while Redis hangs. */
async function tooMuch() {
  const redis = startRedis()
  const client = new Redis(redis.url)
  const store = redisRecords({ client })
  try {
    store.put(recordAt(0))
    await store.health()
    process.kill(redis.pid, 'SIGSTOP')
    const ids = []
    for (let at = 0; at < 30_000; at++) {
      const record = recordAt(at)
      ids.push(record.id)
      // Rejects where records are given up.
      void Promise.resolve(store.put(record)).catch(() => {})
      if (at % 100 === 0) await later(1)
    }
    process.kill(redis.pid, 'SIGCONT')
    const { missing } = await missingOf(redis, ids)
    const { givenUp } = await store.health()
    return {
      Redis: 'hangs, too much',
      'for s': '–',
      records: ids.length,
      'requests failed': '–',
      'p99 ms before, during': '–',
      missing,
      'given up': givenUp,
      'looked up after s': '–',
    }
  } finally {
    await store.close()
    client.disconnect()
    redis.stop()
  }
}

function p99(answers) {
  const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return times[Math.floor(0.99 * times.length)]?.toFixed(0)
}
