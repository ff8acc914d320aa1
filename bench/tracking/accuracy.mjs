// How far what a request is charged with is from what it burned.
import { Agent, get } from 'node:http'
import { ask } from '../load/side-by-side.mjs'
import { median } from '../report.mjs'

const sizes = [0, 1, 5, 20]

/** Errors by size of the burn, and the books, of one run with `atOnce` requests open at any time. */
export async function accuracyOf(server, atOnce, each) {
  const before = await ask(server, 'books')
  await load(server, atOnce, each)
  const after = await ask(server, 'books')
  const known = await ask(server, 'errors')
  // What framework and Node take for a request that burns nothing.
  const base = median(known.filter(({ ms }) => ms === 0).map(({ charged }) => charged))
  const errors = Object.fromEntries(
    sizes.slice(1).map((size) => {
      const all = known.filter(({ ms }) => ms === size)
      return [size, all.map(({ truth, charged }) => Math.abs(charged / (truth + base) - 1) * 100)]
    }),
  )
  const thread = after.threadCpuMs - before.threadCpuMs
  const kinds = ['requests', 'jobs', 'runs', 'unattributed', 'watching']
  const charged = kinds.reduce((sum, kind) => sum + after[kind] - before[kind], 0)
  return {
    atOnce,
    requests: known.length,
    base,
    errors,
    ofRequests: (after.requests - before.requests) / thread,
    books: charged / thread,
  }
}

export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}

/** Requests of all sizes, mixed, `atOnce` of them open at any time. */
async function load({ url }, atOnce, each) {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const paths = Array.from({ length: each * sizes.length }, (_, at) => `/burn/${sizes[at % sizes.length]}`)
  shuffle(paths)
  const worker = async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) await fetchOne(`${url}${path}`, agent)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  agent.destroy()
}

function fetchOne(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject)
  })
}

function shuffle(list) {
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[list[at], list[other]] = [list[other], list[at]]
  }
}
