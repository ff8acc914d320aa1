import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FailureWarnings, type OutputHealth } from './failure-warnings.js'
import type { RetryQueue } from './retry-queue.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const failing = (name: string) =>
  ({ name, error: new Error('disk full') as Error | undefined, keptLines: 2, lostLines: 1 }) as RetryQueue

test('a warning reports the first failure at once, and then all current failures once a minute', () => {
  const warnings: [string, OutputHealth[]][] = []
  const alarm = new FailureWarnings((message, outputs) => warnings.push([message, outputs]))
  const [a, b] = [failing('a.log'), failing('b.log')]
  alarm.raise(a)
  for (let second = 0; second < 59; second++) {
    alarm.raise(a)
    alarm.raise(b)
    vi.advanceTimersByTime(1_000)
  }
  expect(warnings).toEqual([
    [
      expect.stringMatching(/^a\.log cannot be written: disk full;/),
      [{ output: 'a.log', error: 'disk full', keptLines: 2, lostLines: 1 }],
    ],
  ])
  vi.advanceTimersByTime(1_000)
  alarm.raise(b)
  expect(warnings).toHaveLength(2)
  expect(warnings[1]?.[0]).toMatch(/^a\.log \(and 1 more\) cannot be written/)
  a.error = undefined
  vi.advanceTimersByTime(60_000)
  alarm.raise(b)
  expect(warnings[2]?.[1].map(({ output }) => output)).toEqual(['b.log'])
})

test('each output is reported when it works again, at most five times a minute, with the lines of all of its faults', () => {
  const said: string[] = []
  const alarm = new FailureWarnings(
    (message) => said.push(message),
    (message) => said.push(message),
  )
  const a = failing('a.log')
  for (let fault = 0; fault < 10; fault++) {
    a.error = new Error('disk full')
    alarm.raise(a)
    a.error = undefined
    alarm.clear(a, 2, 1)
  }
  expect(said).toHaveLength(5 * 2 + 1)
  expect(said.slice(0, 3)).toEqual([
    expect.stringMatching(/^a\.log cannot be written: disk full;/),
    'a.log is writable again: 2 lines recovered, 1 lost',
    expect.stringMatching(/^a\.log cannot be written/),
  ])
  vi.advanceTimersByTime(60_000)
  alarm.clear(a, 1, 0)
  expect(said.at(-1)).toBe('a.log is writable again: 11 lines recovered, 5 lost')
})
