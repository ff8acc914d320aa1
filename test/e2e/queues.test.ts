// What travels with a job is the same whatever the queue: in this process, BullMQ, a list in Redis, pg-boss. Those whose
// service is not installed are left out, by name.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { Redis as Client } from 'ioredis'
import PgBoss from 'pg-boss'
import type { Carried, Spoor } from 'spoor'
import { bullmqTelemetry } from 'spoor/bullmq'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { followJobs } from './followed-jobs.js'
import { type Postgres, startPostgres } from './postgres.js'
import { available, type Redis, type ServiceName, startRedis } from './services.js'

type Handler = (job: { name: string; data: unknown; attempt: number }) => Promise<void>

/** A queue as its users see it; each job has two attempts. */
interface TestQueue {
  add(name: string, data: unknown): Promise<void>
  work(handler: Handler): void
}

const directory = mkdtempSync(join(tmpdir(), 'spoor-queues-'))
let redis: Redis
let postgres: Postgres
let boss: PgBoss
let names = 0

beforeAll(async () => {
  if (available('redis')) redis = await startRedis({ dir: directory })
  if (!available('postgres')) return
  postgres = await startPostgres()
  boss = new PgBoss(postgres.url)
  // Its connections may still be closing when the server ends.
  boss.on('error', () => {})
  await boss.start()
})

afterAll(async () => {
  await boss?.stop()
  await postgres?.stop()
  await redis?.stop()
  rmSync(directory, { recursive: true, force: true })
})

function inProcess(spoor: Spoor): TestQueue {
  let handle: Handler | undefined
  const waiting: (() => void)[] = []
  const run = (carried: Carried, name: string, data: unknown, attempt: number): void => {
    setImmediate(() => {
      const handled = spoor.runChild(carried, { attempt }, async () => handle?.({ name, data, attempt }))
      handled.catch(() => attempt < 2 && run(carried, name, data, attempt + 1))
    })
  }
  return {
    add: async (name, data) => {
      const carried = spoor.carry({ name })
      if (handle === undefined) waiting.push(() => run(carried, name, data, 1))
      else run(carried, name, data, 1)
    },
    work: (handler) => {
      handle = handler
      for (const start of waiting.splice(0)) start()
    },
  }
}

function overBullmq(spoor: Spoor): TestQueue {
  const name = `queue-${names++}`
  const telemetry = bullmqTelemetry(spoor)
  const connection = { url: redis.url, maxRetriesPerRequest: null }
  const queue = new Queue(name, { connection, telemetry, defaultJobOptions: { attempts: 2 } })
  onTestFinished(() => queue.close())
  return {
    add: async (name, data) => void (await queue.add(name, data)),
    work: (handler) => {
      const processor = telemetry.processor(({ name, data, attemptsStarted: attempt }) =>
        handler({ name, data, attempt }),
      )
      const worker = new Worker(name, processor, { connection, telemetry })
      onTestFinished(() => worker.close())
    },
  }
}

interface Message {
  carried: Carried
  name: string
  data: unknown
  attempt: number
}

function overRedisList(spoor: Spoor): TestQueue {
  const key = `list-${names++}`
  const client = new Client(redis.url)
  onTestFinished(() => client.disconnect())
  const push = async (message: Message): Promise<void> => void (await client.lpush(key, JSON.stringify(message)))
  return {
    add: (name, data) => push({ carried: spoor.carry({ name }), name, data, attempt: 1 }),
    work: (handler) => {
      const blocking = client.duplicate()
      let closed = false
      const loop = async (): Promise<void> => {
        while (!closed) {
          const [, text] = (await blocking.brpop(key, 0)) ?? []
          const { carried, ...job } = JSON.parse(text ?? '') as Message
          await spoor
            .runChild(carried, { attempt: job.attempt }, () => handler(job))
            .catch(async () => {
              if (job.attempt < 2) await push({ ...job, carried, attempt: job.attempt + 1 })
            })
        }
      }
      const ended = loop().catch(() => {})
      onTestFinished(async () => {
        closed = true
        blocking.disconnect()
        await ended
      })
    },
  }
}

async function overPgBoss(spoor: Spoor): Promise<TestQueue> {
  const queue = `queue-${names++}`
  await boss.createQueue(queue, { name: queue, retryLimit: 1 })
  return {
    add: async (name, data) => void (await boss.send(queue, { carried: spoor.carry({ name }), name, data })),
    work: (handler) => {
      // The shortest time between two looks it takes. A batch fails as one: what fails here is alone.
      const options = { includeMetadata: true, pollingIntervalSeconds: 0.5, batchSize: 30 } as const
      const working = boss.work<Omit<Message, 'attempt'>>(queue, options, (jobs) =>
        Promise.all(
          jobs.map(({ data: { carried, ...job }, retryCount }) => {
            const attempt = retryCount + 1
            return spoor.runChild(carried, { attempt }, () => handler({ ...job, attempt }))
          }),
        ),
      )
      onTestFinished(async () => boss.offWork({ id: await working }))
    },
  }
}

interface Kind {
  readonly kind: string
  readonly open: (spoor: Spoor) => TestQueue | Promise<TestQueue>
  readonly needs?: ServiceName
}

const kinds: readonly Kind[] = [
  { kind: 'in this process', open: inProcess },
  { kind: 'of BullMQ', open: overBullmq, needs: 'redis' },
  { kind: 'that is a list in Redis', open: overRedisList, needs: 'redis' },
  { kind: 'of pg-boss', open: overPgBoss, needs: 'postgres' },
]

for (const { kind, open, needs } of kinds) {
  describe.skipIf(needs !== undefined && !available(needs))(`over a queue ${kind} a job`, () => {
    test('has its own id, the request that queued it as parent, and the account', async () => {
      const { spoor, logs, attempts, linesOf } = followJobs()
      const queue = await open(spoor)
      queue.work(async () => logs.get('work').info({ roles: spoor.context()?.roles }, 'working'))
      const who = { account: 'acme', user: 'mara', roles: ['admin'] }
      await spoor.run({ requestId: 'request-1', ...who }, () => queue.add('mail', {}))
      const [line] = await attempts(1)
      expect(line).toMatchObject({ name: 'mail', parentId: 'request-1', account: 'acme', attempt: 1 })
      expect(line).not.toHaveProperty('user')
      const ids = { requestId: line?.requestId, parentId: 'request-1', account: 'acme' }
      expect(await linesOf('work.log')).toMatchObject([{ ...ids, roles: [], message: 'working' }])
      expect(line?.requestId).not.toBe('request-1')
    })

    test('keeps its id, parent and account in a second attempt, which has its own line', async () => {
      const { spoor, attempts } = followJobs()
      const queue = await open(spoor)
      queue.work(async ({ attempt }) => {
        if (attempt === 1) throw new Error('once')
      })
      await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}))
      const [first, second] = await attempts(2)
      const same = { requestId: first?.requestId, parentId: 'request-1', account: 'acme' }
      expect(first).toMatchObject({ attempt: 1, level: 'error', error: { message: 'once' } })
      expect(second).toMatchObject({ ...same, attempt: 2, level: 'info' })
      expect(second?.id).not.toBe(first?.id)
    })

    test('is the parent of the jobs that it queues, in the same account and trace', async () => {
      const { spoor, attempts } = followJobs()
      const queue = await open(spoor)
      queue.work(async ({ name }) => {
        if (name === 'first') await queue.add('second', {})
      })
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      const request = { v: 1, id: 'request-1', account: 'acme', traceparent } as const
      await spoor.runChild(request, { name: 'request' }, () => queue.add('first', {}))
      const lines = await attempts(3)
      const named = (name: string) => lines.find((line) => line.name === name)
      expect(named('request')).toMatchObject({ jobsQueued: 1 })
      expect(named('first')).toMatchObject({ parentId: 'request-1', jobsQueued: 1 })
      expect(named('second')).toMatchObject({ parentId: named('first')?.requestId, account: 'acme' })
      for (const { traceId } of lines) expect(traceId).toBe('a'.repeat(32))
    })

    test('is listed in the record of its request, under its id', async () => {
      const { spoor, attempts, kept } = followJobs()
      const queue = await open(spoor)
      queue.work(async () => {})
      await spoor.runChild(spoor.carry(), { name: 'request' }, () => queue.add('mail', {}))
      const lines = await attempts(2)
      const mail = lines.find(({ name }) => name === 'mail')
      const parent = kept.find(({ name }) => name === 'request')
      expect(parent?.jobs).toMatchObject([{ id: mail?.requestId, name: 'mail' }])
    })

    test('keeps its account while jobs of other accounts run', async () => {
      const { spoor, attempts, linesOf, logs } = followJobs()
      const queue = await open(spoor)
      const accounts = ['acme', 'globex', 'initech']
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => accounts[n % 3]).map((account) =>
          spoor.run({ requestId: `of-${account}`, account }, () => queue.add('mail', { account })),
        ),
      )
      queue.work(async ({ data }) => {
        await new Promise((resolve) => setImmediate(resolve))
        logs.get('work').info({ expected: (data as { account: string }).account }, 'working')
      })
      await attempts(30)
      const lines = await linesOf('work.log')
      expect(lines).toHaveLength(30)
      for (const { account, expected, parentId } of lines)
        expect([account, parentId]).toEqual([expected, `of-${expected}`])
    })
  })
}
