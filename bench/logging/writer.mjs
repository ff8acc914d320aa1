// One run of one logger in a process of its own: writes LINES lines and prints what it measured as one line of JSON.
// node writer.mjs NAME DIRECTORY LINES [yield|tight|latency|child]
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { loggers } from './loggers.mjs'

const [name, directory, count, mode = 'yield'] = process.argv.slice(2)
const lines = Number(count)
// pino's worker does not keep the process, also not while it is awaited.
const alive = setInterval(() => {}, 60_000)
const logger = await loggers[name](directory)

const account = 'acme'
const latencies = mode === 'latency' ? new Float64Array(lines) : undefined
const began = performance.now()
let at = 0
while (at < lines) {
  // A context every 10 lines, a turn of the event loop every 100: about what a busy service does.
  const requestId = `01a20cbd-6426-707a-a1ab-${String(at).padStart(12, '0')}`
  if (mode === 'child') ten(logger.child({ requestId, account }))
  else logger.scope({ requestId, account }, () => ten(logger.log))
  if (mode !== 'tight' && at % 100 === 0) await turn()
}
const loopMs = performance.now() - began
await logger.close()
clearInterval(alive)

const { userCPUTime, systemCPUTime } = process.resourceUsage()
console.log(
  JSON.stringify({
    loopMs,
    wallMs: performance.now() - began,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakMb: peakMemory(),
    ...(latencies && quantiles(latencies)),
  }),
)

function ten(log) {
  for (const end = Math.min(at + 10, lines); at < end; at++) {
    const start = latencies && performance.now()
    log({ seq: at, postId: 8841, site: 'blog.acme.example', ok: true }, 'post created on the site of the account')
    if (latencies) latencies[at] = performance.now() - start
  }
}

function peakMemory() {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function quantiles(values) {
  const sorted = values.slice().sort()
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 1000
  return { p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) }
}
