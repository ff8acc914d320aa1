// One process with a queue and a worker of BullMQ, followed by one of the stacks. Told a number of jobs it adds them, works
// them off, and says how long each half took and the CPU of a job.
import { setImmediate } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { stacks } from './stacks.mjs'

const [name, directory, url, burnMs] = process.argv.slice(2)
const concurrency = 20
const connection = { url, maxRetriesPerRequest: null }
const { telemetry, processor, scope = (fn) => fn() } = await stacks[name](directory)
const work = async () => {
  await setImmediate()
  burn(Number(burnMs))
  if (++done === wanted) finished?.()
}

let done = 0
let wanted = 0
let finished
const options = telemetry ? { connection, telemetry } : { connection }
const queue = new Queue(name, { ...options, defaultJobOptions: { removeOnComplete: true } })
const worker = new Worker(name, processor ? processor(work) : work, {
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
  await scope(() => Promise.all(Array.from({ length: concurrency }, add)))
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
