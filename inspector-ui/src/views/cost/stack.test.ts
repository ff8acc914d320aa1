import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UsageItem } from '../../protocol.js'
import { axisOf, highest, knownPart, rowsOf, stack } from './stack.js'

const row = (key: string, ...values: number[]) => ({ key, values })
const minute = 60_000

describe('the stacked area', () => {
  test('has the heaviest account on top, and every band stands on the one below it', () => {
    const bands = stack([row('globex', 5, 6), row('acme', 2, 3), row('hooli', 1, 0)], 2)
    expect(bands.map(({ account }) => account)).toEqual(['hooli', 'acme', 'globex'])
    expect(bands.map(({ low, high }) => [low, high])).toEqual([
      [
        [0, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [3, 3],
      ],
      [
        [3, 3],
        [8, 9],
      ],
    ])
    expect(highest(bands)).toBe(9)
  })

  test('sums up the accounts after the fifth in one band at the bottom, which says how many they are', () => {
    const [others] = stack(
      Array.from({ length: 9 }, (_, at) => row(`account-${at}`, 10 - at)),
      1,
    )
    expect(others).toMatchObject({ account: undefined, accounts: 4, values: [5 + 4 + 3 + 2] })
  })

  test('gives a sixth account a band of its own, since it has a name', () => {
    const bands = stack(
      Array.from({ length: 6 }, (_, at) => row(`account-${at}`, 1)),
      1,
    )
    expect(bands.map(({ account }) => account)).toContain('account-5')
    expect(bands).toHaveLength(6)
  })

  test('does not count accounts where the service summed up some', () => {
    const [others] = stack([...Array.from({ length: 6 }, (_, at) => row(`a${at}`, 1)), row('(other)', 3)], 1)
    expect(others).toMatchObject({ accounts: 0, values: [4] })
  })

  test('is never NaN, and never falls, whatever the figures are', () => {
    const values = fc.array(fc.oneof(fc.double(), fc.constant(Number.NaN)), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(values, { maxLength: 12 }), fc.nat(8), (rows, length) => {
        const bands = stack(
          rows.map((one, at) => row(`account-${at}`, ...one)),
          length,
        )
        for (const { low, high } of bands) {
          expect(low).toHaveLength(length)
          for (const [at, one] of low.entries()) expect(high[at]).toBeGreaterThanOrEqual(one)
        }
        expect(highest(bands)).not.toBeNaN()
      }),
    )
  })
})

describe('the time axis', () => {
  const noon = Date.UTC(2026, 10, 24, 12)

  test('ends now, and the minutes before it end where minutes end', () => {
    const { times, lastPart } = axisOf(3, false, noon + 30_000)
    expect(times).toEqual([noon - minute, noon, noon + 30_000])
    expect(lastPart).toBe(0.5)
  })

  test('leaves out a minute that has just begun, because the mean of a few seconds jumps', () => {
    expect(axisOf(3, false, noon + 2_000)).toEqual({ times: [noon - minute, noon], everyMs: minute, lastPart: 1 })
  })

  test('has quarters of an hour if the span is long', () => {
    expect(axisOf(2, true, noon + 450_000).times).toEqual([noon, noon + 450_000])
  })

  test('shows the only minute there is, even if it has just begun', () => {
    expect(axisOf(1, false, noon + 1_000).times).toEqual([noon + 1_000])
    expect(axisOf(0, false, noon).times).toEqual([])
  })

  test('makes the running minute the mean of its part, as the minutes before it are means', () => {
    const item = { account: 'acme', perMinute: [600, 300] } as unknown as UsageItem
    expect(rowsOf([item], axisOf(2, false, noon + 30_000))).toEqual([{ key: 'acme', values: [600, 600] }])
    expect(rowsOf([item], axisOf(2, false, noon + 2_000))).toEqual([{ key: 'acme', values: [600] }])
  })

  test('leaves out items without figures by minute', () => {
    expect(rowsOf([{ account: 'acme' } as UsageItem], axisOf(2, false, noon))).toEqual([])
  })

  test('rises all the way, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 96 }), fc.boolean(), fc.nat(4_102_444_800_000), (length, isLong, now) => {
        const { times, lastPart } = axisOf(length, isLong, now)
        expect(times.length).toBeGreaterThan(0)
        for (const [at, time] of times.entries()) if (at > 0) expect(time).toBeGreaterThan(times[at - 1] as number)
        expect(times.at(-1)).toBeLessThanOrEqual(now)
        expect(lastPart).toBeGreaterThan(0)
        expect(lastPart).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the time before anything is known', () => {
  test('is left out, and the first stretch begins where it ends', () => {
    expect(knownPart([10, 20, 30], 15)).toEqual([
      { time: 15, at: 1 },
      { time: 20, at: 1 },
      { time: 30, at: 2 },
    ])
  })

  test('is no time at all if the figures reach back far enough', () => {
    expect(knownPart([10, 20], undefined)).toHaveLength(2)
    expect(knownPart([10, 20], 5)).toEqual([
      { time: 10, at: 0 },
      { time: 20, at: 1 },
    ])
  })

  test('a clock that is ahead does not empty the chart', () => {
    expect(knownPart([10, 20], 25)).toHaveLength(2)
  })
})
