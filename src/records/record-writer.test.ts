import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createContext } from '../context/request-context.js'
import type { StoredRecord } from './record.js'
import type { RecordStore } from './record-store.js'
import { RecordWriter } from './record-writer.js'
import { recordOf } from './request-record.js'

interface Kept {
  readonly keeper: RecordWriter
  readonly said: string[]
  keep(): void
}

/** A keeper before a store whose `put` and `update` do as they are told. */
function keeperOf(act: (record: unknown) => unknown): Kept {
  const said: string[] = []
  const store = { put: act, update: act } as unknown as RecordStore
  const keeper = new RecordWriter(
    store,
    (value) => String(value),
    (_, message) => said.push(message),
  )
  const context = createContext('request')
  const start = { startedAt: Date.now(), startTick: 0 }
  const record = recordOf(context, { service: 'publisher', version: undefined }, start, {})
  return { keeper, said, keep: () => keeper.keep(record, context.work, 0) }
}

describe('what hands records to the store', () => {
  it('counts what it throws and rejects with, and says what to expect of it', async () => {
    const ways: (() => unknown)[] = [
      () => {
        throw new Error('full')
      },
      () => Promise.reject(new Error('full')),
      () => Promise.reject('full'),
    ]
    for (const way of ways) {
      const { keeper, said, keep } = keeperOf(way)
      keep()
      keeper.update('some id', { late: { cpuMs: 1, untilMs: 2 } })
      await turn()
      expect(keeper.failed).toBe(2)
      expect(said[0]).toContain('a record is not kept')
    }
  })

  it('counts every other return value as a success', async () => {
    for (const given of [undefined, null, 7, true, new Map(), Promise.resolve(7), new Promise(() => {})]) {
      const { keeper, keep } = keeperOf(() => given)
      keep()
      await turn()
      expect(keeper.failed).toBe(0)
    }
  })

  it('gives it plain JSON', () => {
    const records: StoredRecord[] = []
    keeperOf((record) => records.push(record as StoredRecord)).keep()
    expect(JSON.parse(JSON.stringify(records[0]))).toMatchObject({ service: 'publisher', outgoing: [], jobs: [] })
  })
})
