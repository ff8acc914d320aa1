// bench:tracking — how right the figures of a request are, and what measuring costs.
//   node tracking.mjs [--only accuracy|overhead] [--each 100] [--requests 600] [--rounds 42] [--processes 7]
//     [--state NAME]… [--node PATH]…
// Accuracy: requests that burn 0, 1, 5 and 20 ms in five pieces, 1, 10 and 100 at once. Truth is the thread's CPU read
// just before and after each piece, and what a request that burns nothing is charged with. Overhead: the same service
// in several states side by side on core 0; in each round every one answers one short burst. The rounds are shared among
// several sets of processes. Medians over the rounds of a set, then over the sets.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { burst, start, stop } from './load/side-by-side.mjs'
import { inTurns, machine, median, medianOfSets, rangeOfSets, table, writeResult } from './report.mjs'
import { accuracyOf, percentile } from './tracking/accuracy.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    each: { type: 'string', default: '100' },
    requests: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '42' },
    processes: { type: 'string', default: '7' },
    state: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [each, requests, rounds, processes] = [options.each, options.requests, options.rounds, options.processes].map(
  Number,
)
const warmUp = 6_000
// The others are compared with `off`.
const states = ['off', 'header', 'hooks', 'unheld', 'all', 'everything'].filter((state) =>
  ['off', ...(options.state ?? [state])].includes(state),
)
const program = fileURLToPath(new URL('./tracking/server.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const result = {}
  if (options.only !== 'overhead') result.accuracy = await accuracy(node, version)
  if (options.only !== 'accuracy') result.overhead = await overhead(node, version)
  writeResult('tracking', version, { each, requests, rounds, processes, ...result })
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
  console.log(`\nErrors of a request's CPU, %, median / p95, Node ${version}, ${machine()}\n`)
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
  const sets = []
  for (let set = 0; set < processes; set++) sets.push(await roundsOf(node, set, Math.ceil(rounds / processes)))
  const rows = states.map((name) => ({
    stack: name,
    ...columns('/json', name, sets),
    ...columns('/awaits', name, sets),
  }))
  console.log(`\nCPU of a request, Node ${version}, ${machine()}`)
  console.log(`${processes} processes of each, ${rounds} rounds of ${requests} requests\n`)
  console.log(table(rows))
  if (states.includes('unheld') && states.includes('all')) console.log(heldUpCost(sets))
  return rows
}

/** What the figures of being held up cost: measuring with them, divided by measuring without. */
function heldUpCost(sets) {
  const cost = (path) => medianOfSets(sets, (round) => round[path].all / round[path].unheld).toFixed(3)
  return `\nall / unheld: /json ${cost('/json')}, /awaits ${cost('/awaits')}`
}

/** The rounds of one set of processes: for each path the µs a request of each state. */
async function roundsOf(node, set, count) {
  const servers = await Promise.all(inTurns(states, set).map((name) => start(program, node, name)))
  const measured = []
  const paths = ['/json', '/awaits']
  try {
    for (const path of paths) for (const server of servers) await burst(server, path, warmUp)
    for (let round = 0; round < count; round++) {
      const one = {}
      for (const path of paths) {
        one[path] = {}
        for (const server of inTurns(servers, round))
          one[path][server.name] = (await burst(server, path, requests)).cpuUs
      }
      measured.push(one)
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  return measured
}

function columns(path, name, sets) {
  const over = (round) => round[path][name] / round[path].off
  return {
    [`${path} µs`]: medianOfSets(sets, (round) => round[path][name]).toFixed(1),
    [`${path} × off`]: medianOfSets(sets, over).toFixed(3),
    [`${path} of sets`]: rangeOfSets(sets, over),
  }
}
