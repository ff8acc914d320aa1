import { closeSync, openSync, readSync } from 'node:fs'

/** How much CPU this thread has used. */
export interface CpuClock {
  /** `wall`: this platform has no fine clock of the thread, and `cpuMs` stands still. */
  readonly kind: 'thread' | 'wall'
  /** User and system time, ms. Takes 2 µs (Node 20: 4 µs). */
  cpuMs(): number
  close(): void
}

const none: CpuClock = { kind: 'wall', cpuMs: () => 0, close: () => {} }

/** The first clock of this thread's CPU that is fine enough, tried out. */
export function openCpuClock(): CpuClock {
  for (const open of [usageClock, schedstatClock]) {
    const clock = open()
    if (clock !== undefined && isUsable(clock)) return clock
    clock?.close()
  }
  return none
}

type Usage = Pick<NodeJS.CpuUsage, 'user' | 'system'>

/** `process.threadCpuUsage`: Node 24, and the later ones of 22. */
function usageClock(): CpuClock | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => Usage }
  if (threadCpuUsage === undefined) return undefined
  return {
    kind: 'thread',
    cpuMs: () => {
      // Linux brings the figures of a thread up to date when those of the process are asked for; by themselves they
      // move at the scheduler's tick only, in steps of up to 4 ms.
      process.cpuUsage()
      const { user, system } = threadCpuUsage.call(process)
      return (user + system) / 1e3
    },
    close: () => {},
  }
}

/** Linux tells it in a file, whose first number is nanoseconds. The path means the thread that opens it. */
function schedstatClock(): CpuClock | undefined {
  const file = openQuietly('/proc/thread-self/schedstat')
  if (file === undefined) return undefined
  const buffer = Buffer.alloc(64)
  // These reads count for no request: `file-bytes.ts` may wrap the function later.
  const read = readSync
  return {
    kind: 'thread',
    cpuMs: () => {
      process.cpuUsage()
      const length = read(file, buffer, 0, buffer.length, 0)
      let nanoseconds = 0
      for (let at = 0; at < length; at++) {
        const digit = (buffer[at] as number) - 48
        if (digit < 0 || digit > 9) break
        nanoseconds = nanoseconds * 10 + digit
      }
      return nanoseconds / 1e6
    },
    close: () => closeSync(file),
  }
}

function openQuietly(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

/** Some systems have the function, and it throws there (SunOS). */
function isUsable(clock: CpuClock): boolean {
  try {
    return isFine(clock)
  } catch {
    return false
  }
}

/** True if the clock moves about as often as it is read: some systems count in ticks of 4 to 16 ms. */
function isFine(clock: CpuClock): boolean {
  const readings = 40
  let [steps, last] = [0, clock.cpuMs()]
  for (let reading = 0; reading < readings; reading++) {
    const until = performance.now() + 0.02
    while (performance.now() < until);
    const now = clock.cpuMs()
    if (now > last) steps++
    last = now
  }
  return steps > readings / 2
}
