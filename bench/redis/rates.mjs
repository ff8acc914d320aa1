// What a record adds at different rates, without the noise of requests: put.mjs in processes of its own on core 0, with the records of
// the example service.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinnedTo } from '../cores.mjs'
import { medianOfSets, rangeOfSets } from '../report.mjs'

const program = fileURLToPath(new URL('./put.mjs', import.meta.url))
const rates = [100, 1_000, 2_000]

export function ratesOf(node, clients, { rounds, processes }) {
  return clients.flatMap((client) => rates.map((perSecond) => rowOf(node, client, perSecond, rounds, processes)))
}

function rowOf(node, client, perSecond, rounds, processes) {
  const each = Math.ceil(rounds / processes)
  const sets = Array.from({ length: processes }, () => {
    const [command, ...args] = pinnedTo(0, [node, program, client, perSecond, perSecond, each].map(String))
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`put.mjs failed:\n${stderr}`)
    return JSON.parse(stdout)
  })
  const added = ({ memory, redis }) => redis - memory
  return {
    client,
    'records/s': perSecond,
    'in memory, µs': medianOfSets(sets, ({ memory }) => memory).toFixed(1),
    'in Redis, µs': medianOfSets(sets, ({ redis }) => redis).toFixed(1),
    'added µs': medianOfSets(sets, added).toFixed(1),
    'of sets': rangeOfSets(sets, added),
  }
}
