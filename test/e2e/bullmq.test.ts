// Jobs over a real Redis with BullMQ. Left out, by name, where Redis is not installed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlowProducer, type Processor, Queue, type QueueOptions, Worker, type WorkerOptions } from 'bullmq'
import { createSpoor, defineLogs, type Logs, type Spoor } from 'spoor'
import { type BullmqTelemetry, bullmqTelemetry } from 'spoor/bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { available, type Redis, startRedis } from './services.js'

type Line = Record<string, unknown>

const WAITING = { timeout: 15_000, interval: 20 }

describe.skipIf(!available('redis'))('a job of BullMQ', () => {
  const redisDirectory = mkdtempSync(join(tmpdir(), 'spoor-bullmq-redis-'))
  let redis: Redis
  let directory: string
  let logs: Logs<'work'>
  let spoor: Spoor
  let telemetry: BullmqTelemetry
  let names = 0

  beforeAll(async () => {
    redis = await startRedis({ dir: redisDirectory })
  })

  afterAll(async () => {
    await redis?.stop()
    rmSync(redisDirectory, { recursive: true, force: true })
  })

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spoor-bullmq-'))
    logs = defineLogs({
      directory,
      root: { console: false, file: 'root.log' },
      loggers: { work: { file: 'work.log', format: 'json', console: false }, requests: { console: false } },
    })
    spoor = createSpoor({ service: 'test', logs, tracking: { mode: 'all' } })
    telemetry = bullmqTelemetry(spoor)
  })

  afterEach(async () => {
    await spoor.close()
    await logs.close()
    rmSync(directory, { recursive: true })
  })

  const connection = () => ({ url: redis.url, maxRetriesPerRequest: null })
  const freshName = (): string => `queue-${process.pid}-${names++}`

  function openQueue(name = freshName(), options: Partial<QueueOptions> = {}): Queue {
    const queue = new Queue(name, { connection: connection(), telemetry, ...options })
    queue.on('error', () => {})
    onTestFinished(() => queue.close())
    return queue
  }

  function openWorker(name: string, processor: Processor, options: Partial<WorkerOptions> = {}): Worker {
    const worker = new Worker(name, telemetry.processor(processor), { connection: connection(), telemetry, ...options })
    worker.on('error', () => {})
    onTestFinished(() => worker.close())
    return worker
  }

  async function linesOf(file: string): Promise<Line[]> {
    await logs.flush()
    try {
      const text = readFileSync(join(directory, file), 'utf8')
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line)
    } catch {
      return []
    }
  }

  /** The lines of attempts at jobs, once there are so many. */
  function attempts(count: number): Promise<Line[]> {
    return vi.waitFor(async () => {
      const lines = (await linesOf('requests.jsonl')).filter(({ kind }) => kind === 'job')
      if (lines.length < count) throw new Error(`${lines.length} of ${count} lines: ${JSON.stringify(lines)}`)
      return lines
    }, WAITING)
  }

  test('has an id of its own, the request that added it as parent, its account, and nothing in its data', async () => {
    const queue = openQueue()
    const job = await spoor.run({ requestId: 'request-1', account: 'acme', roles: ['admin'] }, () =>
      queue.add('mail', { to: 'mara' }),
    )
    expect(job.data).toEqual({ to: 'mara' })
    const seen = vi.fn()
    openWorker(queue.name, async ({ data }) => {
      seen(data, spoor.context()?.roles, spoor.context()?.name)
      logs.get('work').info('mailing')
    })
    const [line] = await attempts(1)
    expect(seen).toHaveBeenCalledWith({ to: 'mara' }, [], 'mail')
    expect(line).toMatchObject({ parentId: 'request-1', account: 'acme', name: 'mail', attempt: 1 })
    expect(line?.queuedMs).toBeGreaterThanOrEqual(0)
    expect(line?.cpu).toMatchObject({ ms: expect.any(Number) })
    expect(await linesOf('work.log')).toMatchObject([
      { requestId: line?.requestId, parentId: 'request-1', account: 'acme', message: 'mailing' },
    ])
  })

  test('keeps its id over its attempts, each with a line of its own, and fails with its error in full', async () => {
    const queue = openQueue()
    const options = { attempts: 3, backoff: { type: 'fixed', delay: 20 } }
    await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}, options))
    openWorker(queue.name, async ({ attemptsStarted }) => {
      logs.get('work').info('trying')
      if (attemptsStarted < 3) throw new TypeError(`no luck ${attemptsStarted}`)
    })
    const lines = await attempts(3)
    expect(lines).toMatchObject([
      { level: 'error', attempt: 1, error: { type: 'TypeError', message: 'no luck 1', stack: expect.any(String) } },
      { level: 'error', attempt: 2, error: { message: 'no luck 2' } },
      { level: 'info', attempt: 3 },
    ])
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(1)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(3)
    for (const line of [...lines, ...(await linesOf('work.log'))]) {
      expect(line).toMatchObject({ requestId: lines[0]?.requestId, parentId: 'request-1', account: 'acme' })
    }
    expect(lines[1]).not.toHaveProperty('queuedMs')
  })
})
