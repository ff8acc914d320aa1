import { expect, test } from 'vitest'
import { readAccess } from '../read-access.js'
import { RedisRecords } from './redis-store.js'

test('a list that finds nothing ends with its readers, not with the last record', async () => {
  let asked = 0
  const send = async (): Promise<unknown> => {
    await new Promise((resolve) => setImmediate(resolve))
    return [[], String(asked++), 'an id']
  }
  const store = new RedisRecords({ send, base: '{endless}', keepForMs: 60_000, maxBytes: 2 ** 20, answerWithinMs: 500 })
  await expect(store.list(readAccess('all', undefined), { text: 'none' })).rejects.toThrow(
    /could not be searched within 1000 ms/,
  )
  const before = asked
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toBe(before)
})
