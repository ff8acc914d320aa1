import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSpoor, defineLogs, type Logs, memoryRecords, type RecordStore, type Spoor } from '../index.js'
import { readAccess } from '../records/read-access.js'
import { registry } from './registry.js'

let directory: string
let logs: Logs<never>
let spoor: Spoor
let records: RecordStore

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-'))
  logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  records = memoryRecords({})
  spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all', lateMs: 200 }, records })
})

afterEach(async () => {
  await spoor.close()
  await logs.close()
  rmSync(directory, { recursive: true })
})

type Line = Record<string, unknown> & { readonly queries?: Record<string, unknown> }

async function lines(): Promise<Line[]> {
  await logs.flush()
  const text = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trimEnd()
  return text.split('\n').map((line) => JSON.parse(line) as Line)
}

/** The line of a job that runs `fn`. */
async function lineOf(fn: () => unknown): Promise<Line | undefined> {
  await spoor.runChild(spoor.carry({ name: 'work' }), {}, async () => void (await fn()))
  return (await lines()).at(-1)
}

const posts = { system: 'cassandra', summary: 'SELECT posts' }

describe('a followed call', () => {
  const broken = {
    get rowCount(): number {
      throw new Error('closed')
    },
  }

  it('returns results whose members cannot be read', async () => {
    const line = await lineOf(async () => {
      expect(spoor.follow(posts, () => broken)).toBe(broken)
      expect(await spoor.follow(posts, async () => broken)).toBe(broken)
    })
    expect(line?.queries).toMatchObject({ calls: 2 })
    expect(line?.queries).not.toHaveProperty('errors')
  })

  it('returns a result whose `then` cannot be read', () => {
    const result = {
      // biome-ignore lint/suspicious/noThenProperty: a result that only looks like a promise
      get then(): unknown {
        throw new Error('closed')
      },
    }
    expect(spoor.follow(posts, () => result)).toBe(result)
  })

  it('waits for a lazy query whose `then` returns nothing', async () => {
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
      then: (resolve: (rows: number[]) => void): void => {
        setTimeout(() => resolve([1, 2, 3]), 5)
      },
    }
    let rows: unknown
    const line = await lineOf(async () => {
      rows = await spoor.follow(posts, () => lazy as PromiseLike<number[]>)
    })
    expect(rows).toEqual([1, 2, 3])
    expect(line?.queries).toMatchObject({ calls: 1, rows: 3 })
  })

  it('rejects with the error of a lazy query whose `then` throws, and ends the query', async () => {
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
      then: (): never => {
        throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' })
      },
    }
    const line = await lineOf(async () => {
      const asked = spoor.follow(posts, () => lazy as unknown as PromiseLike<void>)
      await expect(asked).rejects.toThrow('no connection')
    })
    expect(line?.queries).toMatchObject({ calls: 1, errors: 1 })
  })
})

describe('a followed generator or stream', () => {
  async function* pages(fails = false): AsyncGenerator<number, string, unknown> {
    for (let page = 0; page < 3; page++) {
      await delay(10)
      yield page
    }
    if (fails) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    return 'all'
  }
  const msOf = (line: Line | undefined): number => Number(line?.queries?.['ms'])

  it('counts until its last value, and gives what it gave before', async () => {
    const seen: unknown[] = []
    const line = await lineOf(async () => {
      const followed = spoor.follow(posts, () => pages())
      for await (const page of followed) seen.push(page)
      expect(await followed.next()).toEqual({ done: true, value: undefined })
    })
    expect(seen).toEqual([0, 1, 2])
    expect(msOf(line)).toBeGreaterThan(25)
  })

  it('counts until the caller stops', async () => {
    const line = await lineOf(async () => {
      for await (const page of await spoor.follow(posts, async () => pages())) if (page === 1) break
      await delay(60)
    })
    expect(line?.queries).toMatchObject({ calls: 1 })
    const [record] = (await records.list(readAccess('all', undefined), {})).items
    expect(record?.queryRuns[0]).toMatchObject({ durationMs: expect.any(Number) })
    expect(msOf(line)).toBeGreaterThan(15)
    expect(msOf(line)).toBeLessThan(Number(line?.['durationMs']) - 40)
  })

  it('has the error with which it ends', async () => {
    const line = await lineOf(async () => {
      const read = async (): Promise<void> => {
        for await (const _ of spoor.follow(posts, () => pages(true)));
      }
      await expect(read()).rejects.toThrow('gone')
    })
    expect(line?.queries).toMatchObject({ calls: 1, errors: 1 })
  })

  it('counts a generator without promises until its end', async () => {
    const line = await lineOf(() => {
      const followed = spoor.follow(posts, function* () {
        yield 1
        for (const until = performance.now() + 10; performance.now() < until; );
        yield 2
      })
      expect([...followed]).toEqual([1, 2])
    })
    expect(line?.queries).toMatchObject({ calls: 1 })
    expect(msOf(line)).toBeGreaterThan(9)
  })

  it('counts a stream until it ends or is destroyed', async () => {
    const line = await lineOf(async () => {
      const all = spoor.follow(posts, () => Readable.from(pages()))
      expect(await all.toArray()).toEqual([0, 1, 2])
      const some = spoor.follow(posts, () => Readable.from(pages()))
      some.destroy()
      await once(some, 'close')
    })
    expect(line?.queries).toMatchObject({ calls: 2 })
    expect(msOf(line)).toBeGreaterThan(25)
    const [record] = (await records.list(readAccess('all', undefined), {})).items
    for (const run of record?.queryRuns ?? []) expect(run.unfinished).toBeUndefined()
  })

  it('leaves an error of a stream to the service', async () => {
    await lineOf(async () => {
      const broken = spoor.follow(posts, () => new Readable({ read() {} }))
      expect(broken.listenerCount('error')).toBe(0)
      const heard = once(broken, 'error')
      broken.destroy(new Error('gone'))
      expect(String(await heard)).toContain('gone')
    })
  })
})

describe('queries that never end', () => {
  it('keep a limited number of requests in memory', async () => {
    await lineOf(() => {
      for (let n = 0; n < 10_050; n++) void spoor.follow(posts, () => new Promise(() => {}))
    })
    expect(registry.open.size).toBe(10_000)
    const [record] = (await records.list(readAccess('all', undefined), {})).items
    expect(record?.queries).toMatchObject({ calls: 10_050 })
    expect(record?.queryRuns[0]).toMatchObject({ unfinished: true })
  })
})

describe('the wrong member of a followed query', () => {
  it('is answered with an example', () => {
    const wrong = { system: 'cassandra', text: 7 } as unknown as typeof posts
    expect(() => spoor.follow(wrong, () => 1)).toThrow(
      "follow: text: expected a string, got number; as in { text: 'select * from posts' }",
    )
    expect(() => spoor.follow(posts, 'select' as unknown as () => void)).toThrow(
      /^follow: fn: expected a function as second argument, got string; write follow\(/,
    )
  })
})

describe('a query that is still open at the end of its request', () => {
  it('has its kind in the record, and its time until then in all sums', async () => {
    let release = (): void => {}
    const line = await lineOf(async () => {
      const slow = { system: 'postgresql', text: "select * from reports where name = 'x'" }
      void spoor.follow(slow, () => new Promise<void>((resolve) => (release = resolve)))
      await delay(20)
    })
    release()
    const { calls, ms, busyMs, slowestMs } = (line?.queries ?? {}) as Record<string, number>
    expect(calls).toBe(1)
    expect(ms).toBeGreaterThan(15)
    for (const sum of [busyMs, slowestMs]) expect(Math.abs(Number(sum) - Number(ms))).toBeLessThan(5)
    const [record] = (await records.list(readAccess('all', undefined), {})).items
    expect(record?.queryKinds).toMatchObject([{ summary: 'SELECT reports', calls: 1, ms: expect.any(Number) }])
    expect(record?.queryRuns).toEqual([{ startMs: expect.any(Number), kind: 0, unfinished: true }])
  })
})

describe('queries after the end of a request', () => {
  it('are on its late line and in its record', async () => {
    const server = createServer((_, response) => {
      response.on('close', async () => {
        await new Promise(setImmediate)
        for (let n = 0; n < 3; n++) await spoor.follow(posts, () => delay(5))
      })
      response.end()
    })
    spoor.attach(server)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
    const late = await vi.waitFor(async () => {
      const found = (await lines()).find(({ kind }) => kind === 'late')
      expect(found).toBeDefined()
      return found?.['late']
    })
    expect(late).toMatchObject({ queries: 3, queriesMs: expect.any(Number) })
    const [record] = (await records.list(readAccess('all', undefined), {})).items
    expect(record?.late).toMatchObject({ queries: 3 })
    expect(record).not.toHaveProperty('queries.calls')
  })
})

describe('a client that one instance after another follows', () => {
  it('collects no listeners', async () => {
    await spoor.close()
    const client = new pg.Client()
    for (let n = 0; n < 20; n++) {
      const one = createSpoor({ service: 'test', logs })
      one.follow(client)
      await one.close()
    }
    expect(client.listenerCount('end')).toBe(0)
    expect(Object.hasOwn(client, 'query')).toBe(false)
  })
})
