import { expect, onTestFinished, test, vi } from 'vitest'
import { made } from '../../testing/records/made.js'
import { readAccess } from '../read-access.js'
import { RedisRecords } from './redis-store.js'
import { writing } from './waiting-writes.js'

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

test('closing a store ends in time, however slowly Redis takes what waits', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const send = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 900, 'OK'))
  const slow = { send, base: '{slow}', keepForMs: 60_000, maxBytes: 2 ** 20, answerWithinMs: 1_000 }
  const store = new RedisRecords({ ...slow, writing: { ...writing, most: 1 } })
  for (let n = 0; n < 30; n++) void store.put(made(n))
  let isClosed = false
  const closing = store.close().then(() => {
    isClosed = true
  })
  await vi.advanceTimersByTimeAsync(4_000)
  expect(isClosed).toBe(false)
  await vi.advanceTimersByTimeAsync(1_500)
  expect(isClosed).toBe(true)
  await closing
})
