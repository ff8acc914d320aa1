// bench:otel — what `withOpenTelemetry` adds to a request: nothing, the ids of the active span on its lines, metrics, log records.
//   node otel.mjs [--requests 1000] [--rounds 30] [--processes 3] [--warm-up 10000] [--node PATH]…
// All servers stand side by side on core 0, the load on core 1. Each is Spoor under node:http with three lines and a request line,
// and the registered SDK; what it exports is dropped. In each round every server answers one short burst, in turns forwards and
// backwards; what is added is the CPU per request less that of `without` in the same round. Medians over rounds, then over sets.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { burst, start, stop } from './load/side-by-side.mjs'
import { inTurns, machine, medianOfSets, rangeOfSets, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '30' },
    processes: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '10000' },
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
    server: name,
    'CPU µs a request': medianOfSets(sets, (round) => round[name]).toFixed(1),
    'added µs': medianOfSets(sets, added(name)).toFixed(1),
    'of sets': rangeOfSets(sets, added(name)),
  }))
  console.log(`\nwithOpenTelemetry, three lines and a request line, Node ${version}, ${machine()}`)
  console.log(`${processes} processes of each, ${rounds} rounds of ${requests} requests\n`)
  console.log(table(rows))
  writeResult('otel', version, { rounds, processes, requests, rows })
}

/** The rounds of one set of processes: CPU in µs a request, by server. */
async function roundsOf(node, set, count) {
  const servers = await Promise.all(inTurns(names, set).map((name) => start(program, node, name)))
  const measured = []
  try {
    for (const server of servers) await burst(server, '/posts/7', Number(options['warm-up']))
    for (let round = 0; round < count; round++) {
      const one = {}
      for (const server of inTurns(servers, round)) one[server.name] = (await burst(server, '/posts/7', requests)).cpuUs
      measured.push(one)
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  return measured
}
