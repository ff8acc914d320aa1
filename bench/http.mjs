// bench:http — what following a request adds to it: an id, the account, three lines of the handler and one at the end.
//   node http.mjs [--framework NAME]… [--requests 1000] [--rounds 42] [--processes 7] [--warm-up 20000] [--only NAME]… [--node PATH]…
// One framework after the other (default: all). All servers of a framework stand side by side on core 0, the load (20
// connections) on core 1. In each round every stack answers one short burst, in turns forwards and backwards, so that all see
// the same moods of the machine; what a stack adds is its CPU per request less that of the bare framework in the same round.
// The rounds are shared among several sets of processes. Medians over the rounds of a set, then over the sets.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { frameworks } from './http/frameworks.mjs'
import { ask, burst, start, stop } from './load/side-by-side.mjs'
import { inTurns, machine, medianOfSets, rangeOfSets, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    framework: { type: 'string', multiple: true, default: Object.keys(frameworks) },
    requests: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '42' },
    processes: { type: 'string', default: '7' },
    'warm-up': { type: 'string', default: '20000' },
    only: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [requests, rounds, processes] = [options.requests, options.rounds, options.processes].map(Number)
const warmUp = Number(options['warm-up'])
const program = fileURLToPath(new URL('./http/server.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  for (const framework of options.framework) await measure(framework, node, version)
}

async function measure(framework, node, version) {
  const { title, stacks } = frameworks[framework]
  // What the others are compared with is always there.
  const names = stacks.filter((name) => ['bare', 'pino', ...(options.only ?? [name])].includes(name))
  const servers = names.map((name) => `${framework}/${name}`)
  const sets = []
  for (let set = 0; set < processes; set++) sets.push(await roundsOf(servers, node, set, Math.ceil(rounds / processes)))
  const rows = names.map((name) => summary(name, sets))
  console.log(`\n${title}, three lines and a request line, Node ${version}, ${machine()}`)
  console.log(`${processes} processes of each, ${rounds} rounds of ${requests} requests\n`)
  console.log(table(rows))
  writeResult(framework === 'express' ? 'http' : `http-${framework}`, version, { rounds, processes, requests, rows })
}

/** The rounds of one set of processes. */
async function roundsOf(names, node, set, count) {
  const servers = await Promise.all(inTurns(names, set).map((name) => start(program, node, name)))
  const measured = []
  try {
    for (const server of servers) {
      // Three full collections in every server, as a service has that loads packages. From Node 24 on, one at the wrong moment
      // makes each later process.nextTick take 0.4 µs instead of 0.1, because V8 forgets the shape of its objects.
      for (const first of [20, 200, 2_000]) {
        await burst(server, '/posts/7', first)
        await ask(server, 'gc')
      }
      await burst(server, '/posts/7', warmUp)
    }
    for (let round = 0; round < count; round++) {
      const one = {}
      for (const server of inTurns(servers, round)) {
        one[server.name.split('/')[1]] = await burst(server, '/posts/7', requests)
      }
      measured.push(one)
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  return measured
}

function summary(name, sets) {
  const added = (stack) => (round) => round[stack].cpuUs - round.bare.cpuUs
  const over = (round) => added(name)(round) / added('pino')(round)
  return {
    stack: name,
    'CPU µs a request': medianOfSets(sets, (round) => round[name].cpuUs).toFixed(1),
    'added µs': medianOfSets(sets, added(name)).toFixed(1),
    'added, × pino': medianOfSets(sets, over).toFixed(2),
    'of sets': rangeOfSets(sets, over),
    'p99 ms': medianOfSets(sets, (round) => round[name].p99).toFixed(0),
  }
}
