import { expect, test } from 'vitest'
import { bytesSaid, counted, numberSaid, shareSaid, timeSaid } from './usage-words.js'

test.each([
  [0, '0 ms'],
  [0.4218, '0.42 ms'],
  [812.4, '812 ms'],
  [2_414, '2.41 s'],
  [59_900, '59.9 s'],
  [59_990, '1 min'],
  [564_000, '9.4 min'],
  [3_599_000, '1 h'],
  [11_700_000, '3.25 h'],
  [90_000_000, '25 h'],
])('a time of %d ms has three significant digits: %s', (ms, said) => {
  expect(timeSaid(ms)).toBe(said)
})

test.each([
  [0, 'less than 1 %'],
  [0.0049, 'less than 1 %'],
  [0.005, '1 %'],
  [0.6037, '60 %'],
  [0.999, 'more than 99 %'],
  [1, '100 %'],
])('the share %d has no decimals: %s', (share, said) => {
  expect(shareSaid(share)).toBe(said)
})

test.each([
  [7, '7'],
  [3_918, '3,918'],
  [999_999, '999,999'],
  [1_240_000, '1.24 M'],
  [29_400_000, '29.4 M'],
  [48_250_000_000, '48.3 G'],
  [0.5, '0.5'],
  [-1_240_000, '-1.24 M'],
])('the number %d has separators, and a unit from a million on: %s', (value, said) => {
  expect(numberSaid(value)).toBe(said)
})

test.each([
  [1, '1 byte'],
  [1_000, '1,000 bytes'],
  [1_024, '1 KB'],
  [8_602, '8.4 KB'],
  [1_048_575, '1 MB'],
  [1_300_000, '1.24 MB'],
])('%d bytes are told by 1,024: %s', (bytes, said) => {
  expect(bytesSaid(bytes)).toBe(said)
})

test('a count has the plural of its noun', () => {
  expect([counted(1, 'request'), counted(2, 'request'), counted(2, 'query', 'queries')]).toEqual([
    '1 request',
    '2 requests',
    '2 queries',
  ])
})
