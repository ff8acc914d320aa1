import { expect, test } from 'vitest'
import { WaitingWrites, writing } from './waiting-writes.js'

const operation = (bytes: number): Buffer => Buffer.alloc(bytes)

test('one write has no more bytes than it may, and at least one operation', async () => {
  const writes: number[][] = []
  const waiting = new WaitingWrites<Buffer>(
    async (operations) => {
      writes.push(operations.map(({ length }) => length))
    },
    { ...writing, mostBytes: 100 },
  )
  for (const bytes of [60, 40, 1, 150, 99]) waiting.add(operation(bytes))
  await waiting.flush()
  expect(writes).toEqual([[60, 40], [1], [150], [99]])
})

test('a reader waits for what waited when it asked, not for what comes meanwhile', async () => {
  let writes = 0
  const waiting = new WaitingWrites<Buffer>(async () => {
    // There is always more.
    if (++writes < 1_000) waiting.add(operation(1))
  })
  waiting.add(operation(1))
  await waiting.flush()
  expect(writes).toBe(1)
  await waiting.close()
})

test('beyond the most bytes, the first operations are dropped and counted', async () => {
  const written: Buffer[] = []
  const waiting = new WaitingWrites<Buffer>(
    async (operations) => {
      written.push(...operations)
    },
    { ...writing, maxBytes: 1_000 },
  )
  const all = Array.from({ length: 101 }, (_, at) => Buffer.alloc(10, at))
  for (const one of all) waiting.add(one)
  await waiting.flush()
  expect(waiting.dropped).toBe(11)
  expect(written).toEqual(all.slice(11))
})
