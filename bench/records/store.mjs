// One process of bench:records: fills stores and reads pages of them. Answers on stdout, as JSON.
import { memoryRecords } from '../../dist.inside/index.js'
import { readAccess } from '../../dist.inside/records/read-access.js'
import { median } from '../report.mjs'

const [count, rounds] = process.argv.slice(2).map(Number)
const epoch = Date.parse('2026-11-24T12:00:00.000Z')
const accounts = ['acme', 'globex', 'initech', 'northwind', 'hooli']
const roomy = { maxBytes: 2 ** 30 }
const all = readAccess('all', undefined)
const acme = readAccess('account', 'acme')

/** The n-th record to end. One starts every 10 ms; most take under a second, one of 50 up to 15 minutes. */
function record(n, calls) {
  const id = `01a20dde-1314-7c1e-9b52-${n.toString(16).padStart(12, '0')}`
  const failed = n % 50 === 0
  const durationMs = (n * 7_919) % (failed ? 900_000 : 1_000)
  return {
    id,
    requestId: id,
    kind: n % 10 === 0 ? 'job' : 'request',
    account: accounts[n % accounts.length],
    user: 'mara',
    method: 'POST',
    route: '/api/v1/publish',
    path: '/api/v1/publish',
    status: failed ? 503 : 201,
    service: 'publisher',
    version: '1.0.0',
    instance: 'web-2:4127',
    pid: 4127,
    startedAt: new Date(epoch + n * 10 - durationMs).toISOString(),
    durationMs,
    cpu: { ms: (n % 100) + 0.123, slices: 7, clock: 'thread', fromMs: 0 },
    waits: { outgoingMs: n % 530, stepsMs: 0, otherMs: 28.5, unmeasuredMs: 0 },
    io: { client: { readBytes: 4_198, writtenBytes: 612 } },
    process: { cpuMs: 318.2, heapDeltaBytes: 1_204_224, inFlight: 9 },
    logs: { lines: 12, warnings: 1, errors: 0 },
    outgoing: Array.from({ length: calls }, (_, at) => call(at)),
    steps: [],
    jobs: [],
    timeline: Array.from({ length: 7 }, (_, at) => [at * 8.25, 1.5]),
    error: failed ? { type: 'Error', message: 'gone', code: 'ECONNREFUSED', stack: stack } : undefined,
  }
}

const stack = new Error('gone').stack

function call(at) {
  const bytes = { readBytes: 1_842, writtenBytes: 412 }
  const where = { method: 'GET', host: 'blog.acme.example', route: '/wp-json/wp/v2/posts/:id', status: 200 }
  return { startMs: at * 30, firstByteMs: 84.5, durationMs: 92.125, ...where, reused: true, ...bytes }
}

/** CPU of the process (collecting garbage included), ms: other programs on the machine do not count. */
function timed(work) {
  const before = process.cpuUsage()
  work()
  return since(before)
}

async function timedUntil(work) {
  const before = process.cpuUsage()
  await work()
  return since(before)
}

function since(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function each(list, visit) {
  for (const one of list) visit(one)
}

async function keeping(name, calls) {
  const made = Array.from({ length: count }, (_, n) => record(n, calls))
  const [put, written] = [[], []]
  for (let round = 0; round < 11; round++) {
    const store = memoryRecords(roomy)
    put.push(timed(() => each(made, (one) => store.put(one))))
    written.push(timed(() => each(made, (one) => JSON.stringify(one))))
  }
  const bytes = made.reduce((sum, one) => sum + JSON.stringify(one).length, 0)
  const store = memoryRecords(roomy)
  const before = heap()
  for (let n = 0; n < count; n++) store.put(JSON.parse(JSON.stringify(made[n])))
  const onHeap = heap() - before
  const counted = (await store.health()).bytes
  return {
    record: name,
    'JSON bytes': Math.round(bytes / count),
    'counted ×': (counted / bytes).toFixed(3),
    'heap ×': (onHeap / bytes).toFixed(2),
    'put µs': ((median(put) / count) * 1_000).toFixed(2),
    'JSON.stringify µs': ((median(written) / count) * 1_000).toFixed(2),
  }
}

function percentile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]
}

function heap() {
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

async function reading() {
  const store = memoryRecords()
  for (let n = 0; n < count; n++) store.put(record(n, 2))
  let middle
  for (let n = 0; n < count / 100; n++) middle = (await store.list(all, { before: middle })).next
  const filters = {
    none: [all, {}],
    'of one account': [acme, {}],
    'the middle page': [all, { before: middle }],
    'status 5xx': [all, { status: '5xx' }],
    'errorCode that none has': [all, { errorCode: 'nothing' }],
    'mostly cpu, minMs 100': [all, { mostly: 'cpu', minMs: 100 }],
    'one requestId': [all, { requestId: record(7, 0).requestId }],
    'the first hundredth of the time': [all, { to: epoch + count / 10 }],
    everything: [
      all,
      {
        account: 'acme',
        user: 'mara',
        route: '/api/v1/publish',
        status: '2xx',
        kind: 'request',
        mostly: 'outgoing',
        from: epoch,
        to: epoch + count * 10,
        minMs: 1,
        minCpuMs: 1,
      },
    ],
  }
  const rows = []
  for (const [filter, [scope, wanted]] of Object.entries(filters)) {
    const ms = []
    for (let round = 0; round < rounds; round++) ms.push(await timedUntil(() => store.list(scope, wanted)))
    const items = (await store.list(scope, wanted)).items.length
    rows.push({ filter, items, median: median(ms).toFixed(2), '95 % within': percentile(ms, 0.95).toFixed(2) })
  }
  return rows
}

const kept = [await keeping('no calls', 0), await keeping('3 calls', 3), await keeping('50 calls', 50)]
process.stdout.write(JSON.stringify({ kept, lists: await reading() }))
