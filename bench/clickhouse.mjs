// bench:clickhouse — what lines for ClickHouse cost, what an outage loses, and how long the inspector takes to read a million lines there.
//   node clickhouse.mjs [--only lines|outage|reading|requests]… [--count 200000] [--pairs 9] [--outage-s 60]
//     [--lines 1000000] [--rounds 21] [--minutes 240] [--preferred] [--requests 2000] [--processes 3] [--node PATH]…
// The file of each part says how it measures (bench/clickhouse/). npm run test:clickhouse installs the engine.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { linesOf, versionOf } from './clickhouse/lines.mjs'
import { outageOf } from './clickhouse/outage.mjs'
import { readingOf } from './clickhouse/reading.mjs'
import { machine, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['lines', 'outage', 'reading', 'requests'] },
    count: { type: 'string', default: '200000' },
    pairs: { type: 'string', default: '9' },
    'outage-s': { type: 'string', default: '60' },
    lines: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '21' },
    minutes: { type: 'string', default: '240' },
    preferred: { type: 'boolean', default: false },
    requests: { type: 'string', default: '2000' },
    processes: { type: 'string', default: '3' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const number = (name) => Number(options[name])
const parts = {
  lines: (node) => linesOf(node, { lines: number('count'), pairs: number('pairs') }),
  outage: () => outageOf(number('outage-s')),
  requests: async (node) => {
    // Its load keeps this process on core 1.
    const { requestsOf } = await import('./clickhouse/requests.mjs')
    return requestsOf(node, { requests: number('requests'), rounds: number('rounds'), processes: number('processes') })
  },
  reading: () =>
    readingOf({
      lines: number('lines'),
      rounds: number('rounds'),
      minutes: number('minutes'),
      isPreferred: options.preferred,
    }),
}
const load = () =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')

for (const node of options.node) {
  const results = {}
  console.log(`\nLines in ClickHouse (chdb), Node ${versionOf(node)}, ${machine()}`)
  for (const part of options.only) {
    const before = load()
    results[part] = await parts[part](node)
    console.log(`\n${part}, load ${before} before, ${load()} after\n\n${table(results[part])}`)
  }
  writeResult('clickhouse', versionOf(node), { ...options, ...results })
}
