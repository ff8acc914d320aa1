// One writer of the soak, a process or a worker thread: logs numbered lines, notes what it was promised (a flush that
// returned), and may be stopped or killed at any call of the file system. It ends when it is told to.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'

const options = isMainThread ? JSON.parse(process.argv[2]) : workerData
const real = { ...fs }
const nap = new Int32Array(new SharedArrayBuffer(4))
let isArmed = false

// Faults at every step of a rotation, without a hook in the code that is tested: its own calls of the file system.
// A write and the looks around it happen for each batch; the others only in a rotation.
const ofEachBatch = ['lstatSync', 'openSync', 'writeSync', 'fstatSync', 'closeSync']
const ofRotation = [
  'readdirSync',
  'readFileSync',
  'readSync',
  'statSync',
  'linkSync',
  'unlinkSync',
  'existsSync',
  'ftruncateSync',
]
for (const name of [...ofEachBatch, ...ofRotation]) wrap(name, real[name], ofEachBatch.includes(name) ? 0.1 : 1)
wrap('renameSync', keepingWhatIsDeleted, 1)
timed('linkSync', 'ftruncateSync')
syncBuiltinESMExports()

function wrap(name, call, probability) {
  fs[name] = (...args) => {
    if (isArmed) fault(probability)
    const result = call(...args)
    if (isArmed) fault(probability)
    return result
  }
}

/** The longest time from taking the lock to giving it back. */
let longestMs = 0

function timed(first, last) {
  const [take, giveBack] = [fs[first], fs[last]]
  let since = Number.NaN
  fs[first] = (...args) => {
    take(...args)
    since = performance.now()
  }
  fs[last] = (...args) => {
    giveBack(...args)
    longestMs = Math.max(longestMs, performance.now() - since || 0)
    since = Number.NaN
  }
}

function fault(probability) {
  if (Math.random() < options.die * probability) die()
  if (Math.random() < options.stall * probability) Atomics.wait(nap, 0, 0, Math.random() * options.stallMs)
}

function die() {
  if (isMainThread) process.kill(process.pid, 'SIGKILL')
  parentPort.postMessage('kill me')
  Atomics.wait(nap, 0, 0)
}

/**
 * A rename over the oldest backup deletes its lines by right: they are kept aside to be counted. Its own descriptor
 * changes no link count, by which writers see that a file is gone.
 */
function keepingWhatIsDeleted(from, to) {
  const wasArmed = isArmed
  // readFileSync and writeFileSync call what is wrapped here.
  isArmed = false
  const isOldest = to.endsWith(`.${options.backups}`) && real.existsSync(to)
  const oldest = isOldest ? real.openSync(to, 'r') : undefined
  try {
    real.renameSync(from, to)
    if (oldest !== undefined) {
      real.writeFileSync(join(options.deleted, `${options.id}-${process.hrtime.bigint()}`), real.readFileSync(oldest))
    }
  } finally {
    if (oldest !== undefined) real.closeSync(oldest)
    isArmed = wasArmed
  }
}

let isEnding = false
const end = () => {
  isEnding = true
}
if (isMainThread) process.stdin.once('end', end).resume()
else parentPort.once('message', end)

const { defineLogs } = await import(options.package)
const logs = defineLogs({
  directory: options.directory,
  rotation: { maxBytes: options.maxBytes, backups: options.backups },
  loggers: { app: { file: 'app.log', format: 'json', console: false } },
})
const logger = logs.get('app')
const acks = real.openSync(join(options.acks, String(options.id)), 'w')
let seq = 0
isArmed = true

while (!isEnding) {
  const batch = 1 + Math.floor(Math.random() * 150)
  for (let at = 0; at < batch; at++) logger.info({ writer: options.id, seq: ++seq }, 'p'.repeat(100))
  await logs.flush()
  const { overLimit = 0 } = logs.health().find(({ output }) => output === 'app.log')
  real.writeSync(acks, JSON.stringify({ promised: seq, overLimit, longestMs }).padEnd(100), 0)
  await pause(Math.random() * 4)
}
isArmed = false
await logs.close()
if (!isMainThread) parentPort.close()
