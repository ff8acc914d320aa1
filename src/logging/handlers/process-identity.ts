import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** Who somebody is among all processes and threads that may write one file. */
interface Identity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process (/proc/PID/stat, field 22): a pid comes round again. */
  readonly start: string | undefined
  /** The pid namespace: in another container the same pid is somebody else. */
  readonly namespace: string | undefined
  /** Node's number of the thread; 0 is the main one, which ends with its process only. */
  readonly thread: number
  /** The kernel's number of the thread, and when it started. */
  readonly task: string | undefined
  readonly taskStart: string | undefined
}

let own: Identity | undefined

/** This thread. */
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
 * Whether the process or thread that wrote `identity` (the JSON of `self()`) still lives: false if it is certainly dead, `unknown` if it
 * cannot be seen from here: in another pid namespace, a worker thread where there is no /proc, or not readable at all.
 */
export function isAlive(identity: string): boolean | 'unknown' {
  const other = parsed(identity)
  const me = self()
  if (other === undefined || other.namespace !== me.namespace) return 'unknown'
  const start = startOf(other.pid)
  if (!exists(other.pid) || (start !== undefined && other.start !== undefined && start !== other.start)) return false
  // A thread does one thing at a time: if it was us, we were interrupted by an exception.
  if (other.pid === me.pid && other.thread === me.thread) return false
  // Without its start (no /proc, or other users' processes hidden in it) it may be somebody else by now.
  return start === undefined ? 'unknown' : threadLives(other)
}

/** Whether a text is the JSON of `self()`, of any process. */
export function isIdentity(text: string): boolean {
  return parsed(text) !== undefined
}

/**
 * Whether the process that `identity` names has a file open: the holder of a lock has its file open. `unknown` where that
 * cannot be seen: no /proc, or a process of another user.
 */
export function hasOpen(identity: string, file: { readonly dev: number; readonly ino: number }): boolean | 'unknown' {
  const folder = `/proc/${parsed(identity)?.pid}/fd`
  try {
    return readdirSync(folder).some((fd) => isLockAt(`${folder}/${fd}`, file))
  } catch {
    return 'unknown'
  }
}

// Only locks are looked at: looking at a file of a network file system may take for ever.
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

// `worker.terminate()` between two calls left the lock 19 of 40 times, while the process lived on.
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

// Only Linux has /proc; elsewhere a pid that came round again counts as alive until the lock is stale.
function startAt(file: string): string | undefined {
  try {
    // The second field is the program's name, which may hold spaces and parentheses.
    const stat = readFileSync(file, 'latin1')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended and only waits for its parent to ask.
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
