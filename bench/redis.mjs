// bench:redis — what records in Redis cost, how soon others read them, and what an outage of Redis loses.
//   node redis.mjs [--only cpu|rates|reading|open|outage]… [--requests 2000] [--rounds 20] [--processes 5] [--warm-up 10000]
//     [--samples 300] [--outage-s 60] [--client ioredis|node-redis]… [--node PATH]…
// The file of each part says how it measures (bench/redis/).
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { pin } from './cores.mjs'
import { startRedis } from './load/redis.mjs'
import { cpuOf } from './redis/cpu.mjs'
import { openOf } from './redis/open.mjs'
import { outageOf } from './redis/outage.mjs'
import { ratesOf } from './redis/rates.mjs'
import { readingOf } from './redis/reading.mjs'
import { machine, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['cpu', 'rates', 'reading', 'open', 'outage'] },
    client: { type: 'string', multiple: true, default: ['ioredis', 'node-redis'] },
    requests: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '20' },
    processes: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '10000' },
    samples: { type: 'string', default: '300' },
    'outage-s': { type: 'string', default: '60' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [requests, rounds, processes, samples] = ['requests', 'rounds', 'processes', 'samples'].map((name) =>
  Number(options[name]),
)
const warmUp = Number(options['warm-up'])
const parts = {
  cpu: (node) => cpuOf(node, options.client, { requests, rounds, processes, warmUp }),
  rates: (node) => ratesOf(node, options.client, { rounds, processes }),
  reading: (node) => readingOf(node, options.client, { samples }),
  open: (node) => openOf(node, options.client, { samples }),
  outage: (node) => outageOf(node, Number(options['outage-s'])),
}

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  console.log(`\nRecords in Redis, Node ${version}, ${machine()}`)
  const results = {}
  for (const part of options.only) {
    const redis = startRedis()
    process.env.BENCH_REDIS_URL = redis.url
    pin(redis.pid, 1)
    try {
      results[part] = await parts[part](node)
    } finally {
      redis.stop()
    }
    console.log(`\n${part}\n\n${table(results[part])}`)
  }
  writeResult('redis', version, results)
}
