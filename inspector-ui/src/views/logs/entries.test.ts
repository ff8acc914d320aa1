import { describe, expect, test } from 'vitest'
import { type Entry, isSameLine, placeAfter, placeFrom, placeNear, timeOf, troubleOf } from './entries.js'

const lines = (...times: number[]): Entry[] =>
  times.map((at, key) => ({ kind: 'line', key, at, line: { file: 'a.log' }, trouble: 0 }))

describe('the entries of the list', () => {
  test('are found by time: the first of those that are closest', () => {
    const entries = lines(10, 20, 20, 30)
    expect([5, 19, 20, 26, 99].map((at) => placeNear(entries, at))).toEqual([0, 1, 1, 3, 3])
    expect(placeNear([], 5)).toBe(-1)
  })

  test('of the same time stay before a place that is after them', () => {
    expect([5, 10, 20, 30].map((at) => placeAfter(lines(10, 20, 20), at))).toEqual([0, 1, 3, 3])
  })

  test('are searched in both directions, past rows that are not lines', () => {
    const gap: Entry = { kind: 'gap', key: 9, at: 15, why: 'slow', lines: 3 }
    const entries = [...lines(10), gap, ...lines(20)]
    expect(placeFrom(entries, 1, 1, () => true)).toBe(2)
    expect(placeFrom(entries, 1, -1, () => true)).toBe(0)
    expect(placeFrom(entries, 0, 1, () => false)).toBe(-1)
  })

  test('are the same line if all but the file is equal: a rotation renames files', () => {
    const line = { time: '2026-11-24T14:03:07.000Z', message: 'a', fields: { a: 1 }, file: 'a.log' }
    expect(isSameLine(line, { ...line, file: 'a.log.1' })).toBe(true)
    expect(isSameLine(line, { ...line, fields: { a: 2 } })).toBe(false)
    expect(isSameLine(line, { ...line, requestId: 'x' })).toBe(false)
  })

  test('have a time and a level, or not', () => {
    expect(timeOf({ time: '1970-01-01T00:00:01.000Z', file: '' })).toBe(1_000)
    expect(timeOf({ time: 'soon', file: '' })).toBeUndefined()
    expect(timeOf({ file: '' })).toBeUndefined()
    expect(['info', 'warn', 'error', 'fatal', undefined].map(troubleOf)).toEqual([0, 1, 2, 2, 0])
  })
})
