// One process with a queue and a worker of BullMQ, without telemetry, with one that does nothing, with ours, or with ours
// in mode `all`. Told a number of jobs it adds them, works them off, and says how long each half took and the CPU of a job.
import { setImmediate } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { bullmqTelemetry } from '../../dist/adapters/bullmq.js'
import { createSpoor, defineLogs } from '../../dist/index.js'

const [name, directory, url, burnMs] = process.argv.slice(2)
const concurrency = 20
const connection = { url, maxRetriesPerRequest: null }
const spoor = name === 'bullmq' || name === 'nothing' ? undefined : followed(name)
const telemetry = name === 'nothing' ? doesNothing() : spoor && bullmqTelemetry(spoor)
const processor = async () => {
  await setImmediate()
  burn(Number(burnMs))
  if (++done === wanted) finished?.()
}

let done = 0
let wanted = 0
let finished
const options = telemetry ? { connection, telemetry } : { connection }
const queue = new Queue(name, { ...options, defaultJobOptions: { removeOnComplete: true } })
const worker = new Worker(name, spoor ? telemetry.processor(processor) : processor, {
  ...options,
  autorun: false,
  concurrency,
})
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
void worker.run()
worker.pause()

process.on('message', async ({ jobs }) => {
  const before = process.cpuUsage()
  const start = performance.now()
  await addAll(jobs)
  const added = performance.now()
  await workAll(jobs)
  const end = performance.now()
  const { user, system } = process.cpuUsage(before)
  process.send({ addMs: added - start, workMs: end - added, cpuUs: (user + system) / jobs })
})
process.send('ready')

function burn(ms) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** As a request does that queues much, 20 at once. */
async function addAll(jobs) {
  let left = jobs
  const add = async () => {
    while (left-- > 0) await queue.add('mail', { to: 'mara' })
  }
  const all = () => Promise.all(Array.from({ length: concurrency }, add))
  await (spoor ? spoor.run({ account: 'acme' }, all) : all())
}

async function workAll(jobs) {
  done = 0
  wanted = jobs
  const all = new Promise((resolve) => {
    finished = resolve
  })
  worker.resume()
  await all
  await worker.pause()
}

function followed(mode) {
  const logs = defineLogs({ directory, loggers: { requests: { console: false } } })
  return createSpoor({ service: 'bench', logs, tracking: { mode: mode === 'all' ? 'all' : 'header' } })
}

/** What having a telemetry costs by itself. */
function doesNothing() {
  const ignore = () => {}
  const span = { setSpanOnContext: (context) => context, setAttribute: ignore, setAttributes: ignore }
  Object.assign(span, { addEvent: ignore, recordException: ignore, end: ignore })
  const context = {}
  const contextManager = {
    active: () => context,
    with: (_, fn) => fn(),
    getMetadata: () => '',
    fromMetadata: () => context,
  }
  return { tracer: { startSpan: () => span }, contextManager }
}
