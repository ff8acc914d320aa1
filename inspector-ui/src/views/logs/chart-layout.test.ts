import { describe, expect, test } from 'vitest'
import { Buckets, bucketMs, chartMs } from './buckets.js'
import { barWords, chartEnd, chartSentence, layoutOf, missingSpans } from './chart-layout.js'
import type { Entry } from './entries.js'

const end = 1_764_000_000_000
const start = end - chartMs

describe('the chart of lines', () => {
  test('counts lines, warnings and errors by five seconds', () => {
    const buckets = new Buckets()
    buckets.add(end - 1, 0)
    buckets.add(end - 2, 1)
    buckets.add(end - bucketMs - 1, 2)
    const counted = buckets.upTo(end)
    expect(counted).toHaveLength(180)
    expect(counted.slice(-2)).toEqual([
      { lines: 1, warnings: 0, errors: 1 },
      { lines: 2, warnings: 1, errors: 0 },
    ])
    expect(buckets.upTo(end, 2).at(-1)).toEqual({ lines: 3, warnings: 1, errors: 1 })
    buckets.forget(end)
    expect(buckets.upTo(end).at(-2)?.lines).toBe(0)
  })

  test('draws nothing for no lines, and keeps its scale while lower bars come', () => {
    const buckets = new Buckets()
    expect(layoutOf(buckets.upTo(end), end, 900, 0)).toMatchObject({ lines: '', warnings: '', errors: '', max: 10 })
    expect(layoutOf(buckets.upTo(end), end, 900, 200).max).toBe(200)
    for (let count = 0; count < 16; count++) buckets.add(end - 1, 0)
    expect(layoutOf(buckets.upTo(end), end, 900, 0).max).toBe(20)
  })

  test('ends at a whole bucket, with the time of its end at the right', () => {
    expect(chartEnd(end - 1)).toBe(end)
    const { labels } = layoutOf([], end, 1_200, 0)
    expect(labels.at(-1)).toMatchObject({ x: 1_200, anchor: 'end' })
    expect(labels.every(({ x }) => x > 0)).toBe(true)
  })

  test('names what is missing: not loaded, not shown, later', () => {
    const line = (at: number): Entry => ({ kind: 'line', key: at, at, line: { file: '' }, trouble: 0 })
    const gap = (at: number, why: 'slow' | 'unloaded', lines?: number): Entry => ({
      kind: 'gap',
      key: at,
      at,
      why,
      lines,
    })
    const entries = [gap(start - 5, 'slow', 9), line(start - 2), gap(start + 10, 'slow', 1_204), line(start + 50)]
    expect(missingSpans([...entries, gap(start + 60, 'unloaded')], start, end, start + 5)).toEqual([
      { from: start, to: start + 5, label: 'not loaded', isLost: false },
      { from: start + 10, to: start + 50, label: '1\u202f204 lines not shown', isLost: true },
      { from: start + 60, to: end, label: 'not loaded', isLost: false },
    ])
  })

  test('has words for a bar and for all bars', () => {
    const bucket = { lines: 56, warnings: 2, errors: 1 }
    expect(barWords(end, bucket)).toMatch(/^\d\d:\d\d:\d\d, 56 lines, 2 warnings, 1 error$/)
    expect(chartSentence([bucket, bucket])).toBe(
      'Log lines of the last 15 minutes by five seconds: 112 lines, 4 warnings, 2 errors',
    )
  })
})
