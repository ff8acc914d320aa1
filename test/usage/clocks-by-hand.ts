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
 * @param takenAt after which part of that time the figure is taken, from 0 to 1
 */
export function clocksByHand(readingMs = 0, takenAt = () => 0.5): ClocksByHand {
  let [wall, cpu, idled] = [1_000, 50, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => wall)
  Object.defineProperty(performance.nodeTiming, 'idleTime', { configurable: true, get: () => idled })
  onTestFinished(() => void Reflect.deleteProperty(performance.nodeTiming, 'idleTime'))
  const cpuMs = (): number => {
    const before = readingMs * takenAt()
    const now = cpu + before
    wall += readingMs
    cpu += readingMs
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
