// bench:fleet — how much traffic one Redis and one ClickHouse take, and what is full first.
//   node fleet.mjs [--only redis|clickhouse]… [--from 500] [--times 1.6] [--step-s 4] [--processes 2] [--each 100] [--most-s 75]
// Processes replay recorded requests of the example service (fleet/traffic.jsonl, made by fleet/record.mjs), each with new ids, as
// instances of a service: one for `--each` records a second, with its own connection and its open requests. The rate rises until
// the CPU, memory, disk or connections of the target, or the CPU of this machine, is full, or the time is over.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as clickhouse from './fleet/clickhouse-target.mjs'
import * as redis from './fleet/redis-target.mjs'
import { machineUse, processUse } from './fleet/use.mjs'
import { machine, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['redis', 'clickhouse'] },
    from: { type: 'string', default: '500' },
    times: { type: 'string', default: '1.6' },
    'step-s': { type: 'string', default: '4' },
    processes: { type: 'string', default: '2' },
    each: { type: 'string', default: '100' },
    'most-s': { type: 'string', default: '75' },
  },
})
const number = (name) => Number(options[name])
const program = fileURLToPath(new URL('./fleet/worker.mjs', import.meta.url))
const targets = { redis, clickhouse }
const full = 0.9
/** How long the target may take to store what was sent before it counts as too slow. */
const settleMs = 2_000
/** How long new connections have before a rate is measured. */
const steadyMs = 1_000
const MB = 2 ** 20

async function measure(name) {
  const target = await targets[name].startTarget()
  const workers = Array.from({ length: number('processes') }, (_, at) =>
    fork(program, [name, target.address, `web-${at}`], { execArgv: [] }),
  )
  try {
    const steps = await rise(target, workers)
    const last = steps.at(-1)
    const verdict = last.full ?? `nothing was full within ${options['most-s']} s`
    console.log(`\n${name}: ${verdict}, at ${last.offered} requests/s\n`)
    console.log(table(steps.map(rowOf[name])))
    return { verdict, steps }
  } finally {
    const ended = Promise.all(workers.map((worker) => once(worker, 'exit')))
    for (const worker of workers) worker.send('stop')
    await Promise.race([ended, later(5_000, undefined, { ref: false })])
    for (const worker of workers) worker.kill('SIGKILL')
    await target.stop()
  }
}

async function rise(target, workers) {
  const steps = []
  const until = performance.now() + number('most-s') * 1_000
  let offered = number('from')
  let isSecond = false
  while (performance.now() < until) {
    const step = await stepOf(target, workers, Math.round(offered))
    steps.push(step)
    // Once may be the fault of another program.
    if (step.full && isSecond) break
    isSecond = step.full !== undefined
    if (!isSecond) offered *= number('times')
  }
  return steps
}

async function stepOf(target, workers, offered) {
  const instances = Math.max(1, Math.ceil(offered / number('each') / workers.length))
  const ask = async (message) => {
    for (const worker of workers) worker.send(message)
    return Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]))
  }
  const settledBefore = await ask('settle')
  await ask({ perSecond: 0, instances })
  await later(steadyMs)
  const [first, firstOfAll] = [await useOf(target, workers), machineUse()]
  await ask({ perSecond: offered / workers.length, instances })
  const since = performance.now()
  await later(number('step-s') * 1_000)
  const settling = performance.now()
  const settled = await ask('settle')
  const tookMs = performance.now() - settling
  const seconds = (performance.now() - since) / 1_000
  const [last, lastOfAll] = [await useOf(target, workers), machineUse()]
  const sum = (answers, of) => answers.reduce((all, one) => all + of(one), 0)
  const sent = sum(settled, (one) => one.sent) - sum(settledBefore, (one) => one.sent)
  const failed = sum(settled, (one) => one.failed) - sum(settledBefore, (one) => one.failed)
  const step = {
    offered,
    instances: instances * workers.length,
    perSecond: sent / number('step-s'),
    settledMs: tookMs,
    failed,
    seconds,
    cpu: (last.cpuS - first.cpuS) / seconds,
    workersCpu: (last.workersCpuS - first.workersCpuS) / seconds,
    machine: (lastOfAll.usedS - firstOfAll.usedS) / (lastOfAll.allS - firstOfAll.allS),
    sent,
    first,
    last,
  }
  return { ...step, full: fullOf(step, target.limits) }
}

async function useOf(target, workers) {
  const workersCpuS = workers.reduce((sum, { pid }) => sum + processUse(pid).cpuS, 0)
  return { ...(await target.use()), workersCpuS }
}

/** What is full, in words: all of it, the heaviest first. Undefined if nothing is. */
function fullOf({ cpu, machine, workersCpu, settledMs, failed, perSecond, offered, last }, limits) {
  const isFull = (used, limit) => limit && used >= full * limit
  const all = [
    isFull(cpu, limits.cores) && `CPU of the server (${cpu.toFixed(2)} of ${limits.cores} cores)`,
    isFull(last.connections, limits.connections) && `connections (${last.connections})`,
    isFull(last.storedBytes, limits.storedBytes) &&
      `${limits.connections ? 'memory' : 'disk'} (${Math.round(last.storedBytes / MB)} MB)`,
    isFull(last.memoryBytes, limits.memoryBytes) && `memory (${Math.round(last.memoryBytes / MB)} MB)`,
  ].filter(Boolean)
  if (all.length > 0) return all.join(' and ')
  const isSlow = settledMs > settleMs || failed > 0 || perSecond < full * offered
  const shares = `server ${cpu.toFixed(2)}, replaying ${workersCpu.toFixed(2)} cores`
  if (machine >= 0.97 && isSlow) return `CPU of this machine (${shares}, the rest other programs)`
  return isSlow
    ? `nothing, but it did not keep up: ${Math.round(settledMs)} ms to store the rest (${shares})`
    : undefined
}

const rowOf = {
  redis: (step) => {
    const { first, last, seconds } = step
    const records = Math.max(1, last.records - first.records)
    return {
      ...common(step),
      'commands/s': Math.round((last.scripts - first.scripts) / seconds),
      'network B a record': Math.round((last.networkBytes - first.networkBytes) / Math.max(1, step.sent)),
      'JSON B a record': Math.round(last.recordBytes / Math.max(1, last.records)),
      'memory B a record':
        last.evicted > first.evicted ? '–' : Math.round((last.storedBytes - first.storedBytes) / records),
      'memory MB': Math.round(last.storedBytes / MB),
      records: last.records,
    }
  },
  clickhouse: (step) => {
    const { first, last, seconds } = step
    const perSecond = (last.rows - first.rows) / seconds
    const rowBytes = last.rowBytes / Math.max(1, last.rows)
    return {
      ...common(step),
      'rows/s': Math.round(perSecond),
      'disk B a row': rowBytes.toFixed(0),
      'disk GB a day': ((perSecond * rowBytes * 86_400) / 1e9).toFixed(1),
      'memory MB': Math.round(last.memoryBytes / MB),
      rows: last.rows,
    }
  },
}

function common({ offered, instances, perSecond, settledMs, cpu, workersCpu, machine }) {
  return {
    'requests/s': Math.round(perSecond),
    offered,
    instances,
    'stored after ms': Math.round(settledMs),
    'server, cores': cpu.toFixed(2),
    'replaying, cores': workersCpu.toFixed(2),
    'machine %': Math.round(machine * 100),
  }
}

console.log(`\nA fleet's traffic into one server, ${machine()}`)
const results = {}
for (const name of options.only) {
  const why = targets[name].missing?.()
  if (why) console.log(`\n${why}`)
  else results[name] = await measure(name)
}
writeResult('fleet', process.version, results)
