// What a request costs whose lines go to ClickHouse, beside one whose lines go to files: three lines and the request line. Servers side by
// side on core 0, the load and a server that keeps nothing on core 1.
import { fileURLToPath } from 'node:url'
import { burst, start, stop } from '../load/side-by-side.mjs'
import { inTurns, medianOfSets, rangeOfSets } from '../report.mjs'
import { startSink } from './lines.mjs'

const program = fileURLToPath(new URL('./server.mjs', import.meta.url))
const names = ['nowhere', 'file', 'clickhouse']
const warmUp = 10_000
// Lines are sent 500 ms after the first of them.
const quietMs = 700

export async function requestsOf(node, { requests, rounds, processes }) {
  const sink = await startSink()
  process.env.BENCH_CLICKHOUSE_URL = sink.url
  const sets = []
  try {
    for (let set = 0; set < processes; set++) {
      const servers = await Promise.all(inTurns(names, set).map((name) => start(program, node, name)))
      try {
        for (const server of servers) await burst(server, '/posts/7', warmUp, quietMs)
        sets.push(await roundsOf(servers, Math.ceil(rounds / processes), requests))
      } finally {
        await Promise.all(servers.map(stop))
      }
    }
  } finally {
    sink.child.kill('SIGKILL')
  }
  const cpu = (name) => (round) => round[name].cpuUs
  const ofLines = (name) => (round) => cpu(name)(round) - cpu('nowhere')(round)
  const us = (of) => medianOfSets(sets, of).toFixed(1)
  return [
    {
      'a request, µs': 'with 3 lines and its request line',
      nowhere: us(cpu('nowhere')),
      files: us(cpu('file')),
      ClickHouse: us(cpu('clickhouse')),
      'writing to files': us(ofLines('file')),
      'to ClickHouse': us(ofLines('clickhouse')),
      'CPU × file': medianOfSets(sets, (round) => cpu('clickhouse')(round) / cpu('file')(round)).toFixed(2),
      'of sets': rangeOfSets(sets, (round) => cpu('clickhouse')(round) / cpu('file')(round)),
    },
  ]
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
