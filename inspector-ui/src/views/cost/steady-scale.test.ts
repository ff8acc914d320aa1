import { expect, test } from 'vitest'
import { steadyScale } from './steady-scale.js'

const scale = (top: number) => ({ top, ticks: [0, top] })
const kept = { scale: scale(10), question: 'cpu 1h', minute: 5 }

test('a scale stays as it is under the pointer', () => {
  expect(steadyScale(kept, { ...kept, scale: scale(20), minute: 6 }, true)).toBe(kept)
})

test('within a minute a scale grows, but does not shrink', () => {
  expect(steadyScale(kept, { ...kept, scale: scale(5) }, false).scale.top).toBe(10)
  expect(steadyScale(kept, { ...kept, scale: scale(20) }, false).scale.top).toBe(20)
  expect(steadyScale(kept, { ...kept, scale: scale(5), minute: 6 }, false).scale.top).toBe(5)
})

test('another question has a scale of its own, even under the pointer', () => {
  expect(steadyScale(kept, { ...kept, scale: scale(5), question: 'queries 1h' }, true).scale.top).toBe(5)
})
