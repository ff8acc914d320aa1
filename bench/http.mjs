// bench:http — what following a request adds to it: an id, the account, three lines of the handler and one at the end.
//   node http.mjs [--requests 2000] [--rounds 40] [--node PATH]…
// All servers stand side by side on core 0, the load (20 connections) on core 1. In each round every stack answers one
// short burst, so that all see the same moods of the machine; what a stack adds is its CPU per request less that of bare
// Express in the same round. Medians over the rounds.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stacks } from './http/stacks.mjs'
import { burst, start, stop } from './load/side-by-side.mjs'
import { median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '40' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const rounds = Number(options.rounds)
const program = fileURLToPath(new URL('./http/server.mjs', import.meta.url))

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const servers = await Promise.all(Object.keys(stacks).map((name) => start(program, node, name)))
  const measured = []
  try {
    for (const server of servers) await burst(server, '/posts/7', 5 * Number(options.requests))
    for (let round = 0; round < rounds; round++) {
      const one = {}
      for (const server of servers) one[server.name] = await burst(server, '/posts/7', Number(options.requests))
      measured.push(one)
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  const rows = Object.keys(stacks).map((name) => summary(name, measured))
  console.log(
    `\nExpress 5, three lines and a request line, ${rounds} rounds of ${options.requests} requests, Node ${version}\n`,
  )
  console.log(table(rows))
  writeResult('http', version, { rounds, requests: Number(options.requests), rows })
}

function summary(name, measured) {
  const added = (stack) => (round) => round[stack].cpuUs - round.bare.cpuUs
  const ratios = measured.map((round) => added(name)(round) / added('pino')(round))
  return {
    stack: name,
    'CPU µs a request': median(measured.map((round) => round[name].cpuUs)).toFixed(1),
    'added µs': median(measured.map(added(name))).toFixed(1),
    'added, × pino': median(ratios).toFixed(2),
    'p99 ms': median(measured.map((round) => round[name].p99)).toFixed(0),
  }
}
