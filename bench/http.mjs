// bench:http — what following a request adds to it: an id, the account, three lines of the handler and one at the end.
//   node http.mjs [--seconds 4] [--rounds 5] [--node PATH]…
// The server runs on core 0, the load (20 connections) on core 1. Each round measures every stack once; what a stack adds
// is its CPU per request less that of bare Express in the same round. Medians over the rounds.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { stacks } from './http/stacks.mjs'
import { median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const rounds = Number(options.rounds)
const program = fileURLToPath(new URL('./http/server.mjs', import.meta.url))
const hasTaskset = spawnSync('taskset', ['-V']).status === 0

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const measured = []
  for (let round = 0; round < rounds; round++) {
    const one = {}
    for (const name of Object.keys(stacks)) one[name] = await measure(node, name)
    measured.push(one)
  }
  const rows = Object.keys(stacks).map((name) => summary(name, measured))
  console.log(`\nExpress 5, three lines and a request line, ${rounds} rounds, Node ${version}\n`)
  console.log(table(rows))
  writeResult('http', version, { rounds, rows })
}

function summary(name, measured) {
  const added = (stack) => (round) => round[stack].cpuUs - round.bare.cpuUs
  const ratios = measured.map((round) => added(name)(round) / added('pino')(round))
  return {
    stack: name,
    'CPU µs a request': median(measured.map((round) => round[name].cpuUs)).toFixed(1),
    'added µs': median(measured.map(added(name))).toFixed(1),
    'added, × pino': median(ratios).toFixed(2),
    'requests/s': median(measured.map((round) => round[name].perSecond)).toFixed(0),
    'p99 ms': median(measured.map((round) => round[name].p99)).toFixed(0),
  }
}

async function measure(node, name) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  const server = fork(program, [name, directory], {
    execPath: node,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    const [{ port }] = await once(server, 'message')
    if (hasTaskset) spawnSync('taskset', ['-a', '-cp', '0', String(server.pid)])
    if (hasTaskset) spawnSync('taskset', ['-a', '-cp', '1', String(process.pid)])
    const load = { url: `http://127.0.0.1:${port}/posts/7`, connections: 20, headers: { authorization: 'x' } }
    await autocannon({ ...load, duration: 2 })
    const before = await cpuOf(server)
    const result = await autocannon({ ...load, duration: Number(options.seconds) })
    const cpuUs = ((await cpuOf(server)) - before) / result['2xx']
    return { cpuUs, perSecond: result.requests.average, p99: result.latency.p99 }
  } finally {
    server.send('stop')
    await once(server, 'exit')
    rmSync(directory, { recursive: true, force: true })
  }
}

async function cpuOf(server) {
  server.send('cpu')
  const [{ cpuUs }] = await once(server, 'message')
  return cpuUs
}
