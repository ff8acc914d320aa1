import { createContext, type WorkContext } from '../../src/context/request-context.js'
import { runWith } from '../../src/context/storage.js'
import { openCpuClock } from '../../src/usage/cpu-clock.js'
import { openUsage, type Usage, type UsageOptions } from '../../src/usage/usage.js'

const clock = openCpuClock()

/** Burns CPU until the thread's clock has moved on by `ms`, however long that takes here. @returns what it moved by */
export function burn(ms: number): number {
  const start = clock.cpuMs()
  let used = 0
  for (let x = 0; used < ms; used = clock.cpuMs() - start) for (let i = 0; i < 4_000; i++) x += Math.sqrt(i + x)
  return used
}

/** How much of this thread's CPU `fn` takes, in ms, whatever else the machine does; by the wall where that is unknown. */
export function cpuMsOf(fn: () => unknown): number {
  const now = (): number => (clock.kind === 'thread' ? clock.cpuMs() : performance.now())
  const start = now()
  fn()
  return now() - start
}

/**
 * For tests whose subject is the real clock of this thread's CPU: they are tried three times. A neighbour on the machine
 * adds ms now and then (stolen time, a collection, the compiler) to whatever runs; a fault of Spoor's shows each time. Not
 * for what is right or wrong whatever the time is: ids, accounts, lines.
 */
export const onRealClock = { retry: 2 } as const

/** A piece of work that knows what it really burned. */
export class Worker {
  readonly context: WorkContext = createContext('request')
  burnedMs = 0

  readonly burn = (ms: number): void => {
    this.burnedMs += burn(ms)
  }

  run<T>(fn: () => T): T {
    return runWith(this.context, fn)
  }

  get chargedMs(): number {
    return this.context.work.charge?.cpuMs ?? 0
  }
}

export function testUsage(options: Partial<UsageOptions> = {}): Usage {
  return openUsage({ always: true, lateMs: 2_000, memory: false, fs: false, warn: () => {}, ...options })
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Waits for a condition. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 2))
}
