// Names a thread so that other processes can tell whether it still lives: a lock names its owner by it.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** One thread, among all processes and threads that may write one file. */
interface Identity {
  readonly pid: number
  /**
   * When the process started, in clock ticks since boot. It tells two processes with the same pid apart: pids are reused.
   * Field 22 of /proc/PID/stat, see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
   */
  readonly start: string | undefined
  /** The pid namespace: in another container, the same pid means another process. */
  readonly namespace: string | undefined
  /** Node's number of the thread. 0 is the main thread, which lives as long as its process. */
  readonly thread: number
  /** The kernel's number of the thread, and when the thread started. Undefined on systems without /proc. */
  readonly task: string | undefined
  readonly taskStart: string | undefined
}

let own: Identity | undefined

/** The identity of this thread. */
export function self(): Identity {
  own ??= made()
  return own
}

function made(): Identity {
  const { pid } = process
  const { threadId } = process.getBuiltinModule('node:worker_threads')
  const task = linkAt('/proc/thread-self')?.match(/\d+$/)?.[0]
  const taskStart = task === undefined ? undefined : startAt(`/proc/${pid}/task/${task}/stat`)
  return { pid, start: startOf(pid), namespace: linkAt('/proc/self/ns/pid'), thread: threadId, task, taskStart }
}

/**
 * Whether the thread that wrote `identity` still lives. False if it is certainly dead. `unknown` if it cannot be seen from here:
 * it is in another pid namespace, it is a worker thread on a system without /proc, or `identity` is unreadable.
 *
 * @param identity the JSON of `self()`
 */
export function isAlive(identity: string): boolean | 'unknown' {
  const other = parsed(identity)
  const me = self()
  if (other === undefined || other.namespace !== me.namespace) return 'unknown'
  const start = startOf(other.pid)
  if (!exists(other.pid) || (start !== undefined && other.start !== undefined && start !== other.start)) return false
  // A thread does one thing at a time. If this thread is named, an exception interrupted it before.
  if (other.pid === me.pid && other.thread === me.thread) return false
  // Without its start, the pid may belong to another process by now. The start is unknown without /proc, and where /proc hides
  // the processes of other users.
  return start === undefined ? 'unknown' : threadLives(other)
}

/** Whether a text is the JSON of `self()`, of any process. */
export function isIdentity(text: string): boolean {
  return parsed(text) !== undefined
}

/**
 * Whether the process that `identity` names has a file open. The holder of a lock has the lock file open. `unknown` on systems
 * without /proc, and for a process of another user.
 */
export function hasOpen(identity: string, file: { readonly dev: number; readonly ino: number }): boolean | 'unknown' {
  const folder = `/proc/${parsed(identity)?.pid}/fd`
  try {
    return readdirSync(folder).some((fd) => isLockAt(`${folder}/${fd}`, file))
  } catch {
    return 'unknown'
  }
}

// Calls `stat` for lock files only: for a file on a network file system, `stat` may take for ever.
function isLockAt(link: string, { dev, ino }: { readonly dev: number; readonly ino: number }): boolean {
  if (!linkAt(link)?.includes('.lock.')) return false
  const there = statSync(link, { throwIfNoEntry: false })
  return there?.ino === ino && there.dev === dev
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// In a test, `worker.terminate()` left the lock behind 19 times out of 40, while the process lived on.
function threadLives({ pid, thread, task, taskStart }: Identity): boolean | 'unknown' {
  if (thread === 0) return true
  if (task === undefined) return 'unknown'
  return startAt(`/proc/${pid}/task/${task}/stat`) === taskStart
}

function parsed(identity: string): Identity | undefined {
  try {
    const { pid, start, namespace, thread, task, taskStart } = JSON.parse(identity) as Record<string, unknown>
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || !Number.isSafeInteger(thread)) return undefined
    if (task !== undefined && !/^\d{1,20}$/.test(String(task))) return undefined
    return { pid, start, namespace, thread, task, taskStart } as Identity
  } catch {
    return undefined
  }
}

function startOf(pid: number): string | undefined {
  return startAt(`/proc/${pid}/stat`)
}

// Only Linux has /proc. Elsewhere a reused pid counts as alive until the lock is stale.
function startAt(file: string): string | undefined {
  try {
    // The second field is the name of the program, which may contain spaces and parentheses.
    const stat = readFileSync(file, 'latin1')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; only its parent has not collected it yet.
    return state === 'Z' || state === 'X' ? 'ended' : rest[18]
  } catch {
    return undefined
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
