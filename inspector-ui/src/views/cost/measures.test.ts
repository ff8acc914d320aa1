import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { UsageItem } from '../../protocol.js'
import { counter, counterName, countersOf, knownCpu, mainMeasures, measureOf, moreMeasures } from './measures.js'

const item = (more: Partial<UsageItem>): UsageItem => more as UsageItem

test('the URL names a measure; CPU if it names none', () => {
  expect(measureOf('queries').by).toBe('queries')
  expect(measureOf('counts.tokens').label).toBe('tokens')
  for (const text of [null, '', 'nonsense', 'counts.', `counts.${'x'.repeat(101)}`])
    expect(measureOf(text).by).toBe('cpu')
})

test('a counter with the name of a member of objects is a counter', () => {
  expect(counter('constructor').value(item({ counts: { tokens: 1 } }))).toBe(0)
  expect(counterName(measureOf('counts.__proto__'))).toBe('__proto__')
})

test('counters are summed up over all items', () => {
  expect(countersOf([item({ counts: { tokens: 2, images: 1 } }), item({}), item({ counts: { tokens: 3 } })])).toEqual([
    { name: 'images', sum: 1 },
    { name: 'tokens', sum: 5 },
  ])
})

test('held up is not known where nothing was measured, and 0 where nobody waited', () => {
  const [held] = mainMeasures.filter(({ by }) => by === 'heldUp')
  const none = { requests: 0, ms: 0 }
  expect(held?.value(item({ exact: false, heldOthers: none }))).toBeUndefined()
  expect(held?.value(item({ exact: false, windows: 3, heldOthers: none }))).toBe(0)
  expect(held?.value(item({ exact: true, heldOthers: none }))).toBe(0)
})

test('CPU is not known where no window saw any of it, and 0 where it was measured', () => {
  expect(knownCpu({ cpuMs: 0, exact: false, windows: 0 })).toBeUndefined()
  expect(knownCpu({ cpuMs: 0, exact: false })).toBeUndefined()
  expect(knownCpu({ cpuMs: 0, exact: false, windows: 3 })).toBe(0)
  expect(knownCpu({ cpuMs: 0, exact: true })).toBe(0)
  expect(knownCpu({ cpuMs: 4, exact: false, windows: 1 })).toBe(4)
})

test('every measure has a scale over its highest point, with texts that are no NaN', () => {
  const all = [...mainMeasures, ...moreMeasures, counter('tokens')]
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.double({ min: 0, max: 1e12, noNaN: true }), (measure, perMinute) => {
      const height = measure.heightOf(perMinute)
      const { top, ticks } = measure.scale(height)
      expect(top).toBeGreaterThanOrEqual(height * (1 - 1e-6))
      for (const tick of ticks) expect(measure.shown(tick)).not.toMatch(/NaN|Infinity|undefined/)
      expect(new Set(ticks.map(measure.shown)).size).toBeGreaterThan(1)
    }),
  )
})
