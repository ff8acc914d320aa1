// One process of bench:totals. Answers on stdout, as JSON.
import { loadSketches } from '../../dist.inside/records/totals/sketches.js'
import { Totals } from '../../dist.inside/records/totals/totals.js'
import { median } from '../report.mjs'

const [requests, rounds] = process.argv.slice(2).map(Number)
const hourMs = 3_600_000
const dayMs = 24 * hourMs
await loadSketches()

const routes = Array.from({ length: 600 }, (_, at) => `/api/v1/things${at}/:id`)

/** An entry with nearly all figures. */
function entry(at, accounts) {
  return {
    kind: 'request',
    // A new string each time, as a request brings it.
    account: `account-${(at * 7_919) % accounts}`,
    method: 'GET',
    route: routes[at % 7 === 0 ? at % 600 : at % 6],
    failed: at % 50 === 0,
    durationMs: (at % 97) + 0.5,
    bytes: 1_000 + at,
    queries: at % 2 === 0 ? { calls: 2, ms: 1.5, poolMs: 0.1, holdMs: 1.6 } : undefined,
    counts: undefined,
    cpuMs: undefined,
  }
}

function cpuMs(run) {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function add(accounts) {
  const totals = new Totals()
  const entries = Array.from({ length: 10_000 }, (_, at) => entry(at, accounts))
  const batch = () => {
    for (let at = 0; at < requests; at++) totals.add(entries[at % entries.length])
  }
  batch()
  return (median(Array.from({ length: 5 }, () => cpuMs(batch))) / requests) * 1_000
}

/** Fills all tables: 1,000 accounts of five routes and 500 routes, each quarter of an hour, and each ten seconds of the last hour. */
function full() {
  const clock = { ms: 0 }
  const totals = new Totals({ clocks: { now: () => clock.ms, wall: () => clock.ms + 1.7e12 } })
  const names = Array.from({ length: 1_000 }, (_, at) => `account-${at}`)
  while (clock.ms < dayMs) {
    for (let at = 0; at < 5_000; at++) {
      const account = at % 1_000
      const route = routes[(account * 3 + Math.floor(at / 1_000)) % 500]
      totals.add({ ...entry(at, 1), account: names[account], route })
    }
    clock.ms += clock.ms < dayMs - hourMs ? 15 * 60_000 : 10_000
  }
  return totals
}

function held() {
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The rows and, unless it is for a budget, the values of 100 rows for each minute and the routes of all. */
function read(totals, query, isForBudget = false) {
  const once = () =>
    cpuMs(() => {
      const { rows } = totals.read(query)
      if (isForBudget) return
      for (const row of rows.slice(0, 100)) row.perMinute('cpu')
      for (const row of rows) void row.routes
    })
  for (let at = 0; at < 20; at++) once()
  return median(Array.from({ length: rounds }, once))
}

const figures = { 'add, three accounts, µs': add(3), 'add, 100,000 accounts, µs': add(100_000) }
const before = held()
const totals = full()
const memory = (held() - before) / 2 ** 20
const rows = {
  ...figures,
  'accounts of the last hour, ms': read(totals, { by: 'account', spanMs: hourMs }),
  'routes of the last hour, ms': read(totals, { by: 'route', spanMs: hourMs }),
  'accounts of the last day, ms': read(totals, { by: 'account', spanMs: dayMs }),
  'one minute, for a budget, ms': read(totals, { by: 'account', spanMs: 60_000 }, true),
  'memory, MB': memory,
}
console.log(JSON.stringify(Object.entries(rows).map(([what, value]) => ({ what, value: Number(value.toFixed(3)) }))))
