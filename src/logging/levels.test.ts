import { describe, expect, test } from 'vitest'
import { isLevel, levelNumbers, levelOf, levels } from './levels.js'

describe('levels', () => {
  test('are the six of pino, in order, and silent', () => {
    expect(levels.map((level) => levelNumbers[level])).toEqual([10, 20, 30, 40, 50, 60])
    expect(levels.every(isLevel)).toBe(true)
    expect(isLevel('silent')).toBe(true)
  })

  test.each(['verbose', 'INFO', '', 'toString', '__proto__', 30, undefined])('do not include %j', (value) => {
    expect(isLevel(value)).toBe(false)
  })

  test('are listed in the error for another name', () => {
    expect(() => levelOf('verbose')).toThrow(
      'level: expected one of trace, debug, info, warn, error, fatal, got "verbose"; silent drops all entries',
    )
  })
})
