import { expect, test } from 'vitest'
import { whyNothing } from './nothing.js'

const cpu = { by: 'cpu', isMeasured: true, label: 'CPU' } as const
const item = { account: 'acme' } as never
const known = {
  answer: { items: [item], exact: false },
  measure: cpu,
  mode: 'header',
  otherProcess: undefined,
  source: 'service',
} as const

test('an empty chart says why it is empty, and what fills it', () => {
  expect(whyNothing({ ...known, mode: 'off' }).title).toBe('No CPU is measured: tracking.mode is off')
  expect(whyNothing(known).title).toBe('CPU is not known yet')
  expect(whyNothing({ ...known, answer: { items: [], exact: true } }).title).toBe('No request has ended in this time')
  expect(whyNothing({ ...known, otherProcess: 'web-1 4102' }).title).toBe(
    'The figures of web-1 4102 are with that process',
  )
})

test('0 of something that is counted is not called unknown', () => {
  const errors = { by: 'errors', isMeasured: false, label: 'Failed' } as const
  expect(whyNothing({ ...known, mode: 'off', measure: errors }).title).toBe('Nothing to draw')
  expect(whyNothing({ ...known, measure: { ...errors, by: 'counts.tokens' } }).title).toBe('This counter got no values')
})
