// On which core a process runs, and that no core sleeps.
import { spawn, spawnSync } from 'node:child_process'

const has = (command) => spawnSync(command, ['-V']).status === 0
const hasTaskset = has('taskset')
const hasChrt = has('chrt')

/** A command that runs on one core from its start, where the system can. */
export function pinnedTo(core, command) {
  return hasTaskset ? ['taskset', '-c', String(core), ...command] : command
}

/** Keeps a process and all its threads on one core, where the system can. */
export function pin(pid, core) {
  if (hasTaskset) spawnSync('taskset', ['-a', '-cp', String(core), String(pid)])
}

/** Lets a process and all its threads go before all others, where the system can: for short measurements on a shared machine. */
export function preferred(pid) {
  if (hasChrt) spawnSync('chrt', ['-a', '-f', '-p', '10', String(pid)])
}

/**
 * Keeps a core from sleeping with a loop that gives way to everybody (SCHED_IDLE), until this process ends. To wake a
 * sleeping core of a virtual machine costs 10 to 30 µs, which count as CPU of who sends something to a process there: the
 * slower sender, which lets it fall asleep more often, would seem much slower than it is.
 */
export function keepAwake(core) {
  if (!hasTaskset || !hasChrt) return
  const loop = `while (process.ppid === ${process.pid}) for (let i = 0; i < 1e7; i++);`
  const [command, ...args] = pinnedTo(core, ['chrt', '-i', '0', process.execPath, '-e', loop])
  const child = spawn(command, args, { stdio: 'ignore' })
  child.unref()
  process.once('exit', () => child.kill('SIGKILL'))
}
