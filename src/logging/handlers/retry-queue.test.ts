import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Handler, WriteError, type WriteState } from './handler.js'
import { type RetryPolicy, RetryQueue } from './retry-queue.js'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A handler that takes as many lines as the test allows. */
class Valve implements Handler {
  readonly taken: string[] = []
  readonly attempts: number[] = []
  /** How many lines it still takes. */
  room = Number.POSITIVE_INFINITY
  error: unknown
  gone = false
  /** A line it reports as incomplete. */
  again: Buffer | undefined

  write(lines: Buffer): void {
    this.attempts.push(Date.now())
    const all = lines.toString().split('\n').slice(0, -1)
    const taken = all.slice(0, this.room)
    this.room -= taken.length
    this.taken.push(...taken)
    const written = taken.join('\n').length + (taken.length > 0 ? 1 : 0)
    const again = this.again
    this.again = undefined
    if (again === undefined && taken.length === all.length) return
    const state: WriteState = this.gone ? 'gone' : this.error === undefined ? 'busy' : 'failed'
    throw new WriteError(this.error, written, again, state)
  }
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

const policy: RetryPolicy = { maxKeptBytes: 20, firstRetryMs: 10, maxRetryMs: 250, waitMs: 0 }

function queueTo(valve: Valve, own: Partial<RetryPolicy> = {}) {
  const refused: string[] = []
  const failures: unknown[] = []
  const queue = new RetryQueue(
    'valve',
    valve,
    { ...policy, ...own },
    {
      refused: (notOnConsole) => refused.push(notOnConsole),
      failed: (_, error) => failures.push(error),
      notice: (lines, from, to) => `(${lines} missing ${from}-${to})\n`,
    },
  )
  const deliver = (...lines: string[]) => {
    const text = lines.map((line) => `${line}\n`).join('')
    queue.deliver(Buffer.from(text), lines.length, text, lines.length)
  }
  return { queue, deliver, refused, failures }
}

function broken(room = 0): Valve {
  return Object.assign(new Valve(), { room, error: new Error('disk full') })
}

function repair(valve: Valve): void {
  Object.assign(valve, { room: Number.POSITIVE_INFINITY, error: undefined, gone: false })
}

describe('a queue', () => {
  test('counts at least one line while a part of an entry of several rows is left', () => {
    const valve = broken(3)
    const { deliver, queue } = queueTo(valve)
    deliver('entry\n  row\n  row\n  row')
    expect(queue.keptLines).toBe(1)
    repair(valve)
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['entry', '  row', '  row', '  row'])
    expect(queue.keptLines).toBe(0)
  })

  test('writes at once the lines that the handler takes, and leaves no timer', () => {
    const valve = new Valve()
    const { deliver, refused, queue } = queueTo(valve)
    deliver('a', 'b')
    expect(valve.taken).toEqual(['a', 'b'])
    expect([refused, queue.keptLines, queue.error, vi.getTimerCount()]).toEqual([[], 0, undefined, 0])
  })

  test('reports refused lines at once, keeps them in order, and writes them when the fault has passed', () => {
    const valve = broken()
    const { deliver, refused, failures, queue } = queueTo(valve)
    deliver('a', 'b')
    deliver('c')
    expect(refused).toEqual(['a\nb\n', 'c\n'])
    expect(failures).toEqual([valve.error])
    expect([queue.keptLines, queue.error]).toEqual([3, valve.error])
    repair(valve)
    vi.advanceTimersByTime(250)
    deliver('d')
    expect(valve.taken).toEqual(['a', 'b', 'c', 'd'])
    expect([queue.keptLines, queue.error, queue.lostLines, vi.getTimerCount()]).toEqual([0, undefined, 0, 0])
  })

  test('continues after the last line that was taken', () => {
    const valve = broken(2)
    const { deliver, queue } = queueTo(valve)
    deliver('a', 'b', 'c')
    expect([valve.taken, queue.keptLines]).toEqual([['a', 'b'], 1])
    repair(valve)
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a', 'b', 'c'])
  })

  test('gives the handler an incomplete line again, before the rest', () => {
    const valve = broken(2)
    const { deliver, queue } = queueTo(valve)
    valve.again = Buffer.from('a\n')
    deliver('a', 'b', 'c')
    expect(queue.keptLines).toBe(2)
    repair(valve)
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a', 'b', 'a', 'c'])
    valve.again = Buffer.from('d\n')
    deliver('d', 'e')
    expect(queue.keptLines).toBe(1)
    vi.advanceTimersByTime(10)
    expect(valve.taken.slice(4)).toEqual(['d', 'e', 'd'])
    expect([queue.keptLines, vi.getTimerCount()]).toEqual([0, 0])
  })

  test('retries after 10 ms, then after longer pauses, at least every 250 ms', () => {
    const valve = broken()
    queueTo(valve).deliver('a')
    vi.advanceTimersByTime(2_000)
    const times = valve.attempts.map((time) => time - 1_000)
    expect(times.slice(0, 7)).toEqual([0, 10, 30, 70, 150, 310, 560])
    const pauses = times.slice(1).map((time, index) => time - (times[index] as number))
    expect(Math.max(...pauses)).toBe(250)
  })

  test('starts with short pauses again at the next fault', () => {
    const valve = broken()
    const { deliver } = queueTo(valve)
    deliver('a')
    vi.advanceTimersByTime(1_000)
    repair(valve)
    vi.advanceTimersByTime(250)
    Object.assign(valve, { room: 0, error: new Error('again') })
    deliver('b')
    valve.attempts.length = 0
    vi.advanceTimersByTime(10)
    expect(valve.attempts).toHaveLength(1)
  })

  test('retries at once at flush and at close', async () => {
    const valve = broken()
    const { deliver, queue } = queueTo(valve)
    deliver('a')
    repair(valve)
    await queue.flush()
    expect(valve.taken).toEqual(['a'])
    Object.assign(valve, { room: 0, error: new Error('again') })
    deliver('b')
    repair(valve)
    await queue.close()
    expect([valve.taken, vi.getTimerCount()]).toEqual([['a', 'b'], 0])
  })

  test('counts lines as lost that a closed handler did not take', async () => {
    const { deliver, queue } = queueTo(broken())
    deliver('a', 'b')
    await queue.close()
    expect([queue.lostLines, queue.keptLines, vi.getTimerCount()]).toEqual([2, 0, 0])
  })
})

test('many short lines are written in few batches once the fault has passed', () => {
  const valve = broken()
  const { deliver, queue } = queueTo(valve, { maxKeptBytes: 16 * 2 ** 20 })
  const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}`)
  for (const line of lines) deliver(line)
  valve.attempts.length = 0
  repair(valve)
  vi.advanceTimersByTime(10)
  expect(valve.taken).toEqual(lines)
  expect(valve.attempts.length).toBeLessThan(30)
  expect([queue.keptLines, vi.getTimerCount()]).toEqual([0, 0])
})

describe('beyond the bound', () => {
  test('lines are dropped and counted, and a notice stands in their place', () => {
    const valve = broken()
    const { deliver, queue, refused } = queueTo(valve)
    deliver('a123456789')
    deliver('too long to be kept')
    vi.setSystemTime(2_000)
    deliver('also too long', 'twice')
    expect([queue.keptLines, queue.lostLines]).toEqual([1, 3])
    expect(refused).toHaveLength(3)
    repair(valve)
    vi.advanceTimersByTime(250)
    deliver('c')
    expect(valve.taken).toEqual(['a123456789', '(3 missing 1000-2000)', 'c'])
  })

  test('lines are kept again once half of the room is free', () => {
    const valve = broken()
    const { deliver } = queueTo(valve)
    deliver('aaaa', 'bbbb', 'cccc', 'dddd')
    deliver('lost')
    valve.room = 2
    vi.advanceTimersByTime(10)
    deliver('not')
    valve.room = 1
    vi.advanceTimersByTime(20)
    deliver('yes')
    repair(valve)
    vi.advanceTimersByTime(250)
    expect(valve.taken).toEqual(['aaaa', 'bbbb', 'cccc', 'dddd', '(2 missing 1000-1010)', 'yes'])
  })

  test('the first lines are kept at any length: the handler may have begun one of them', () => {
    const valve = broken()
    const { deliver, queue } = queueTo(valve)
    deliver('longer than all that may be kept')
    expect([queue.keptLines, queue.lostLines]).toEqual([1, 0])
  })

  test('a notice that the handler refuses is retried, and written once', () => {
    const valve = broken()
    const { deliver } = queueTo(valve)
    deliver('a1234567890123456789')
    deliver('b')
    valve.room = 1
    vi.advanceTimersByTime(10)
    expect(valve.taken).toEqual(['a1234567890123456789'])
    repair(valve)
    vi.advanceTimersByTime(1_000)
    expect(valve.taken).toEqual(['a1234567890123456789', '(1 missing 1000-1000)'])
  })
})

describe('a handler that is gone', () => {
  test('needs no timer; each line is tried, and counted', () => {
    const valve = Object.assign(broken(), { gone: true })
    const { deliver, queue } = queueTo(valve)
    for (let i = 0; i < 5; i++) deliver('x')
    expect([queue.lostLines, queue.keptLines, vi.getTimerCount()]).toEqual([5, 0, 0])
    repair(valve)
    deliver('y')
    expect(valve.taken).toEqual(['(5 missing 1000-1000)', 'y'])
    expect(queue.lostLines).toBe(5)
  })
})

describe('a busy handler', () => {
  test('is waited for by flush as long as it continues to take lines', async () => {
    const valve = Object.assign(new Valve(), { room: 0 })
    const { deliver, queue, failures } = queueTo(valve, { waitMs: 100, maxKeptBytes: 1_000 })
    for (let i = 0; i < 30; i++) deliver(`line ${i}`)
    const reader = setInterval(() => {
      valve.room = 1
    }, 60)
    const flushed = queue.flush()
    await vi.advanceTimersByTimeAsync(60 * 31)
    clearInterval(reader)
    await flushed
    expect(valve.taken).toHaveLength(30)
    expect(failures).toEqual([])
  })

  test('that takes no more lines ends the wait of flush; its queue keeps them', async () => {
    const valve = Object.assign(new Valve(), { room: 0 })
    const { deliver, queue } = queueTo(valve, { waitMs: 100 })
    deliver('a')
    const flushed = queue.flush()
    // However the clock is set meanwhile.
    vi.setSystemTime(Date.now() - 3_600_000)
    await vi.advanceTimersByTimeAsync(200)
    await flushed
    expect(queue.keptLines).toBe(1)
    valve.room = 1
    await vi.advanceTimersByTimeAsync(250)
    expect(valve.taken).toEqual(['a'])
  })
})
