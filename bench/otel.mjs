// bench:otel — what `withOpenTelemetry` adds to a request: nothing, the ids of the active span on its lines, metrics, log records.
//   node otel.mjs [--requests 500] [--rounds 40] [--processes 3] [--warm-up 4000] [--node PATH]…
// One server on core 0, which is connected in another way before each burst; the load is on core 1. It is Spoor under node:http with
// three lines and a request line, and a span around each request; the SDK drops what it exports. In each round every way answers one
// burst, in turns forwards and backwards. What is added is the CPU per request less that of `without` in the same round. Medians over
// the rounds of a process, then over the processes.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ask, burst, start, stop } from './load/side-by-side.mjs'
import { inTurns, machine, medianOfSets, rangeOfSets, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '40' },
    processes: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '4000' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [requests, rounds, processes] = [options.requests, options.rounds, options.processes].map(Number)
const program = fileURLToPath(new URL('./otel/server.mjs', import.meta.url))
const names = ['without', 'connected', 'metrics', 'logs']

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const sets = []
  for (let set = 0; set < processes; set++) sets.push(await roundsOf(node, set, Math.ceil(rounds / processes)))
  const added = (name) => (round) => round[name] - round.without
  const rows = names.map((name) => ({
    connected: name,
    'CPU µs a request': medianOfSets(sets, (round) => round[name]).toFixed(1),
    'added µs': medianOfSets(sets, added(name)).toFixed(1),
    'of sets': rangeOfSets(sets, added(name)),
  }))
  console.log(`\nwithOpenTelemetry, three lines and a request line, Node ${version}, ${machine()}`)
  console.log(`${processes} processes, ${rounds} rounds of ${requests} requests\n`)
  console.log(table(rows))
  writeResult('otel', version, { rounds, processes, requests, rows })
}

/** The rounds of one process: CPU in µs a request, by the way it is connected. */
async function roundsOf(node, set, count) {
  const server = await start(program, node, 'otel')
  const measured = []
  const burstOf = async (name, amount) => {
    await ask(server, { connect: name })
    return (await burst(server, '/posts/7', amount)).cpuUs
  }
  try {
    for (const name of names) await burstOf(name, Number(options['warm-up']))
    for (let round = 0; round < count; round++) {
      const one = {}
      for (const name of inTurns(names, round + set)) one[name] = await burstOf(name, requests)
      measured.push(one)
    }
  } finally {
    await stop(server)
  }
  return measured
}
