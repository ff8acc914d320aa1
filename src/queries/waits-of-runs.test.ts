import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createSpoor, defineLogs, memoryRecords, type Spoor } from '../index.js'
import { readAccess } from '../records/read-access.js'
import type { StoredRecord } from '../records/record.js'
import { beginWait } from './open-wait.js'

/** One thing that a job does: `at` ms after its start, for `ms`. */
interface Part {
  readonly what: 'query' | 'call' | 'pool' | 'step' | 'cpu' | 'nested'
  readonly at: number
  readonly ms: number
}

const part: fc.Arbitrary<Part> = fc.record({
  what: fc.constantFrom('query', 'call', 'pool', 'step', 'cpu', 'nested'),
  at: fc.nat(15),
  ms: fc.integer({ min: 0, max: 20 }),
})

const posts = { system: 'cassandra', summary: 'SELECT posts' }

/** A server that answers after the ms of its path. */
async function slowServer(): Promise<string> {
  const server = createServer((request, response) => {
    setTimeout(() => response.end(), Number(request.url?.slice(1)))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function run(spoor: Spoor, url: string, { what, at, ms }: Part): Promise<void> {
  await delay(at)
  if (what === 'query') await spoor.follow(posts, () => delay(ms))
  if (what === 'call') await (await fetch(`${url}/${ms}`)).text()
  if (what === 'step') await spoor.measure('render', () => delay(ms))
  if (what === 'nested') await spoor.measure('load', () => spoor.follow(posts, async () => void (await delay(ms))))
  if (what === 'cpu') for (const until = performance.now() + ms; performance.now() < until; );
  if (what === 'pool') {
    const wait = beginWait('cassandra')
    await delay(ms)
    wait.finish()
  }
}

test('the waits of real runs add up to their duration, with own CPU', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-'))
  const logs = defineLogs({ directory, root: { console: false }, loggers: { requests: { console: false } } })
  const records = memoryRecords({})
  const spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all' }, records })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })
  const url = await slowServer()
  const recordOf = async (parts: readonly Part[]): Promise<StoredRecord> => {
    await spoor.runChild(spoor.carry({ name: 'work' }), {}, async () => {
      await Promise.all(parts.map((one) => run(spoor, url, one)))
    })
    return (await records.list(readAccess('all', undefined), {})).items[0] as StoredRecord
  }
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
      const { cpu, waits, durationMs, queries } = await recordOf(parts)
      const all = Object.values(waits ?? {}).reduce((sum, ms = 0) => sum + ms, cpu?.ms ?? 0)
      // Each of the figures is rounded.
      expect(Math.abs(all - durationMs)).toBeLessThan(0.1)
      expect(waits?.queriesMs ?? 0).toBeLessThanOrEqual((queries?.ms ?? 0) + 0.1)
      expect(waits?.poolMs ?? 0).toBeLessThanOrEqual((queries?.poolMs ?? 0) + 0.1)
      const asked = parts.filter(({ what }) => what === 'query' || what === 'nested')
      expect(queries?.calls ?? 0).toBe(asked.length)
    }),
    { numRuns: 40 },
  )
}, 60_000)
