// bench:windows — what the windows of the default mode cost all requests, and how right the shares of accounts are.
//   node windows.mjs [--only cost|shares] [--requests 12000] [--rounds 4] [--warm-up 20000] [--processes 7] [--seconds 20 --seconds 60] [--runs 3]
//     [--node PATH]…
// Cost: the same service with mode `off`, in the default mode without windows, and in the default mode, side by side on core 0. A
// round is longer than a second, because there is one window in a second. The CPU of all rounds of a set together, then
// the median over the sets. Shares: three accounts whose requests burn 12, 6 and 3 ms; the truth is the thread's CPU read just
// before and after each piece of work.
import { spawnSync } from 'node:child_process'
import { get } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ask, burst, start, stop } from './load/side-by-side.mjs'
import { inTurns, machine, median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    requests: { type: 'string', default: '12000' },
    rounds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '20000' },
    processes: { type: 'string', default: '7' },
    seconds: { type: 'string', multiple: true, default: ['20', '60'] },
    runs: { type: 'string', default: '3' },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [requests, rounds, processes, runs] = [options.requests, options.rounds, options.processes, options.runs].map(
  Number,
)
const warmUp = Number(options['warm-up'])
const states = ['off', 'without', 'windows']
const paths = ['/json', '/awaits']
const program = fileURLToPath(new URL('./windows/server.mjs', import.meta.url))
const accounts = ['12', '6', '3']
// Of each account. Together they take about half of a core.
const perSecond = 25

for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const result = {}
  if (options.only !== 'shares') result.cost = await cost(node, version)
  if (options.only !== 'cost') result.shares = await shares(node, version)
  writeResult('windows', version, { requests, rounds, processes, runs, ...result })
}

async function cost(node, version) {
  const sets = []
  for (let set = 0; set < processes; set++) sets.push(await setOf(node, set))
  const rows = states.map((state) => ({
    state,
    ...Object.assign({}, ...paths.map((path) => columns(path, state, sets))),
  }))
  console.log(`\nCPU of a request, Node ${version}, ${machine()}`)
  console.log(`${processes} processes of each, ${rounds} rounds of ${requests} requests\n`)
  console.log(table(rows))
  return rows
}

/** One process of each state: for each path and state the µs of a request, over all rounds. */
async function setOf(node, set) {
  const servers = await Promise.all(inTurns(states, set).map((state) => start(program, node, state)))
  const cpuUs = {}
  try {
    for (const path of paths) {
      cpuUs[path] = Object.fromEntries(states.map((state) => [state, 0]))
      for (const server of servers) await burst(server, path, warmUp)
      for (let round = 0; round < rounds; round++) {
        for (const server of inTurns(servers, round))
          cpuUs[path][server.name] += (await burst(server, path, requests)).cpuUs / rounds
      }
    }
  } finally {
    await Promise.all(servers.map(stop))
  }
  return cpuUs
}

function columns(path, state, sets) {
  const ratios = sets.map((set) => set[path][state] / set[path].off)
  return {
    [`${path} µs`]: median(sets.map((set) => set[path][state])).toFixed(1),
    [`${path} × off`]: median(ratios).toFixed(3),
    [`${path} of sets`]: `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
  }
}

async function shares(node, version) {
  const rows = []
  for (const seconds of options.seconds.map(Number)) {
    for (let run = 0; run < runs; run++) rows.push(await sharesAfter(node, seconds))
  }
  console.log(`\nShares of the CPU of three accounts, %, estimated / true, Node ${version}, ${machine()}\n`)
  console.log(table(rows))
  return rows
}

async function sharesAfter(node, seconds) {
  const server = await start(program, node, 'windows')
  try {
    await load(server, 2)
    await ask(server, 'shares')
    await load(server, seconds)
    const { windows, truth, estimated } = await ask(server, 'shares')
    const off = accounts.map((account) => Math.abs((estimated[account] ?? 0) - truth[account]) * 100)
    const shown = (account) => `${percent(estimated[account] ?? 0)} / ${percent(truth[account])}`
    return {
      seconds,
      windows,
      ...Object.fromEntries(accounts.map((account) => [`${account} ms`, shown(account)])),
      'most points off': Math.max(...off).toFixed(1),
    }
  } finally {
    await stop(server)
  }
}

function percent(share) {
  return (share * 100).toFixed(1)
}

/** Requests of each account at random times. */
async function load({ url }, seconds) {
  const until = performance.now() + seconds * 1_000
  await Promise.all(
    accounts.map(async (account) => {
      const open = []
      while (performance.now() < until) {
        open.push(fetchOne(`${url}/burn/${account}`))
        await later(((Math.random() * 2 * 1_000) / perSecond) | 0)
      }
      await Promise.all(open)
    }),
  )
}

function fetchOne(url) {
  return new Promise((resolve, reject) => {
    get(url, (answer) => answer.resume().on('end', resolve)).on('error', reject)
  })
}
