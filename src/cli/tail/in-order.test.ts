import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { InOrder } from './in-order.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const line = (message: string, ms: number) => ({ message, time: new Date(ms).toISOString(), file: 'a.log' })

test('lines that come together are shown in the order of their times, and each once', () => {
  const shown: (string | undefined)[] = []
  const lines = new InOrder(({ message, text }) => shown.push(message ?? text), vi.fn())
  lines.add(line('third', 3))
  lines.add({ text: 'of another program', file: 'nginx.log' })
  lines.add(line('first', 1))
  lines.add(line('second', 1))
  expect(shown).toEqual([])
  vi.advanceTimersByTime(200)
  expect(shown).toEqual(['first', 'second', 'third', 'of another program'])
  lines.add(line('later', 0))
  lines.flush()
  vi.advanceTimersByTime(200)
  expect(shown.slice(4)).toEqual(['later'])
})

test('a reader that is gone ends the command', () => {
  const failed = vi.fn()
  const lines = new InOrder(() => {
    throw new Error('closed')
  }, failed)
  lines.add(line('one', 1))
  vi.advanceTimersByTime(200)
  expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('closed'))
})
