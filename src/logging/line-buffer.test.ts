import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { RetryQueue } from './handlers/retry-queue.js'
import { LineBuffer } from './line-buffer.js'

/** A buffer, what it delivered batch by batch, and of a sink that refuses them the lines that must be shown elsewhere. */
function bufferTo({ refusing = false, everyLine = false } = {}) {
  const batches: string[] = []
  const notOnConsole: string[] = []
  const sink = {
    name: 'sink',
    write(lines: Buffer) {
      batches.push(lines.toString())
      return refusing ? { bytes: 0, error: new Error('full') } : { bytes: lines.length }
    },
    flush: async () => {},
    close: async () => {},
  }
  const patience = { maxKeptBytes: 1, firstRetryMs: 1e6, maxRetryMs: 1e6, waitMs: 0 }
  const delivery = new RetryQueue(sink, patience, {
    refused: (lines) => notOnConsole.push(lines),
    failed() {},
    notice: () => '',
  })
  return { buffer: new LineBuffer(delivery, everyLine), batches, notOnConsole }
}

test('lines of one turn are delivered together, at the next', async () => {
  const { buffer, batches } = bufferTo()
  buffer.add('a', false, true)
  await Promise.resolve()
  buffer.add('b', false, true)
  expect(batches).toEqual([])
  await turn()
  expect(batches).toEqual(['a\nb\n'])
})

test('an urgent line is delivered at once, behind those before it', () => {
  const { buffer, batches } = bufferTo()
  buffer.add('a', false, true)
  buffer.add('b', true, true)
  expect(batches).toEqual(['a\nb\n'])
})

test('each line is delivered at once where that is asked for', () => {
  const { buffer, batches } = bufferTo({ everyLine: true })
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
  test.each([1, 30, 700, 9_000])('of %i never wait with 64 KB or more, nor leave with much less', (length) => {
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

describe('where the sink refuses them', () => {
  test('lines that nobody saw are shown, all or some of them', () => {
    const { buffer, notOnConsole } = bufferTo({ refusing: true })
    buffer.add('notOnConsole', true, false)
    buffer.add('seen', true, true)
    for (const [line, seen] of [['1', false], ['2', true], ['3', false]] as const) buffer.add(line, false, seen) // biome-ignore format: a row
    buffer.write()
    expect(notOnConsole).toEqual(['notOnConsole\n', '', '1\n3\n'])
  })

  test('also those that have been counted before the first seen one', () => {
    const { buffer, notOnConsole } = bufferTo({ refusing: true })
    for (let i = 0; i < 40; i++) buffer.add('x'.repeat(1_000), false, false)
    buffer.add('seen', false, true)
    buffer.add('y', true, false)
    expect(notOnConsole).toEqual([`${`${'x'.repeat(1_000)}\n`.repeat(40)}y\n`])
  })
})
