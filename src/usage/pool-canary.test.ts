import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PoolCanary } from './pool-canary.js'
import { RecentWorst } from './recent-worst.js'

const WAITING = { timeout: 20_000, interval: 5 }
let canary: PoolCanary

afterEach(() => {
  canary?.stop()
  vi.useRealTimers()
})

describe('the canary of the thread pool', () => {
  it('finds that work waits for a thread while others use all of them', async () => {
    canary = new PoolCanary()
    const work = Array.from({ length: 16 }, () => promisify(pbkdf2)('a', 'b', 150_000, 64, 'sha512'))
    canary.start()
    await Promise.all(work)
    await vi.waitFor(() => expect(canary.waits.count).toBeGreaterThan(0), WAITING)
    expect(canary.waits.worst).toBeGreaterThan(20)
  })

  it('does not take a blocked event loop for a full pool', async () => {
    canary = new PoolCanary()
    canary.start()
    const end = performance.now() + 400
    while (performance.now() < end);
    await vi.waitFor(() => expect(canary.waits.count).toBeGreaterThan(0), WAITING)
    expect(canary.waits.worst).toBeLessThan(300)
  })
})

describe('the worst of the last ten minutes', () => {
  it('is forgotten after ten minutes, and the count and the sum are not', () => {
    vi.useFakeTimers({ toFake: ['performance'], now: 0 })
    const worst = new RecentWorst()
    expect(worst.worst).toBe(0)
    worst.add(7)
    vi.advanceTimersByTime(9 * 60_000)
    worst.add(3)
    expect(worst.worst).toBe(7)
    vi.advanceTimersByTime(60_000)
    expect(worst.worst).toBe(3)
    vi.advanceTimersByTime(20 * 60_000)
    expect([worst.worst, worst.count, worst.total]).toEqual([0, 2, 10])
  })
})
