import { expect, test } from 'vitest'
import { SeenIds } from './seen-ids.js'

test('an id is new once, and again after it expires', () => {
  const seen = new SeenIds(100)
  expect([seen.add('a', 0), seen.add('a', 1), seen.add('a', 99), seen.add('a', 100)]).toEqual([
    'new',
    'seen',
    'seen',
    'new',
  ])
})

test('a full list refuses new ids instead of forgetting one early', () => {
  const seen = new SeenIds(100, 2)
  expect([seen.add('a', 0), seen.add('b', 50), seen.add('c', 60)]).toEqual(['new', 'new', 'full'])
  expect(seen.add('a', 60)).toBe('seen')
  expect(seen.add('c', 100)).toBe('new')
  expect(seen.add('b', 100)).toBe('seen')
})
