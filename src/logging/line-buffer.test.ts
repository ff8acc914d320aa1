import { setTimeout as later, setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RetryQueue } from './handlers/retry-queue.js'
import { LineBuffer } from './line-buffer.js'
import type { Flush } from './logger-options.js'

/** A buffer, its batches, and the lines that a refusing handler leaves to the console. */
function bufferTo({ refusing = false, flush = 'soon' as Flush } = {}) {
  const batches: string[] = []
  const notOnConsole: string[] = []
  const handler = {
    write(lines: Buffer) {
      batches.push(lines.toString())
      if (refusing) throw new Error('full')
    },
    flush: async () => {},
    close: async () => {},
  }
  const policy = { maxKeptBytes: 1, firstRetryMs: 1e6, maxRetryMs: 1e6, waitMs: 0 }
  const queue = new RetryQueue('handler', handler, policy, {
    refused: (lines) => notOnConsole.push(lines),
    failed() {},
    notice: () => '',
  })
  return { buffer: new LineBuffer(queue, flush), batches, notOnConsole }
}

test.each(['soon', 'turn'] as const)('lines of one turn are written together, at the next turn (%s)', async (flush) => {
  const { buffer, batches } = bufferTo({ flush })
  buffer.add('a', false, true)
  await Promise.resolve()
  buffer.add('b', false, true)
  expect(batches).toEqual([])
  await turn()
  expect(batches).toEqual(['a\nb\n'])
})

describe('while the event loop is busy', () => {
  /** Logs a line in each of four turns a millisecond, for 25 ms by a clock of its own, and counts the writes. */
  async function writesOf(flush: Flush): Promise<number> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { buffer, batches } = bufferTo({ flush })
    for (let i = 0; i < 100; i++) {
      buffer.add(String(i), false, true)
      await turn()
      if (i % 4 === 3) vi.advanceTimersByTime(1)
    }
    buffer.rest()
    expect(batches.join('')).toBe(Array.from({ length: 100 }, (_, i) => `${i}\n`).join(''))
    return batches.length
  }

  test('lines are written in each turn with flush: turn', async () => {
    expect(await writesOf('turn')).toBe(100)
  })

  test('lines are written at most once per millisecond with flush: soon', async () => {
    const writes = await writesOf('soon')
    expect(writes).toBeGreaterThanOrEqual(25)
    expect(writes).toBeLessThanOrEqual(26)
  })

  test('lines that wait for a timer are written before a later timer of 2 ms', async () => {
    const { buffer, batches } = bufferTo()
    buffer.add('a', false, true)
    await turn()
    buffer.add('b', false, true)
    expect(batches).toEqual(['a\n'])
    await turn()
    await later(2)
    expect(batches).toEqual(['a\n', 'b\n'])
  })

  test('an urgent line takes those along that wait for a timer, and each is written once', async () => {
    const { buffer, batches } = bufferTo()
    buffer.add('a', false, true)
    await turn()
    buffer.add('b', false, true)
    buffer.add('c', true, true)
    expect(batches).toEqual(['a\n', 'b\nc\n'])
    await later(2)
    expect(batches).toEqual(['a\n', 'b\nc\n'])
  })
})

test('an urgent line is written at once, after those before it', () => {
  const { buffer, batches } = bufferTo()
  buffer.add('a', false, true)
  buffer.add('b', true, true)
  expect(batches).toEqual(['a\nb\n'])
})

test('flush: line writes each line at once', () => {
  const { buffer, batches } = bufferTo({ flush: 'line' })
  buffer.add('a', false, true)
  buffer.add('b', false, true)
  expect(batches).toEqual(['a\n', 'b\n'])
})

describe.each([
  ['ASCII', 'x'],
  ['two bytes a character', 'é'],
  ['three bytes a character', '日'],
  ['four bytes a pair of characters', '👍'],
])('lines of %s', (_, character) => {
  test.each([1, 30, 700, 9_000])('lines of %i characters wait in batches of just under 64 KB', (length) => {
    const { buffer, batches } = bufferTo()
    const line = character.repeat(length)
    const lineBytes = Buffer.byteLength(line) + 1
    for (let bytes = 0; bytes < 500_000; bytes += lineBytes) buffer.add(line, false, true)
    buffer.rest()
    const sizes = batches.slice(0, -1).map((batch) => Buffer.byteLength(batch))
    expect(Math.max(...sizes) - lineBytes).toBeLessThan(64 * 1024)
    expect(Math.min(...sizes)).toBeGreaterThan(64 * 1024 - 6_000 - lineBytes)
    expect(batches.join('').replaceAll(`${line}\n`, '')).toBe('')
  })
})

describe('lines that the handler refuses', () => {
  test('are shown on the console if they do not go there anyway, all or some', () => {
    const { buffer, notOnConsole } = bufferTo({ refusing: true })
    buffer.add('notOnConsole', true, false)
    buffer.add('seen', true, true)
    for (const [line, seen] of [['1', false], ['2', true], ['3', false]] as const) buffer.add(line, false, seen) // biome-ignore format: a row
    buffer.write()
    expect(notOnConsole).toEqual(['notOnConsole\n', '', '1\n3\n'])
  })

  test('are shown on the console, too, if they came before the first line that goes there', () => {
    const { buffer, notOnConsole } = bufferTo({ refusing: true })
    for (let i = 0; i < 40; i++) buffer.add('x'.repeat(1_000), false, false)
    buffer.add('seen', false, true)
    buffer.add('y', true, false)
    expect(notOnConsole).toEqual([`${`${'x'.repeat(1_000)}\n`.repeat(40)}y\n`])
  })
})
