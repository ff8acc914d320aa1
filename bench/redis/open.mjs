// How long the list of open requests takes: 4 processes with 500 each, asked at one of them, until its last byte is there.
import { Agent, get } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask, start, stop } from '../load/side-by-side.mjs'
import { median } from '../report.mjs'

const program = fileURLToPath(new URL('./server.mjs', import.meta.url))
const processes = 4
const each = 500

export async function openOf(node, clients, { samples }) {
  const rows = []
  for (const client of clients) {
    const servers = []
    try {
      for (let at = 0; at < processes; at++) servers.push(await start(program, node, `${client}/all`))
      for (const server of servers) hold(server)
      rows.push({ client, ...(await listsOf(servers[0], samples)) })
    } finally {
      await Promise.all(servers.map(stop))
    }
  }
  return rows
}

/** Requests that stay open until their server ends. */
function hold({ port }) {
  const agent = new Agent({ maxSockets: each })
  for (let at = 0; at < each; at++) {
    get({ host: '127.0.0.1', port, path: `/open/${at}`, agent, headers: { authorization: 'x' } }).on('error', () => {})
  }
}

async function listsOf(server, samples) {
  const list = async () => {
    const since = performance.now()
    const response = await fetch(`${server.url}/_spoor/api/live-requests`)
    const text = await response.text()
    return { ms: performance.now() - since, text }
  }
  while (JSON.parse((await list()).text).items.length < processes * each) await later(200)
  const before = await ask(server, 'cpu')
  const lists = []
  for (let at = 0; at < samples; at++) {
    lists.push(await list())
    await later(20)
  }
  const cpuMs = ((await ask(server, 'cpu')) - before) / samples / 1_000
  const times = lists.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return {
    items: processes * each,
    KB: Math.round(lists[0].text.length / 1_024),
    'median ms': median(times).toFixed(1),
    'p99 ms': times[Math.floor(0.99 * times.length)].toFixed(1),
    'CPU ms': cpuMs.toFixed(1),
    required: '≤ 50',
  }
}
