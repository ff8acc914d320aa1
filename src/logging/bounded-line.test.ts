import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SafeValue } from '../safe-values/safe-value.js'
import { boundedLine } from './bounded-line.js'
import type { Entry } from './entry.js'
import { verbose } from './formatters/verbose.js'
import { json } from './line.js'

const entry = (message: string, fields: Record<string, SafeValue> = {}): Entry => ({
  time: 0,
  level: 'info',
  logger: 'a',
  message,
  fields,
})

describe('a line', () => {
  test('within the limit stays unchanged', () => {
    const whole = json(entry('x'.repeat(900)), undefined)
    expect(boundedLine(json, entry('x'.repeat(900)), undefined, Buffer.byteLength(whole))).toBe(whole)
  })

  test('beyond the limit has its longest strings cut, and keeps the short ones whole', () => {
    const line = boundedLine(
      json,
      entry('short', { a: 'x'.repeat(5_000), b: { c: ['y'.repeat(5_000), 'z'] } }),
      undefined,
      1_000,
    )
    const { a, b, message } = JSON.parse(line)
    expect(message).toBe('short')
    expect(a).toMatch(/^x{125,}…\[cut: 5000 characters\]$/)
    expect(b.c).toEqual([expect.stringMatching(/^y{125,}…\[cut: 5000 characters\]$/), 'z'])
  })

  test('with too many fields leaves them out and gives their length', () => {
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key${i}`, i]))
    const line = boundedLine(json, entry('message', fields), undefined, 500)
    expect(JSON.parse(line)).toMatchObject({
      message: 'message',
      cut: expect.stringMatching(/^fields of \d+ characters$/),
    })
  })

  test.each([
    ['json', json],
    ['verbose', verbose],
  ])('of format %s is never longer, with any characters', (_, format) => {
    const text = fc.string({ unit: 'binary', maxLength: 3_000 })
    const fields = fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(text, fc.array(text, { maxLength: 5 })), {
      maxKeys: 5,
    })
    fc.assert(
      fc.property(text, fields, (message, fields) => {
        const line = boundedLine(format, entry(message, fields), undefined, 1_000)
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1_000)
      }),
    )
  })
})
