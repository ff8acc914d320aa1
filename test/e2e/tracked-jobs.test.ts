// The jobs of a request that is measured come home: from in this process, and over a real Redis, where that is installed.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { bullmqTelemetry } from 'spoor/bullmq'
import { spoorNode } from 'spoor/node'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { burn } from '../usage/burn.js'
import { type Followed, followJobs, type Line, WAITING } from './followed-jobs.js'
import { available, type Redis, startRedis } from './services.js'

const directory = mkdtempSync(join(tmpdir(), 'spoor-tracked-'))
let redis: Redis

beforeAll(async () => {
  if (available('redis')) redis = await startRedis({ dir: directory })
})

afterAll(async () => {
  await redis?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Queues a job that does `work`. */
type Add = (name: string) => Promise<unknown>

function inProcess({ spoor }: Followed, work: (name: string, add: Add) => Promise<void>): Add {
  const add: Add = async (name) => {
    const carried = spoor.carry({ name })
    void setImmediate().then(() => spoor.runChild(carried, {}, () => work(name, add)))
  }
  return add
}

function overBullmq({ spoor }: Followed, work: (name: string, add: Add) => Promise<void>): Add {
  const connection = { url: redis.url, maxRetriesPerRequest: null }
  const telemetry = bullmqTelemetry(spoor)
  const queue = new Queue('tracked', { connection, telemetry })
  const add: Add = (name) =>
    name === 'tick' ? queue.upsertJobScheduler('clock', { every: 50 }, { name }) : queue.add(name, {})
  const processor = telemetry.processor(({ name }) => work(name, add))
  const worker = new Worker('tracked', processor, { connection, telemetry })
  onTestFinished(async () => {
    await queue.removeJobScheduler('clock')
    await worker.close()
    await queue.close()
  })
  return add
}

/** A service whose requests queue the job they name, asked as a user who may see the cost. */
async function serve({ spoor }: Followed, add: Add): Promise<(path: string, header: string) => Promise<string>> {
  const account = () => ({ account: 'acme', user: 'ann', roles: ['admin'] })
  const handler = spoorNode(spoor, {
    account,
    handler: async (request, response) => {
      await add(String(request.url).slice(1))
      response.end()
    },
  })
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return async (path, header) => {
    const headers = { 'x-debug-resource-tracking': header }
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { headers })
    await answer.arrayBuffer()
    return String(answer.headers.get('x-request-id'))
  }
}

const costOf = (line: Line | undefined): number | undefined => (line?.['cpu'] as { ms: number } | undefined)?.ms

for (const [where, open, needsRedis] of [
  ['in this process', inProcess, false],
  ['over BullMQ', overBullmq, true],
] as const) {
  describe.skipIf(needsRedis && !available('redis'))(`${where} what a job costs`, () => {
    test('is on its line and in its record if its request was measured, also after a second hop, and only then', async () => {
      const followed = followJobs('header')
      const add = open(followed, async (name, add) => {
        burn(5)
        if (name === 'first') await add('second')
      })
      const ask = await serve(followed, add)
      const [measured, other] = [await ask('first', 'true'), await ask('first', 'no')]
      const lines = await followed.attempts(4)
      const childOf = (id: unknown): Line | undefined => lines.find(({ parentId }) => parentId === id)
      const first = childOf(measured)
      const second = childOf(first?.requestId)
      for (const line of [first, second]) expect(costOf(line)).toBeGreaterThan(4.5)
      const unmeasured = childOf(other)
      for (const line of [unmeasured, childOf(unmeasured?.requestId)]) expect(line).not.toHaveProperty('cpu')
      const kept = () => followed.kept.map(({ requestId, account }) => [requestId, account])
      const all = [measured, first?.requestId, second?.requestId].map((id) => [id, 'acme'])
      await vi.waitFor(() => expect(kept().sort()).toEqual(all.sort()), WAITING)
      const parent = followed.kept.find(({ kind }) => kind === 'request')
      expect(parent?.jobs).toMatchObject([{ id: first?.requestId, name: 'first' }])
    })
  })
}

describe.skipIf(!available('redis'))('a job that a scheduler makes', () => {
  test('is not measured because a measured request created the scheduler', async () => {
    const followed = followJobs('header')
    const add = overBullmq(followed, async () => {})
    const ask = await serve(followed, add)
    await ask('tick', 'true')
    const ticks = await followed.attempts(3)
    for (const tick of ticks) {
      expect(tick).not.toHaveProperty('cpu')
      expect(tick).not.toHaveProperty('account')
    }
    expect(followed.kept).toMatchObject([{ kind: 'request' }])
  })
})
