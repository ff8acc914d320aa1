import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSpoor, defineLogs, type Logs, type Spoor, type StoredRecord } from '../index.js'
import { OwnFields } from '../work/own-fields.js'
import { matches } from './filter.js'

let directory: string
let logs: Logs<never>
let spoor: Spoor
const undo: (() => unknown)[] = []

const rootLines = (): string => readFileSync(join(directory, 'root.log'), 'utf8')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spoor-'))
  logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log' },
    loggers: { requests: { console: false } },
  })
  spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
  undo.push(
    () => rmSync(directory, { recursive: true }),
    () => logs.close(),
    () => spoor.close(),
  )
})

afterEach(async () => {
  for (const end of undo.splice(0).reverse()) await end()
})

/** Sends a request to a server with `listener`, and returns its line. */
async function lineOf(listener: RequestListener): Promise<Record<string, unknown>> {
  const server = createServer(listener)
  spoor.attach(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await (await fetch(`http://127.0.0.1:${port}/posts`)).text()
  await new Promise((done) => server.close(done))
  await logs.flush()
  const lines = readFileSync(join(directory, 'requests.jsonl'), 'utf8').trimEnd().split('\n')
  return JSON.parse(lines.at(-1) ?? '')
}

function heard(): StoredRecord[] {
  const records: StoredRecord[] = []
  const listener = (message: unknown): void => void records.push((message as { record: StoredRecord }).record)
  subscribe('spoor.request', listener)
  undo.push(() => unsubscribe('spoor.request', listener))
  return records
}

describe('spoor.add and spoor.count', () => {
  it('put fields and sums of the service on the request line', async () => {
    const line = await lineOf(async (_, response) => {
      spoor.add({ plan: 'free', cart: { items: 3 } })
      await new Promise(setImmediate)
      spoor.run({ name: 'inner' }, () => spoor.add({ plan: 'pro' }))
      spoor.count('tokens', 1_200)
      spoor.count('tokens', 34.5)
      spoor.count('retries')
      response.end()
    })
    expect(line).toMatchObject({ fields: { plan: 'pro', cart: { items: 3 } }, counts: { tokens: 1_234.5, retries: 1 } })
  })

  it('leave lines of requests without them as they were', async () => {
    const line = await lineOf((_, response) => response.end())
    expect(Object.keys(line)).not.toEqual(expect.arrayContaining(['fields']))
    expect(Object.keys(line)).not.toEqual(expect.arrayContaining(['counts']))
  })

  it('redact secrets by name and by shape', async () => {
    const line = await lineOf((_, response) => {
      spoor.add({ password: 'canary-1', note: 'Authorization: Bearer canary-2.abc', nested: { api_key: 'canary-3' } })
      response.end()
    })
    expect(JSON.stringify(line)).not.toContain('canary')
    expect(line).toMatchObject({ fields: { password: '[redacted]' } })
  })

  it('keep at most 32 names and 8 KB, and say once what is left out', async () => {
    const line = await lineOf((_, response) => {
      for (let at = 0; at < 100; at++) {
        spoor.add({ [`field${at}`]: at })
        spoor.count(`count${at}`)
      }
      spoor.add({ field0: 'x'.repeat(9_000), field1: 'y'.repeat(4_000), field2: 'z'.repeat(5_000) })
      response.end()
    })
    const { fields, counts } = line as { fields: Record<string, unknown>; counts: object }
    expect(Object.keys(fields)).toHaveLength(32)
    expect(Object.keys(counts)).toHaveLength(32)
    expect([fields['field0'], fields['field1'], fields['field2']]).toEqual([0, 'y'.repeat(4_000), 2])
    expect(rootLines().match(/add: expected at most 32 names/g)).toHaveLength(1)
    expect(rootLines().match(/add: expected at most 8 KB/g)).toHaveLength(1)
    expect(rootLines().match(/count: expected at most 32 names/g)).toHaveLength(1)
  })

  it('never throw, and say once what was wrong', async () => {
    const hostile = {
      get plan(): string {
        throw new Error('no')
      },
    }
    const line = await lineOf((_, response) => {
      for (const wrong of [undefined, null, 'plan', 7, [1], hostile]) spoor.add(wrong as never)
      for (const [name, by] of [
        [undefined, 1],
        ['tokens', Number.NaN],
        ['tokens', '3'],
        ['tokens', Infinity],
      ])
        spoor.count(name as never, by as never)
      spoor.count('tokens', 2)
      response.end()
    })
    expect(line).toMatchObject({ counts: { tokens: 2 } })
    expect(rootLines().match(/add: expected an object/g)).toHaveLength(1)
    expect(rootLines().match(/count: expected a name and a finite number/g)).toHaveLength(1)
  })

  it('do nothing outside any request and after its line', async () => {
    spoor.add({ plan: 'pro' })
    spoor.run({ name: 'script' }, () => spoor.count('tokens'))
    let later = (): void => {}
    const line = await lineOf((_, response) => {
      later = spoor.bind(() => spoor.add({ late: true }))
      response.end()
    })
    later()
    expect(line).not.toHaveProperty('fields')
  })

  it('stay finite, whatever is counted', async () => {
    const line = await lineOf((_, response) => {
      for (const sign of [1, -1]) for (let n = 0; n < 2; n++) spoor.count(`sum${sign}`, sign * Number.MAX_VALUE)
      response.end()
    })
    expect(line['counts']).toEqual({ sum1: Number.MAX_VALUE, 'sum-1': -Number.MAX_VALUE })
  })

  it('stand on the line of a job', async () => {
    await spoor.runChild(spoor.carry({ name: 'resize' }), {}, () => spoor.count('pixels', 640))
    await logs.flush()
    const line = JSON.parse(readFileSync(join(directory, 'requests.jsonl'), 'utf8'))
    expect(line).toMatchObject({ kind: 'job', counts: { pixels: 640 } })
  })

  it('survive names that objects have of their own', async () => {
    const line = await lineOf((_, response) => {
      spoor.add(JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}'))
      spoor.count('__proto__', 2)
      response.end()
    })
    expect(Object.entries(line['counts'] as object)).toEqual([['__proto__', 2]])
    expect(line['fields']).toMatchObject({ constructor: 'b', toString: 'c' })
  })
})

describe('the channel spoor.request', () => {
  it('publishes the record of each finished request, frozen to its depths', async () => {
    const records = heard()
    await lineOf((_, response) => {
      spoor.add({ plan: { name: 'pro' } })
      response.end('hello')
    })
    const [record] = records
    expect(records).toHaveLength(1)
    expect(record).toMatchObject({ kind: 'request', path: '/posts', status: 200, fields: { plan: { name: 'pro' } } })
    expect(
      [record, record?.fields, record?.fields?.['plan'], record?.io, record?.outgoing].every(Object.isFrozen),
    ).toBe(true)
  })

  it('publishes requests that are not measured, within their context', async () => {
    await spoor.close()
    spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'off' } })
    const ids: unknown[] = []
    const listener = (): void => void ids.push(spoor.context()?.requestId)
    subscribe('spoor.request', listener)
    const line = await lineOf((_, response) => response.end())
    unsubscribe('spoor.request', listener)
    expect(ids).toEqual([line['requestId']])
  })

  it('holds no secret and no stack-trace text that the line hides', async () => {
    const records = heard()
    await lineOf((_, response) => {
      spoor.add({ token: 'canary-4' })
      response.end()
    })
    expect(JSON.stringify(records)).not.toContain('canary')
  })
})

describe('the filter by fields', () => {
  const record = (fields: object | undefined): StoredRecord => ({ fields }) as StoredRecord

  it('selects records whose field has the value as text', () => {
    const test = matches({ fields: { plan: 'pro', seats: '12' } })
    expect(test(record({ plan: 'pro', seats: 12 }))).toBe(true)
    expect(test(record({ plan: 'pro' }))).toBe(false)
    expect(test(record(undefined))).toBe(false)
    expect(matches({ fields: { toString: 'x' } })(record({}))).toBe(false)
    expect(matches({ fields: { plan: '[object Object]' } })(record({ plan: {} }))).toBe(false)
    expect(matches({ fields: { plan: 'null' } })(record({ plan: null }))).toBe(true)
  })
})

describe('own fields', () => {
  it('stay within 32 names and 8 KB, whatever is added', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a', 'b'))
    const values = fc.oneof(fc.string({ maxLength: 3_000 }), fc.integer(), fc.array(fc.boolean()), fc.constant(null))
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values), { maxLength: 60 }), (added) => {
        const own = new OwnFields()
        const kept = new Map<string, unknown>()
        for (const [name, value] of added) if (own.add(name, value) === 'kept') kept.set(name, value)
        const fields = own.fields ?? {}
        expect(new Map(Object.entries(fields))).toEqual(kept)
        expect(kept.size).toBeLessThanOrEqual(32)
        expect(Buffer.byteLength(JSON.stringify(fields))).toBeLessThanOrEqual(8 * 1024)
      }),
    )
  })
})
