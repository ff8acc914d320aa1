import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RetryPolicy, RetryQueue } from './retry-queue.js'
import type { Sink, Written } from './sink.js'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A sink that takes what the test lets it take. */
class Valve implements Sink {
  readonly name = 'valve'
  readonly taken: string[] = []
  readonly attempts: number[] = []
  /** How many lines it still takes. */
  room = Number.POSITIVE_INFINITY
  error: unknown
  gone = false
  /** What it wants to be given once more. */
  again: Buffer | undefined

  write(lines: Buffer): Written {
    this.attempts.push(Date.now())
    const all = lines.toString().split('\n').slice(0, -1)
    const taken = all.slice(0, this.room)
    this.room -= taken.length
    this.taken.push(...taken)
    const bytes = taken.join('\n').length + (taken.length > 0 ? 1 : 0)
    const again = this.again
    this.again = undefined
    if (again !== undefined) return { bytes, again, error: this.error }
    if (taken.length === all.length) return { bytes }
    return this.gone ? { bytes, error: this.error, gone: true } : { bytes, error: this.error }
  }
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

const patience: RetryPolicy = { maxKeptBytes: 20, firstRetryMs: 10, maxRetryMs: 250, waitMs: 0 }

function deliveryTo(valve: Valve, own: Partial<RetryPolicy> = {}) {
  const refused: string[] = []
  const failures: unknown[] = []
  const delivery = new RetryQueue(
    valve,
    { ...patience, ...own },
    {
      refused: (notOnConsole) => refused.push(notOnConsole),
      failed: (_, error) => failures.push(error),
      notice: (lines, from, to) => `(${lines} missing ${from}-${to})\n`,
    },
  )
  const deliver = (...lines: string[]) => {
    const text = lines.map((line) => `${line}\n`).join('')
    delivery.deliver(Buffer.from(text), lines.length, text, lines.length)
  }
  return { delivery, deliver, refused, failures }
}

function broken(room = 0): Valve {
  return Object.assign(new Valve(), { room, error: new Error('disk full') })
}

function mend(valve: Valve): void {
  Object.assign(valve, { room: Number.POSITIVE_INFINITY, error: undefined, gone: false })
}

describe('a delivery', () => {
  test('writes at once what the sink takes, and leaves no timer', () => {
    const valve = new Valve()
    const { deliver, refused, delivery } = deliveryTo(valve)
    deliver('a', 'b')
    expect(valve.taken).toEqual(['a', 'b'])
    expect([refused, delivery.keptLines, delivery.error, vi.getTimerCount()]).toEqual([[], 0, undefined, 0])
  })

  test('hands refused lines on at once, keeps them in order, and writes them when the fault has passed', () => {
    const valve = broken()
    const { deliver, refused, failures, delivery } = deliveryTo(valve)
    deliver('a', 'b')
    deliver('c')
    expect(refused).toEqual(['a\nb\n', 'c\n'])
    expect(failures).toEqual([valve.error])
    expect([delivery.keptLines, delivery.error]).toEqual([3, valve.error])
    mend(valve)
    vi.advanceTimersByTime(250)
    deliver('d')
    expect(valve.taken).toEqual(['a', 'b', 'c', 'd'])
    expect([delivery.keptLines, delivery.error, delivery.lostLines, vi.getTimerCount()]).toEqual([0, undefined, 0, 0])
  })

  test('goes on behind the last line that was taken', () => {
    const valve = broken(2)
    const { deliver, delivery } = deliveryTo(valve)
    deliver('a', 'b', 'c')
    expect([valve.taken, delivery.keptLines]).toEqual([['a', 'b'], 1])
    mend(valve)
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a', 'b', 'c'])
  })

  test('gives the sink a line again that it wrote in vain, before the rest', () => {
    const valve = broken(2)
    const { deliver, delivery } = deliveryTo(valve)
    valve.again = Buffer.from('a\n')
    deliver('a', 'b', 'c')
    expect(delivery.keptLines).toBe(2)
    mend(valve)
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a', 'b', 'a', 'c'])
    valve.again = Buffer.from('d\n')
    deliver('d', 'e')
    expect(delivery.keptLines).toBe(1)
    vi.advanceTimersByTime(10)
    expect(valve.taken.slice(4)).toEqual(['d', 'e', 'd'])
    expect([delivery.keptLines, vi.getTimerCount()]).toEqual([0, 0])
  })

  test('tries again after 10 ms, then ever later, at least every 250 ms', () => {
    const valve = broken()
    deliveryTo(valve).deliver('a')
    vi.advanceTimersByTime(2_000)
    const times = valve.attempts.map((time) => time - 1_000)
    expect(times.slice(0, 7)).toEqual([0, 10, 30, 70, 150, 310, 560])
    const pauses = times.slice(1).map((time, index) => time - (times[index] as number))
    expect(Math.max(...pauses)).toBe(250)
  })

  test('starts with short pauses again when the next fault comes', () => {
    const valve = broken()
    const { deliver } = deliveryTo(valve)
    deliver('a')
    vi.advanceTimersByTime(1_000)
    mend(valve)
    vi.advanceTimersByTime(250)
    Object.assign(valve, { room: 0, error: new Error('again') })
    deliver('b')
    valve.attempts.length = 0
    vi.advanceTimersByTime(10)
    expect(valve.attempts).toHaveLength(1)
  })

  test('tries at once at flush and at close', async () => {
    const valve = broken()
    const { deliver, delivery } = deliveryTo(valve)
    deliver('a')
    mend(valve)
    await delivery.flush()
    expect(valve.taken).toEqual(['a'])
    Object.assign(valve, { room: 0, error: new Error('again') })
    deliver('b')
    mend(valve)
    await delivery.close()
    expect([valve.taken, vi.getTimerCount()]).toEqual([['a', 'b'], 0])
  })

  test('counts as given up what a closed sink did not take', async () => {
    const { deliver, delivery } = deliveryTo(broken())
    deliver('a', 'b')
    await delivery.close()
    expect([delivery.lostLines, delivery.keptLines, vi.getTimerCount()]).toEqual([2, 0, 0])
  })
})

test('many short lines are written in few pieces once the fault has passed', () => {
  const valve = broken()
  const { deliver, delivery } = deliveryTo(valve, { maxKeptBytes: 16 * 2 ** 20 })
  const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}`)
  for (const line of lines) deliver(line)
  valve.attempts.length = 0
  mend(valve)
  vi.advanceTimersByTime(10)
  expect(valve.taken).toEqual(lines)
  expect(valve.attempts.length).toBeLessThan(30)
  expect([delivery.keptLines, vi.getTimerCount()]).toEqual([0, 0])
})

describe('beyond the bound', () => {
  test('lines are given up and counted, and the sink is told in their place', () => {
    const valve = broken()
    const { deliver, delivery, refused } = deliveryTo(valve)
    deliver('a123456789')
    deliver('too long to be kept')
    vi.setSystemTime(2_000)
    deliver('also too long', 'twice')
    expect([delivery.keptLines, delivery.lostLines]).toEqual([1, 3])
    expect(refused).toHaveLength(3)
    mend(valve)
    vi.advanceTimersByTime(250)
    deliver('c')
    expect(valve.taken).toEqual(['a123456789', '(3 missing 1000-2000)', 'c'])
  })

  test('lines are kept again once half of the room is free', () => {
    const valve = broken()
    const { deliver } = deliveryTo(valve)
    deliver('aaaa', 'bbbb', 'cccc', 'dddd')
    deliver('lost')
    valve.room = 2
    vi.advanceTimersByTime(10)
    deliver('not')
    valve.room = 1
    vi.advanceTimersByTime(20)
    deliver('yes')
    mend(valve)
    vi.advanceTimersByTime(250)
    expect(valve.taken).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd', '(2 missing 1000-1010)', 'yes'])
  })

  test('the first lines are kept whatever their length: the sink may have begun one of them', () => {
    const valve = broken()
    const { deliver, delivery } = deliveryTo(valve)
    deliver('longer than all that may be kept')
    expect([delivery.keptLines, delivery.lostLines]).toEqual([1, 0])
  })

  test('a notice that the sink refuses is tried again, and says it once', () => {
    const valve = broken()
    const { deliver } = deliveryTo(valve)
    deliver('a1234567890123456789')
    deliver('b')
    valve.room = 1
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a1234567890123456789'])
    mend(valve)
    vi.advanceTimersByTime(1_000)
    expect(valve.taken).toEqual(['a1234567890123456789', '(1 missing 1000-1000)'])
  })
})

describe('a sink that is gone', () => {
  test('costs no timer; each line is tried, and counted', () => {
    const valve = Object.assign(broken(), { gone: true })
    const { deliver, delivery } = deliveryTo(valve)
    for (let i = 0; i < 5; i++) deliver('x')
    expect([delivery.lostLines, delivery.keptLines, vi.getTimerCount()]).toEqual([5, 0, 0])
    mend(valve)
    deliver('y')
    expect(valve.taken).toEqual(['(5 missing 1000-1000)', 'y'])
    expect(delivery.lostLines).toBe(5)
  })
})

describe('a busy sink', () => {
  test('is waited for by flush as long as it goes on taking lines', async () => {
    const valve = Object.assign(new Valve(), { room: 0 })
    const { deliver, delivery, failures } = deliveryTo(valve, { waitMs: 100, maxKeptBytes: 1_000 })
    for (let i = 0; i < 30; i++) deliver(`line ${i}`)
    const reader = setInterval(() => {
      valve.room = 1
    }, 60)
    const flushed = delivery.flush()
    await vi.advanceTimersByTimeAsync(60 * 31)
    clearInterval(reader)
    await flushed
    expect(valve.taken).toHaveLength(30)
    expect(failures).toEqual([])
  })

  test('that takes nothing more is given up by flush, not by the delivery', async () => {
    const valve = Object.assign(new Valve(), { room: 0 })
    const { deliver, delivery } = deliveryTo(valve, { waitMs: 100 })
    deliver('a')
    const flushed = delivery.flush()
    // However the clock is set meanwhile.
    vi.setSystemTime(Date.now() - 3_600_000)
    await vi.advanceTimersByTimeAsync(200)
    await flushed
    expect(delivery.keptLines).toBe(1)
    valve.room = 1
    await vi.advanceTimersByTimeAsync(250)
    expect(valve.taken).toEqual(['a'])
  })
})
