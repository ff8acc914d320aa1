// What Redis adds to a request's CPU. Servers side by side on core 0 (records in memory and in Redis, each measuring nobody and
// everybody), Redis and the load on core 1.
import { fileURLToPath } from 'node:url'
import { burst, start, stop } from '../load/side-by-side.mjs'
import { inTurns, medianOfSets, rangeOfSets } from '../report.mjs'

const program = fileURLToPath(new URL('./server.mjs', import.meta.url))
const modes = { nobody: 'header', everybody: 'all' }
// The last records are written 50 ms after their request, and answered some ms later.
const quietMs = 150

/** @param clients such as `ioredis` */
export async function cpuOf(node, clients, { requests, rounds, processes, warmUp }) {
  const names = ['memory', ...clients].flatMap((records) => Object.values(modes).map((mode) => `${records}/${mode}`))
  const sets = []
  for (let set = 0; set < processes; set++) {
    const servers = await Promise.all(inTurns(names, set).map((name) => start(program, node, name)))
    try {
      for (const server of servers) await burst(server, '/posts/7', warmUp, quietMs)
      sets.push(await roundsOf(servers, Math.ceil(rounds / processes), requests))
    } finally {
      await Promise.all(servers.map(stop))
    }
  }
  return clients.flatMap((client) => Object.entries(modes).map(([who, mode]) => rowOf(client, who, mode, sets)))
}

async function roundsOf(servers, count, requests) {
  const measured = []
  for (let round = 0; round < count; round++) {
    const one = {}
    for (const server of inTurns(servers, round)) one[server.name] = await burst(server, '/posts/7', requests, quietMs)
    measured.push(one)
  }
  return measured
}

function rowOf(client, who, mode, sets) {
  const cpu = (records) => (round) => round[`${records}/${mode}`].cpuUs
  const added = (round) => cpu(client)(round) - cpu('memory')(round)
  return {
    client,
    measured: who,
    'in memory, µs': medianOfSets(sets, cpu('memory')).toFixed(1),
    'in Redis, µs': medianOfSets(sets, cpu(client)).toFixed(1),
    'added µs': medianOfSets(sets, added).toFixed(1),
    'of sets': rangeOfSets(sets, added),
    'added, ×': medianOfSets(sets, (round) => cpu(client)(round) / cpu('memory')(round)).toFixed(2),
    required: who === 'nobody' ? '0' : '≤ 15',
  }
}
