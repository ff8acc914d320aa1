// How long until a record is readable on another instance: from the end of the answer of one server until the inspector of the other
// has the record, asked every 5 ms. The first also answers others meanwhile.
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { start, stop } from '../load/side-by-side.mjs'
import { steadily } from './steadily.mjs'

const program = fileURLToPath(new URL('./server.mjs', import.meta.url))
const otherPerSecond = 100
const everyMs = 5
const atOnce = 4

export async function readingOf(node, clients, { samples }) {
  const rows = []
  for (const client of clients) {
    const servers = await Promise.all([1, 2].map(() => start(program, node, `${client}/all`)))
    try {
      rows.push(rowOf(client, await timesOf(servers, samples)))
    } finally {
      await Promise.all(servers.map(stop))
    }
  }
  return rows
}

async function timesOf([one, other], samples) {
  const load = steadily(one, otherPerSecond)
  await later(2_000)
  const times = []
  const lane = async () => {
    while (times.length < samples) times.push(await timeOf(one, other))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  await load.stop()
  return times
}

async function timeOf(one, other) {
  const response = await fetch(`${one.url}/posts/7`)
  await response.arrayBuffer()
  const since = performance.now()
  const url = `${other.url}/_spoor/api/requests/${response.headers.get('x-request-id')}`
  for (;;) {
    const { ok, body } = await fetch(url)
    await body?.cancel()
    if (ok) return performance.now() - since
    await later(everyMs)
  }
}

function rowOf(client, times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0)
  return { client, samples: times.length, 'median ms': at(0.5), 'p99 ms': at(0.99), 'max ms': at(1), required: '≤ 200' }
}
