import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenBatch, rowOf } from './line-batch.js'

const whole = ({ pieces }: OpenBatch): Buffer => Buffer.concat([...pieces])

test('batches give back their bytes, whatever was added, closed and released before', () => {
  const lines = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 60_000, max: 200_000 }).map((length) => new Uint8Array(length).fill(length % 251)),
  )
  fc.assert(
    fc.property(fc.array(fc.array(lines, { maxLength: 12 }), { maxLength: 5 }), (batches) => {
      const kept = batches.map((all) => {
        const batch = new OpenBatch()
        for (const some of all) batch.add(Buffer.from(some), 1)
        return { batch, wanted: Buffer.concat(all) }
      })
      for (const [at, { batch, wanted }] of kept.entries()) {
        expect(whole(batch).equals(wanted)).toBe(true)
        batch.close()
        expect(whole(batch).equals(wanted)).toBe(true)
        expect(batch.bytes).toBe(wanted.length)
        // Its chunks are used by the next batches.
        if (at % 2 === 0) batch.release()
        new OpenBatch().add(Buffer.alloc(70_000), 1)
      }
      for (const { batch, wanted } of kept.filter((_, at) => at % 2 === 1))
        expect(whole(batch).equals(wanted)).toBe(true)
    }),
  )
})

test('a batch does not keep the buffer that it got', () => {
  const batch = new OpenBatch()
  const lines = Buffer.from('{"a":1}\n')
  batch.add(lines, 1)
  lines.fill(0)
  expect(whole(batch).toString()).toBe('{"a":1}\n')
})

test('a row of RowBinary has the lengths of its texts before them', async () => {
  const batch = new OpenBatch()
  batch.add(Buffer.from(`${'x'.repeat(200)}\n`), 1)
  batch.close()
  const row = Buffer.concat(await rowOf(batch, 'shop').toArray())
  expect(row.subarray(0, 5).toString('latin1')).toBe('\u0004shop')
  // 201 as LEB128.
  expect([...row.subarray(-203, -201)]).toEqual([0xc9, 0x01])
  expect(row.subarray(-201).toString()).toBe(`${'x'.repeat(200)}\n`)
})
