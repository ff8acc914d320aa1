// One writing process of the soak: logs numbered lines, notes what it was promised (a flush that returned), and may be
// stopped or killed at any file system call. node writer.mjs '{"id":1,"directory":…,"acks":…,"ms":…}'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const options = JSON.parse(process.argv[2])
const nap = new Int32Array(new SharedArrayBuffer(4))

// Faults at every step of a rotation, without a hook in the code that is tested: its own calls of the file system.
for (const name of [
  'openSync',
  'statSync',
  'writeFileSync',
  'linkSync',
  'readdirSync',
  'renameSync',
  'unlinkSync',
  'writeSync',
]) {
  const real = fs[name]
  fs[name] = (...args) => {
    fault(name)
    const result = real(...args)
    fault(name)
    return result
  }
}
syncBuiltinESMExports()

function fault(name) {
  // A write and the stat before it happen for each batch; a rename, a link or a new file only in a rotation.
  const often = name === 'writeSync' || name === 'statSync' || name === 'openSync' ? 0.1 : 1
  if (Math.random() < options.die * often) process.kill(process.pid, 'SIGKILL')
  if (Math.random() < options.stall * often) Atomics.wait(nap, 0, 0, Math.random() * options.stallMs)
}

const { defineLogs } = await import('../../dist/index.js')
const logs = defineLogs({
  directory: options.directory,
  rotation: { maxBytes: options.maxBytes, backups: options.backups },
  loggers: { app: { file: 'app.log', format: 'json', console: false } },
})
const logger = logs.get('app')
const acks = fs.openSync(join(options.acks, String(options.id)), 'w')
const until = Date.now() + options.ms
let seq = 0

while (Date.now() < until) {
  const batch = 1 + Math.floor(Math.random() * 150)
  for (let at = 0; at < batch; at++) logger.info({ writer: options.id, seq: ++seq }, 'p'.repeat(100))
  await logs.flush()
  fs.writeSync(acks, String(seq).padEnd(12), 0)
  await pause(Math.random() * 4)
}
await logs.close()
