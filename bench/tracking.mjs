// bench:tracking — how right the figures of a request are, and what measuring costs.
//   node tracking.mjs [--only accuracy|overhead] [--each 100] [--requests 2000] [--rounds 25] [--node PATH]…
// Accuracy: requests that burn 0, 1, 5 and 20 ms in five pieces, 1, 10 and 100 at once. Truth is the thread's CPU read
// just before and after each piece, and what a request that burns nothing is charged with. Overhead: the same service
// in several states side by side on core 0; in each round every one answers one short burst. Medians over the rounds.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { burst, start, stop } from './load/side-by-side.mjs'
import { median, table, writeResult } from './report.mjs'
import { accuracyOf, percentile } from './tracking/accuracy.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    each: { type: 'string', default: '100' },
    requests: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '25' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [each, requests, rounds] = [options.each, options.requests, options.rounds].map(Number)
const program = fileURLToPath(new URL('./tracking/server.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const result = {}
  if (options.only !== 'overhead') result.accuracy = await accuracy(node, version)
  if (options.only !== 'accuracy') result.overhead = await overhead(node, version)
  writeResult('tracking', version, { each, requests, rounds, ...result })
}

async function accuracy(node, version) {
  const server = await start(program, node, 'all')
  const rows = []
  try {
    await accuracyOf(server, 10, 30)
    for (const atOnce of [1, 10, 100]) rows.push(accuracyRow(await accuracyOf(server, atOnce, each)))
  } finally {
    await stop(server)
  }
  console.log(`\nErrors of a request's CPU, %, median / p95, Node ${version}\n`)
  console.log(table(rows))
  return rows
}

function accuracyRow({ atOnce, requests, base, errors, ofRequests, books }) {
  const shown = (size) => `${median(errors[size]).toFixed(1)} / ${percentile(errors[size], 0.95).toFixed(1)}`
  return {
    'at once': atOnce,
    requests,
    '1 ms': shown(1),
    '5 ms': shown(5),
    '20 ms': shown(20),
    'ms of 0': base.toFixed(2),
    'requests / thread CPU': ofRequests.toFixed(3),
    'books / thread CPU': books.toFixed(3),
  }
}

async function overhead(node, version) {
  const names = ['off', 'header', 'hooks', 'all', 'everything']
  const servers = await Promise.all(names.map((name) => start(program, node, name)))
  const measured = { '/json': [], '/awaits': [] }
  try {
    for (const path in measured) for (const server of servers) await burst(server, path, 4 * requests)
    for (let round = 0; round < rounds; round++) {
      for (const path in measured) {
        const one = {}
        for (const server of servers) one[server.name] = (await burst(server, path, requests)).cpuUs
        measured[path].push(one)
      }
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  const rows = names.map((name) => ({
    stack: name,
    ...columns('/json', name, measured),
    ...columns('/awaits', name, measured),
  }))
  console.log(`\nCPU of a request, ${rounds} rounds of ${requests} requests, Node ${version}\n`)
  console.log(table(rows))
  return rows
}

function columns(path, name, measured) {
  const rounds = measured[path]
  const over = (other) => median(rounds.map((round) => round[name] / round[other])).toFixed(2)
  return {
    [`${path} µs`]: median(rounds.map((round) => round[name])).toFixed(1),
    [`${path} × off`]: over('off'),
  }
}
