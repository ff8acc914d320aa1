import { closeSync, openSync, readSync } from 'node:fs'

/** Reads the CPU time of this thread. */
export interface CpuClock {
  /** `wall`: this platform has no fine clock for each thread, and `cpuMs` never changes. */
  readonly kind: 'thread' | 'wall'
  /** User and system time, in ms. A reading takes 2 µs (Node 20: 4 µs). */
  cpuMs(): number
  close(): void
}

const none: CpuClock = { kind: 'wall', cpuMs: () => 0, close: () => {} }

/** Tries the clocks for this thread's CPU and returns the first one that is fine enough. */
export function openCpuClock(): CpuClock {
  for (const open of [usageClock, schedstatClock]) {
    const clock = open()
    if (clock !== undefined && isUsable(clock)) return clock
    clock?.close()
  }
  return none
}

type Usage = Pick<NodeJS.CpuUsage, 'user' | 'system'>

/** `process.threadCpuUsage`, in Node 24 and in later versions of 22. */
function usageClock(): CpuClock | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => Usage }
  if (threadCpuUsage === undefined) return undefined
  return {
    kind: 'thread',
    cpuMs: () => {
      // Linux updates the figures of a thread when the figures of the process are read. Otherwise they change only at
      // ticks of the scheduler, in steps of up to 4 ms.
      process.cpuUsage()
      const { user, system } = threadCpuUsage.call(process)
      return (user + system) / 1e3
    },
    close: () => {},
  }
}

/**
 * Linux has a file whose first number is the thread's CPU in nanoseconds. The path names the thread that opens the
 * file.
 */
function schedstatClock(): CpuClock | undefined {
  const file = openQuietly('/proc/thread-self/schedstat')
  if (file === undefined) return undefined
  const buffer = Buffer.alloc(64)
  // `file-bytes.ts` may wrap this function later; these reads must count for no request.
  const read = readSync
  return {
    kind: 'thread',
    cpuMs: () => {
      process.cpuUsage()
      return numberAt(buffer, 0, read(file, buffer, 0, buffer.length, 0)) / 1e6
    },
    close: () => closeSync(file),
  }
}

/** Reads for how long this thread waited for a core while it could run, in ms. */
export interface CoreWait {
  ms(): number
  close(): void
}

/**
 * The second number of Linux's file (`run_delay`, in ns). Other systems do not tell it. A reading takes 3 µs.
 *
 * @see https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
export function openCoreWait(): CoreWait | undefined {
  const file = openQuietly('/proc/thread-self/schedstat')
  if (file === undefined) return undefined
  const buffer = Buffer.alloc(64)
  // `file-bytes.ts` may wrap this function later; these reads must count for no request.
  const read = readSync
  return {
    ms: () => {
      const length = read(file, buffer, 0, buffer.length, 0)
      return numberAt(buffer, buffer.indexOf(space) + 1, length) / 1e6
    },
    close: () => closeSync(file),
  }
}

const space = 32

function numberAt(buffer: Buffer, from: number, length: number): number {
  let number = 0
  for (let at = from; at < length; at++) {
    const digit = (buffer[at] as number) - 48
    if (digit < 0 || digit > 9) break
    number = number * 10 + digit
  }
  return number
}

function openQuietly(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

/** On some systems the function exists but throws (SunOS). */
function isUsable(clock: CpuClock): boolean {
  try {
    return isFine(clock)
  } catch {
    return false
  }
}

// 20 µs take about 500 turns.
const maxTurns = 10_000

/** True if the clock changes about as often as it is read. Some systems count in ticks of 4 to 16 ms. */
function isFine(clock: CpuClock): boolean {
  const readings = 40
  let [steps, last] = [0, clock.cpuMs()]
  for (let reading = 0; reading < readings; reading++) {
    const until = performance.now() + 0.02
    // A clock that a test has put in place may stand still.
    for (let turns = 0; performance.now() < until && turns < maxTurns; turns++);
    const now = clock.cpuMs()
    if (now > last) steps++
    last = now
  }
  return steps > readings / 2
}
