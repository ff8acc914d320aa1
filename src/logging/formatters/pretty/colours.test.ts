import { describe, expect, test } from 'vitest'
import { hasColours, requestColour } from './colours.js'

describe('output has colours', () => {
  test.each([
    [true, {}, true],
    [true, { TERM: 'xterm' }, true],
    [true, { TERM: 'dumb' }, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'false' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '2' }, true],
    [true, { TERM: 'dumb', FORCE_COLOR: '' }, true],
    [false, {}, false],
    [false, { TERM: 'xterm' }, false],
    [false, { FORCE_COLOR: '3' }, true],
  ])('terminal: %s, %j: %s', (isTerminal, env, expected) => {
    expect(hasColours(isTerminal, env)).toBe(expected)
  })
})

test('ids have different colours, and an id always the same, which is not that of failures', () => {
  const ids = Array.from({ length: 200 }, (_, at) => `01a20cbd-6426-707a-a1ab-${String(at).padStart(12, '0')}`)
  const colours = ids.map(requestColour)
  expect(ids.map(requestColour)).toEqual(colours)
  expect(new Set(colours).size).toBe(6)
  expect(colours).not.toContain('91')
  expect(colours).not.toContain('31')
})
