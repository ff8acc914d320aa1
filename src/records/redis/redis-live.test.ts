import { expect, onTestFinished, test, vi } from 'vitest'
import { readAccess } from '../read-access.js'
import { RedisLive } from './redis-live.js'
import { beatScript } from './redis-script.js'
import { Unreadable } from './unreadable.js'

const facts = { instance: 'web-1:7', service: 'live', node: 'v24.0.0', startedAt: '2026-11-24T12:00:00.000Z' }

test('processes are not silent while this one cannot beat either, nor at once when Redis is back', async () => {
  const now = vi.spyOn(performance, 'now')
  onTestFinished(() => now.mockRestore())
  let isAway = false
  const run = async (script: unknown): Promise<unknown> => {
    if (script !== beatScript) return [[JSON.stringify(facts), 12_000, []]]
    if (isAway) throw new Error('away')
    return 'OK'
  }
  const live = new RedisLive(run, new Unreadable(), { failure: () => undefined, flush: async () => {} })
  const silentAt = async (ms: number) => {
    now.mockReturnValue(ms)
    await live.beat(facts, []).catch(() => {})
    return (await live.list(readAccess('all', undefined))).processes[0]?.silentMs
  }
  expect(await silentAt(0)).toBe(12_000)
  isAway = true
  // One beat alone may fail.
  expect(await silentAt(1_000)).toBe(12_000)
  isAway = false
  expect(await silentAt(2_000)).toBe(12_000)
  isAway = true
  for (const ms of [3_000, 4_000, 5_000]) await silentAt(ms)
  expect(await silentAt(6_000)).toBe(0)
  isAway = false
  expect(await silentAt(7_000)).toBe(0)
  expect(await silentAt(9_000)).toBe(2_000)
  expect(await silentAt(13_000)).toBe(12_000)
})
