import { describe, expect, test } from 'vitest'
import { holdReason, holdWords } from './hold.js'
import { Rates, rateText } from './rates.js'

describe('the rates of lines', () => {
  test('are those of the last ten seconds, and unknown before counting', () => {
    const rates = new Rates()
    expect(rates.total(5_000)).toBeUndefined()
    rates.begin(0)
    expect(rates.total(5_000)).toBe(0)
    rates.add(20_000, ['a', 'a', 'b'])
    expect([...rates.at(20_500)]).toEqual([
      ['a', 0.2],
      ['b', 0.1],
    ])
    expect(rates.total(29_000)).toBeCloseTo(0.3)
    expect(rates.total(40_000)).toBe(0)
  })

  test('are of less than ten seconds at the beginning', () => {
    const rates = new Rates()
    rates.begin(0)
    rates.add(2_000, ['a', 'a', 'a', 'a'])
    expect(rates.total(2_000)).toBe(2)
  })

  test('read well', () => {
    expect([0, 0.01, 0.44, 9.9, 9.96, 1_204.4].map(rateText)).toEqual(['0', '< 0.1', '0.4', '9.9', '10', '1204'])
  })
})

describe('new lines', () => {
  const free = { isPaused: false, isChosen: false, hasText: false, isPointed: false, isAway: false }

  test('wait for the strongest of several reasons', () => {
    expect(holdReason(free)).toBeUndefined()
    expect(holdReason({ ...free, isPointed: true, isAway: true })).toBe('pointer')
    expect(holdReason({ ...free, isChosen: true, hasText: true })).toBe('chosen')
    expect(holdReason({ isPaused: true, isChosen: true, hasText: true, isPointed: true, isAway: true })).toBe('paused')
    expect(holdWords.away).toBe('because you look at earlier lines')
  })
})
