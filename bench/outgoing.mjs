// bench:outgoing — what following a call adds to it, its line in a file included, and how true its times are.
//   node outgoing.mjs [--calls 4000] [--rounds 24] [--processes 3] [--witness 20] [--only CLIENT]… [--node PATH]…
// CPU: all callers share core 0, and the service that they call runs on core 1. In each round, each stack makes one burst
// of calls, so that all stacks meet the same state of the machine. A stack adds its CPU per call minus that of the bare
// calls in the same round. A burst of `fetch` must contain several scavenges of V8: there is one in about 1,100 calls, and
// it takes as much CPU as hundreds of calls. In bursts of 400 calls, the median only says whether most bursts contain one.
// The rounds are shared among several sets of processes. Medians over the rounds of a
// set, then over the sets; the ratio is that of the medians, because what a stack adds in one round may be close to
// nothing, and dividing by it says nothing.
// Truth: parallel calls of known lengths, each timed by who makes it and by who answers it.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keepAwake, pin } from './cores.mjs'
import { stacks } from './outgoing/stacks.mjs'
import { machine, median, medianOfSets, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '24' },
    processes: { type: 'string', default: '3' },
    witness: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [calls, rounds, processes] = [options.calls, options.rounds, options.processes].map(Number)
const warmUp = 10_000
const clients = ['fetch', 'http.request'].filter((client) => (options.only ?? [client]).includes(client))

keepAwake(1)
for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const service = start(node, 'server', [], 1)
  try {
    const [{ port }] = await once(service, 'message')
    const costs = []
    for (const client of clients) costs.push(...(await costsOf(node, client, port)))
    console.log(`\nA call and its line, Node ${version}, ${machine()}`)
    console.log(`${processes} processes of each, ${rounds} rounds of ${calls} calls\n`)
    console.log(table(costs))
    const truths = []
    for (const client of clients) truths.push(await truthOf(node, client, port))
    console.log(`\n40 calls, 20 at a time, ${options.witness} rounds, Node ${version}\n`)
    console.log(table(truths))
    writeResult('outgoing', version, { rounds, processes, calls, costs, truths })
  } finally {
    await stop(service)
  }
}

async function costsOf(node, client, port) {
  const sets = []
  for (let set = 0; set < processes; set++) sets.push(await roundsOf(node, client, port, Math.ceil(rounds / processes)))
  return Object.keys(stacks).map((name) => summary(client, name, sets))
}

/** The rounds of one set of processes. */
async function roundsOf(node, client, port, count) {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))
  const callers = Object.keys(stacks).map((name) => ({
    name,
    process: start(node, 'caller', [name, client, port, join(directory, name)], 0),
  }))
  const measured = []
  try {
    await Promise.all(callers.map((caller) => once(caller.process, 'message')))
    for (const caller of callers) await burst(caller, warmUp)
    for (let round = 0; round < count; round++) {
      const one = {}
      // Forth and back, so that no variant always runs next to the same one.
      for (const caller of round % 2 === 0 ? callers : callers.toReversed())
        one[caller.name] = await burst(caller, calls)
      measured.push(one)
    }
  } finally {
    await Promise.all(callers.map((caller) => stop(caller.process)))
    rmSync(directory, { recursive: true, force: true })
  }
  return measured
}

function summary(client, name, sets) {
  const added = (stack) => medianOfSets(sets, (round) => round[stack] - round.bare)
  return {
    client,
    stack: name,
    'CPU µs a call': medianOfSets(sets, (round) => round[name]).toFixed(1),
    'added µs': added(name).toFixed(1),
    'added, × opentelemetry': (added(name) / added('opentelemetry')).toFixed(2),
  }
}

async function truthOf(node, client, port) {
  const witness = start(node, 'witness', [client, port, options.witness], 0)
  const found = []
  witness.on('message', (round) => found.push(round))
  const [code] = await once(witness, 'exit')
  if (code !== 0) throw new Error(`the witness of ${client} failed`)
  const all = found.flatMap((round) => round.calls)
  const unions = found.map(({ union }) => ({ off: Math.abs(union.told - union.seen), seen: union.seen }))
  const worst = (values) => Math.max(...values.map(Math.abs))
  return {
    client,
    calls: all.length,
    'start off by, ms': worst(all.map((call) => call.startMs)).toFixed(2),
    'duration off by, ms': worst(all.map((call) => call.durationMs)).toFixed(2),
    median: median(all.map((call) => Math.abs(call.durationMs))).toFixed(2),
    'off by > 2 ms and > 2 %': all.filter(isOff).length,
    'over the server, ms': `${Math.min(...all.map((call) => call.overServerMs)).toFixed(2)} to ${worst(all.map((call) => call.overServerMs)).toFixed(2)}`,
    'union off by, ms': worst(unions.map(({ off }) => off)).toFixed(2),
    '%': worst(unions.map(({ off, seen }) => (100 * off) / seen)).toFixed(2),
  }
}

function isOff({ startMs, durationMs, seenMs }) {
  return [startMs, durationMs].some((off) => Math.abs(off) > Math.max(2, 0.02 * seenMs))
}

function start(node, program, args, core) {
  const file = fileURLToPath(new URL(`./outgoing/${program}.mjs`, import.meta.url))
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
  const child = fork(file, args.map(String), { execPath: node, execArgv: [], stdio })
  pin(child.pid, core)
  return child
}

async function burst({ name, process: caller }, amount) {
  caller.send(amount)
  const ended = new AbortController()
  const [answer] = await Promise.race([
    once(caller, 'message', ended),
    once(caller, 'exit', ended).then(() => Promise.reject(new Error(`the caller of ${name} ended`))),
  ])
  ended.abort()
  return answer.cpuUs
}

async function stop(child) {
  if (child.exitCode !== null) return
  child.disconnect()
  await once(child, 'exit')
}
