import { expect, test } from 'vitest'
import { WarnOnce } from './warn-once.js'

test('a warning is written once, and no more than 100 different ones', () => {
  const written: unknown[] = []
  const { warn } = new WarnOnce({ warn: (message: unknown) => written.push(message) } as never)
  for (const about of ['a', 'b', 'a']) warn(about, `about ${about}`)
  expect(written).toEqual(['about a', 'about b'])
  for (let number = 0; number < 200; number++) warn(`${number}`, 'more')
  expect(written).toHaveLength(100)
})
