import { readFileSync, readlinkSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

/** Who somebody is among all processes and threads that may write one file. */
interface Identity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process (/proc/PID/stat, field 22): a pid comes round again. */
  readonly start: string | undefined
  /** The pid namespace: in another container the same pid is somebody else. */
  readonly namespace: string | undefined
  readonly thread: number
}

let own: Identity | undefined

/** This thread. */
export function self(): Identity {
  own ??= { pid: process.pid, start: startOf(process.pid), namespace: namespace(), thread: threadId }
  return own
}

/**
 * Whether whoever wrote `identity` (the JSON of `self()`) still lives: false if it is certainly dead, `unknown` if it
 * cannot be seen from here: in another pid namespace, another thread of ours, or not readable at all.
 */
export function isAlive(identity: string): boolean | 'unknown' {
  const other = parsed(identity)
  const me = self()
  if (other === undefined || other.namespace !== me.namespace) return 'unknown'
  if (other.pid !== me.pid) return processLives(other)
  if (other.start !== me.start) return false
  // A thread does one thing at a time: if it was us, we were interrupted by an exception. Whether another thread of
  // ours lives nobody can tell (`worker.terminate()` between two calls left the lock 19 of 40 times).
  return other.thread === me.thread ? false : 'unknown'
}

function processLives({ pid, start }: Identity): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startOf(pid)
  return start === undefined || now === undefined || now === start
}

function parsed(identity: string): Identity | undefined {
  try {
    const { pid, start, namespace, thread } = JSON.parse(identity) as Record<string, unknown>
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || !Number.isSafeInteger(thread)) return undefined
    return { pid, start, namespace, thread } as Identity
  } catch {
    return undefined
  }
}

// Only Linux has /proc; elsewhere a pid that came round again counts as alive until the lock is stale.
function startOf(pid: number): string | undefined {
  try {
    // The second field is the program's name, which may hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended and only waits for its parent to ask.
    return state === 'Z' || state === 'X' ? 'ended' : rest[18]
  } catch {
    return undefined
  }
}

function namespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}
