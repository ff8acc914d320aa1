// bench:queries — what following a query adds to it, beside OpenTelemetry's instrumentations.
//   node queries.mjs [--queries 400] [--pairs 40] [--processes 5] [--only CLIENT]… [--node PATH]…
// Real servers, on core 1; the process that sends the queries has core 0. In each process, blocks of queries without and with
// following alternate, so that both meet the same state of the machine, and the same compiled code of the client. A pair gives
// the difference of their CPU per query. Medians over the pairs of a process, then over the processes; the processes of the
// stacks run in turn.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keepAwake, pin } from './cores.mjs'
import { clients } from './queries/clients.mjs'
import { startServer } from './queries/servers.mjs'
import { stacks } from './queries/stacks.mjs'
import { inTurns, machine, medianOfSets, rangeOfSets, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: '400' },
    pairs: { type: 'string', default: '40' },
    processes: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [queries, pairs, processes] = [options.queries, options.pairs, options.processes].map(Number)
/** What a query may cost at most, in µs of CPU. */
const limits = { 'pg pool.query': 5, 'mysql2 pool.query': 5, 'ioredis get': 2 }

keepAwake(1)
for (const node of options.node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const rows = []
  for (const client of Object.keys(clients)) {
    if ((options.only ?? [client]).some((part) => client.includes(part))) rows.push(...(await costsOf(node, client)))
  }
  console.log(`\nA followed query, Node ${version}, ${machine()}`)
  console.log(`${processes} processes of each, ${pairs} pairs of blocks of ${queries} queries\n`)
  console.log(table(rows))
  writeResult('queries', version, { processes, pairs, queries, rows })
}

async function costsOf(node, client) {
  // OpenTelemetry has no function for one call.
  const names = Object.keys(stacks).filter((name) => name === 'spoor' || !client.startsWith('follow'))
  const sets = Object.fromEntries(names.map((name) => [name, []]))
  const { target, stop } = await startServer(client)
  try {
    for (let set = 0; set < processes; set++) {
      for (const name of inTurns(names, set)) sets[name].push(await pairsOf(node, name, client, target))
    }
  } finally {
    await stop()
  }
  return names.map((name) => row(client, name, sets[name]))
}

function row(client, name, sets) {
  const added = ({ bare, followed }) => followed - bare
  return {
    client,
    stack: name,
    'CPU µs a query': medianOfSets(sets, ({ bare }) => bare).toFixed(1),
    'added µs': medianOfSets(sets, added).toFixed(1),
    'added, lowest–highest process': rangeOfSets(sets, added),
    limit: name === 'spoor' ? (limits[client] ?? '') : '',
  }
}

/** The pairs of one process. */
async function pairsOf(node, name, client, target) {
  const file = fileURLToPath(new URL('./queries/caller.mjs', import.meta.url))
  const args = [name, client, target, queries, pairs].map(String)
  const child = fork(file, args, { execPath: node, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  pin(child.pid, 0)
  const ended = new AbortController()
  const [answer] = await Promise.race([
    once(child, 'message', ended),
    once(child, 'exit', ended).then(([code]) => {
      throw new Error(`the process of ${name} and ${client} ended with ${code}`)
    }),
  ])
  ended.abort()
  if (child.exitCode === null) await once(child, 'exit')
  return answer
}
