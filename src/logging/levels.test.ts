import { describe, expect, test } from 'vitest'
import { entryLevel, isUnsetLevel, levelNamed, levelNumbers, levelOf, levels } from './levels.js'

describe('levels', () => {
  test('are the six of pino, in order, and silent', () => {
    expect(levels.map((level) => levelNumbers[level])).toEqual([10, 20, 30, 40, 50, 60])
    expect([...levels, 'silent'].map(levelNamed)).toEqual([...levels, 'silent'])
  })

  test.each(['verbose', '', 'toString', '__proto__', 30, undefined])('do not include %j', (value) => {
    expect(levelNamed(value)).toBeUndefined()
  })

  test('of entries are all but silent, in any case', () => {
    expect(['WARN', 'fatal', 'silent', 'loud'].map(entryLevel)).toEqual(['warn', 'fatal', undefined, undefined])
  })

  test.each([
    ['INFO', 'info'],
    ['Debug', 'debug'],
    [' silent\n', 'silent'],
    ['loud', undefined],
    ['', undefined],
    [30, undefined],
  ])('are named by %j in any case', (value, level) => {
    expect(levelNamed(value)).toBe(level)
  })

  test('are not set by undefined and by empty text', () => {
    expect([undefined, '', ' ', 'info', null, 0].map(isUnsetLevel)).toEqual([true, true, true, false, false, false])
  })

  test.each([
    [20, "got 20; write 'debug', the name of level 20"],
    ['60', 'got "60"; write \'fatal\', the name of level 60'],
    [35, 'got 35; write the name of a level'],
    [{}, 'got a value of type object; write one of these, or silent to drop all entries'],
  ])('are named in the error for %j', (value, message) => {
    expect(() => levelOf(value)).toThrow(message)
  })

  test('are listed in the error for another name', () => {
    expect(() => levelOf('verbose')).toThrow(
      'level: expected one of trace, debug, info, warn, error, fatal, got "verbose"; write one of these, or silent to drop all entries',
    )
  })
})
