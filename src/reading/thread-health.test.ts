import { expect, it, vi } from 'vitest'
import { createContext } from '../context/request-context.js'
import { RecentWorst } from '../usage/recent-worst.js'
import { openUsage } from '../usage/usage.js'
import { threadHealth } from './thread-health.js'

const WAITING = { timeout: 20_000, interval: 5 }

it('health has the wait for a thread of the pool and the pauses of the collector, once something was measured', async () => {
  expect(threadHealth(undefined)).toEqual({})
  const usage = openUsage({ always: false, lateMs: 1, memory: false, fs: true, warn: () => {} })
  const context = createContext('request')
  usage.begin(context)
  const kept: object[] = []
  await vi.waitFor(() => {
    for (let i = 0; i < 100_000; i++) kept.push({ i })
    const { threadPool, gc } = threadHealth(undefined)
    expect(threadPool?.worstWaitMs).toBeGreaterThanOrEqual(0)
    expect(gc?.pauses).toBeGreaterThan(0)
    expect(gc?.worstMs).toBeLessThanOrEqual(gc?.totalMs ?? 0)
  }, WAITING)
  // The canary's look at a directory counts for no request.
  expect(usage.end(context)?.fs ?? { operations: 0 }).toMatchObject({ operations: 0 })
  usage.close()
})

it('health has what the watchdog saw of a blocked event loop', () => {
  const loop = new RecentWorst()
  expect(threadHealth(loop).loop).toEqual({ blocked: 0, totalMs: 0, worstMs: 0 })
  loop.add(1_500)
  loop.add(500.25)
  expect(threadHealth(loop).loop).toEqual({ blocked: 2, totalMs: 2_000.25, worstMs: 1_500 })
})
