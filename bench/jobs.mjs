// bench:jobs — what a job costs over BullMQ with our telemetry, beside BullMQ alone.
//   node jobs.mjs [--jobs 500] [--rounds 15] [--warm-up 20] [--burn 0]… [--node PATH]…   (--burn: ms a job keeps the thread busy)
// Processes on core 0, one for each stack (jobs/stacks.mjs), with one Redis on core 1. In each round every one adds a number
// of jobs, 20 at once, and works them off, 20 at once. Workers run for days: the first rounds, in which code is still
// compiled, are not counted. Medians of ratios within a round.
import { execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keepAwake, pin } from './cores.mjs'
import { stacks } from './jobs/stacks.mjs'
import { median, table, writeResult } from './report.mjs'

const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '15' },
    'warm-up': { type: 'string', default: '20' },
    burn: { type: 'string', multiple: true, default: ['0', '1', '5'] },
    node: { type: 'string', multiple: true, default: [process.execPath] },
  },
})
const [jobs, rounds, warmUp] = [options.jobs, options.rounds, options['warm-up']].map(Number)
const program = fileURLToPath(new URL('./jobs/worker.mjs', import.meta.url))
const redisScript = fileURLToPath(new URL('../scripts/services/redis-up.sh', import.meta.url))
const names = Object.keys(stacks)
const directory = mkdtempSync(join(tmpdir(), 'spoor-bench-'))

const redis = JSON.parse(execFileSync('bash', [redisScript, directory], { encoding: 'utf8' }))
pin(redis.pid, 1)
keepAwake(1)
try {
  for (const node of options.node) await measureAll(node)
} finally {
  execFileSync('bash', [redisScript, '--stop', directory])
  rmSync(directory, { recursive: true, force: true })
}

async function measureAll(node) {
  const version = spawnSync(node, ['-v'], { encoding: 'utf8' }).stdout.trim()
  const rows = []
  for (const burn of options.burn) rows.push(...(await measure(node, burn)))
  console.log(`\nA job over BullMQ, ${rounds} rounds of ${jobs} jobs, Node ${version}\n`)
  console.log(table(rows))
  writeResult('jobs', version, { jobs, rounds, rows })
}

async function measure(node, burn) {
  const workers = await Promise.all(names.map((name) => start(node, name, burn)))
  const measured = []
  for (let round = 0; round < warmUp; round++) for (const worker of workers) await ask(worker)
  for (let round = 0; round < rounds; round++) {
    const one = {}
    // Each goes first equally often.
    for (let turn = 0; turn < names.length; turn++) {
      const at = (turn + round) % names.length
      one[names[at]] = await ask(workers[at])
    }
    measured.push(one)
  }
  for (const worker of workers) worker.kill()
  return names.map((name) => ({ 'a job burns': `${burn} ms`, ...rowOf(name, measured) }))
}

function rowOf(name, measured) {
  const mid = (value) => median(measured.map((round) => value(round[name])))
  const over = (value) => median(measured.map((round) => value(round[name]) / value(round.bullmq))).toFixed(3)
  const total = ({ addMs, workMs }) => addMs + workMs
  return {
    stack: name,
    'jobs/s': Math.round((jobs * 1_000) / mid(total)),
    'time × bullmq': over(total),
    'adding ×': over(({ addMs }) => addMs),
    'working ×': over(({ workMs }) => workMs),
    'CPU µs/job': mid(({ cpuUs }) => cpuUs).toFixed(0),
    'CPU ×': over(({ cpuUs }) => cpuUs),
  }
}

async function start(node, name, burn) {
  const child = fork(program, [name, join(directory, name), redis.url, burn], { execPath: node, execArgv: [] })
  child.once('exit', (code) => {
    if (code !== null) throw new Error(`the worker of ${name} ended with ${code}`)
  })
  await once(child, 'message')
  pin(child.pid, 0)
  return child
}

async function ask(child) {
  child.send({ jobs })
  const [answer] = await once(child, 'message')
  return answer
}
