import { onTestFinished, vi } from 'vitest'
import type { CpuClock } from '../../src/usage/cpu-clock.js'

export interface ClocksByHand {
  readonly cpu: CpuClock
  /** The thread runs. @param cpuMs how much of it it really ran: less where it was preempted or blocked */
  run(wallMs: number, cpuMs?: number): void
  /** The event loop waits. */
  idle(ms: number): void
}

/**
 * The clock of this thread's CPU, `performance.now()` and the loop's idle time, moved by hand until the test ends.
 *
 * @param readingMs what it takes to look at the CPU clock
 */
export function clocksByHand(readingMs = 0): ClocksByHand {
  let [wall, cpu, idled] = [1_000, 50, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => wall)
  Object.defineProperty(performance.nodeTiming, 'idleTime', { configurable: true, get: () => idled })
  onTestFinished(() => void Reflect.deleteProperty(performance.nodeTiming, 'idleTime'))
  const cpuMs = (): number => {
    // Somewhere in the middle of it the figure is taken.
    wall += readingMs
    cpu += readingMs / 2
    const now = cpu
    cpu += readingMs / 2
    return now
  }
  return {
    cpu: { kind: 'thread', cpuMs, close: () => {} },
    run: (wallMs, cpuMs = wallMs) => {
      wall += wallMs
      cpu += cpuMs
    },
    idle: (ms) => {
      wall += ms
      idled += ms
    },
  }
}
