// Jobs over a real Redis with BullMQ. Left out, by name, where Redis is not installed.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DelayedError,
  FlowProducer,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import type { Spoor } from 'spoor'
import { type BullmqTelemetry, bullmqTelemetry } from 'spoor/bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Followed, followJobs, type Line, WAITING } from './followed-jobs.js'
import { available, type Redis, startRedis } from './services.js'

describe.skipIf(!available('redis'))('a job of BullMQ', () => {
  const redisDirectory = mkdtempSync(join(tmpdir(), 'spoor-bullmq-redis-'))
  let redis: Redis
  let followed: Followed
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
    followed = followJobs()
    spoor = followed.spoor
    telemetry = bullmqTelemetry(spoor)
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

  const attempts = (count: number): Promise<Line[]> => followed.attempts(count)

  test('has its own id, the id of its request as parent, the account, and nothing in its data', async () => {
    const queue = openQueue()
    const job = await spoor.run({ requestId: 'request-1', account: 'acme', roles: ['admin'] }, () =>
      queue.add('mail', { to: 'mara' }),
    )
    expect(job.data).toEqual({ to: 'mara' })
    const seen = vi.fn()
    openWorker(queue.name, async ({ data }) => {
      seen(data, spoor.context()?.roles, spoor.context()?.name)
      followed.logs.get('work').info('mailing')
    })
    const [line] = await attempts(1)
    expect(seen).toHaveBeenCalledWith({ to: 'mara' }, [], 'mail')
    expect(line).toMatchObject({ parentId: 'request-1', account: 'acme', name: 'mail', attempt: 1 })
    expect(line?.queuedMs).toBeGreaterThanOrEqual(0)
    expect(line?.cpu).toMatchObject({ ms: expect.any(Number) })
    expect(await followed.linesOf('work.log')).toMatchObject([
      { requestId: line?.requestId, parentId: 'request-1', account: 'acme', message: 'mailing' },
    ])
  })

  test('keeps its id over all attempts, with a line for each attempt and the full error', async () => {
    const queue = openQueue()
    const options = { attempts: 3, backoff: { type: 'fixed', delay: 20 } }
    await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}, options))
    openWorker(queue.name, async ({ attemptsStarted }) => {
      followed.logs.get('work').info('trying')
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
    for (const line of [...lines, ...(await followed.linesOf('work.log'))]) {
      expect(line).toMatchObject({ requestId: lines[0]?.requestId, parentId: 'request-1', account: 'acme' })
    }
    expect(lines[1]).not.toHaveProperty('queuedMs')
  })

  test('is the parent of the jobs that it adds, in the same account', async () => {
    const [first, second] = [openQueue(), openQueue()]
    openWorker(first.name, () => second.add('second', {}))
    openWorker(second.name, async () => {})
    await spoor.run({ requestId: 'request-1', account: 'acme' }, () => first.add('first', {}))
    const [one, two] = await attempts(2)
    expect(one).toMatchObject({ name: 'first', parentId: 'request-1', account: 'acme', jobsQueued: 1 })
    expect(two).toMatchObject({ name: 'second', parentId: one?.requestId, account: 'acme' })
  })

  test('is listed in the record of its request, under its id, once it is in the queue', async () => {
    const queue = openQueue()
    await spoor.runChild(spoor.carry(), { name: 'parent' }, () => queue.add('mail', {}))
    openWorker(queue.name, async () => {})
    const [parent, job] = await attempts(2)
    expect(parent).toMatchObject({ name: 'parent', jobsQueued: 1 })
    expect(followed.kept.find(({ id }) => id === parent?.id)?.jobs).toEqual([
      { id: job?.requestId, name: 'mail', queuedAtMs: expect.any(Number) },
    ])
  })

  test('is not listed if it could not be added', async () => {
    const queue = openQueue()
    const refused = spoor.runChild(spoor.carry(), { name: 'parent' }, () => queue.add('mail', {}, { jobId: '0' }))
    await expect(refused).rejects.toThrow('JobId cannot be')
    expect((await attempts(1))[0]).not.toHaveProperty('jobsQueued')
  })

  test('has its own id when it is added in bulk, which begins with the listed id', async () => {
    const queue = openQueue()
    const options = { attempts: 2, backoff: { type: 'fixed', delay: 1 } }
    const bulk = [1, 2, 3].map((data) => ({ name: 'mail', data, opts: options }))
    await spoor.runChild(spoor.carry(), { name: 'parent' }, () => queue.addBulk(bulk))
    openWorker(queue.name, async ({ data, attemptsStarted }) => {
      if (data === 2 && attemptsStarted === 1) throw new Error('once')
    })
    const [parent, ...jobs] = await attempts(5)
    expect(parent).toMatchObject({ jobsQueued: 3 })
    const [listed] = followed.kept.find(({ id }) => id === parent?.id)?.jobs ?? []
    expect(listed).toMatchObject({ name: 'mail', count: 3 })
    expect(new Set(jobs.map(({ requestId }) => requestId)).size).toBe(3)
    for (const { requestId, parentId } of jobs) {
      expect(String(requestId).startsWith(`${listed?.id}/`)).toBe(true)
      expect(parentId).toBe(parent?.requestId)
    }
  })

  test('in a flow has the request that added the flow as parent, also as a child or grandchild', async () => {
    const name = openQueue().name
    const flows = new FlowProducer({ connection: connection(), telemetry })
    onTestFinished(() => flows.close())
    openWorker(name, async () => {})
    const [leaf, opts] = [{ name: 'leaf', queueName: name, opts: {} }, {}]
    const branch = { name: 'branch', queueName: name, opts, children: [leaf, leaf] }
    await spoor.runChild(spoor.carry(), { name: 'parent' }, () =>
      flows.add({ name: 'root', queueName: name, opts, children: [branch] }),
    )
    const [parent, ...jobs] = await attempts(5)
    expect(parent).toMatchObject({ jobsQueued: 4 })
    expect(jobs.map((job) => job.name)).toEqual(['leaf', 'leaf', 'branch', 'root'])
    for (const { parentId } of jobs) expect(parentId).toBe(parent?.requestId)
    expect(new Set(jobs.map(({ requestId }) => requestId)).size).toBe(4)
  })

  test('with a delay has its request as parent, and counts the delay as time in the queue', async () => {
    const queue = openQueue()
    openWorker(queue.name, async () => {})
    await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('later', {}, { delay: 150 }))
    const [line] = await attempts(1)
    expect(line).toMatchObject({ parentId: 'request-1', account: 'acme', attempt: 1 })
    expect(line?.queuedMs).toBeGreaterThanOrEqual(149)
  })

  test('that repeats begins a fresh chain each time, without an account, whatever ran before', async () => {
    const queue = openQueue()
    let runs = 0
    const worker = openWorker(queue.name, async ({ name }) => {
      if (name === 'tick' && runs++ === 0) throw new Error('once')
    })
    const set = { account: 'acme', requestId: 'request-1' }
    const opts = { attempts: 2, backoff: { type: 'fixed', delay: 1 } }
    await spoor.runChild({ v: 1, id: 'setting-up', account: 'acme' }, {}, () =>
      queue.upsertJobScheduler('clock', { every: 60 }, { name: 'tick', opts }),
    )
    await spoor.run(set, () => queue.add('mail', {}))
    const lines = await vi.waitFor(async () => {
      const there = await attempts(7)
      expect(there.map(({ attempt }) => attempt)).toContain(2)
      return there
    }, WAITING)
    await queue.removeJobScheduler('clock')
    await worker.close()
    expect(lines.find(({ requestId }) => requestId === 'setting-up')).not.toHaveProperty('jobsQueued')
    const ticks = lines.filter(({ name }) => name === 'tick')
    for (const tick of ticks) {
      expect(tick).not.toHaveProperty('parentId')
      expect(tick).not.toHaveProperty('account')
    }
    // On a busy machine the next tick may come before the second attempt.
    const failed = ticks.find(({ level }) => level === 'error')
    expect(ticks.filter(({ requestId }) => requestId === failed?.requestId)).toMatchObject([
      { attempt: 1, level: 'error' },
      { attempt: 2, level: 'info' },
    ])
    expect(new Set(ticks.map(({ requestId }) => requestId)).size).toBe(ticks.length - 1)
  })

  test('has one id over all attempts, and each repetition its own, for every queue name', async () => {
    const queue = openQueue(`my queue, ${freshName()}`)
    openWorker(queue.name, async ({ attemptsStarted }) => {
      if (attemptsStarted === 1) throw new Error('once')
    })
    const opts = { attempts: 2 }
    await spoor.run({ account: 'acme' }, () => queue.upsertJobScheduler('clock', { every: 60 }, { name: 'tick', opts }))
    // On a busy machine the next tick may come before the second attempt.
    const ids = await vi.waitFor(async () => {
      const seconds = (await attempts(4)).filter(({ attempt }) => attempt === 2)
      expect(seconds.length).toBeGreaterThanOrEqual(2)
      return seconds.map(({ requestId }) => requestId)
    }, WAITING)
    await queue.removeJobScheduler('clock')
    expect(new Set(ids).size).toBe(ids.length)
    const ticks = await attempts(4)
    for (const id of ids)
      expect(ticks.filter(({ requestId }) => requestId === id).map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('with a long name shows the start of the name', async () => {
    const queue = openQueue()
    openWorker(queue.name, async () => {})
    await queue.add('n'.repeat(300), {})
    expect(await attempts(1)).toMatchObject([{ name: 'n'.repeat(200) }])
  })

  test('keeps its id for a processor of another bullmqTelemetry', async () => {
    const queue = openQueue()
    const processor = bullmqTelemetry(spoor).processor(async () => {})
    const worker = new Worker(queue.name, processor, { connection: connection(), telemetry })
    onTestFinished(() => worker.close())
    await queue.add('mail', {})
    expect((await attempts(1))[0]?.queuedMs).toBeGreaterThanOrEqual(0)
    expect(await followed.textOf('root.log')).toBe('')
  })

  test('with a processor file is refused at once, because a file cannot be wrapped', () => {
    const wrap = telemetry.processor as (processor: unknown) => unknown
    expect(() => wrap('/srv/mail.js')).toThrow('processor: expected a function, got a string')
  })

  test('does not pass its context to the check for stalled jobs', () => {
    const { contextManager } = telemetry
    const root = contextManager.root?.() ?? {}
    spoor.run({ requestId: 'request-1' }, () =>
      contextManager.with(root, () => expect(spoor.context()).toBeUndefined()),
    )
    expect.assertions(1)
  })

  test('keeps its metadata when BullMQ handles it without adding a job', () => {
    const { contextManager, tracer } = telemetry
    const carriedBy = (kind: number): string =>
      contextManager.getMetadata(tracer.startSpan('', { kind }).setSpanOnContext(contextManager.active()))
    expect([0, 3].map(carriedBy)).toEqual(['', expect.stringContaining('"v":1')])
  })

  test('does not run in the context of the request that started its worker', async () => {
    const queue = openQueue()
    spoor.run({ requestId: 'request-1', account: 'globex' }, () => openWorker(queue.name, async () => {}))
    await queue.add('mail', {})
    const [line] = await attempts(1)
    expect(line).not.toHaveProperty('parentId')
    expect(line).not.toHaveProperty('account')
  })

  test('from a producer without Spoor has one id over all attempts, without a warning', async () => {
    const queue = openQueue(freshName(), { telemetry: undefined as never })
    openWorker(queue.name, async ({ attemptsStarted }) => {
      if (attemptsStarted === 1) throw new Error('once')
    })
    const job = await queue.add('mail', {}, { attempts: 2 })
    const [first, second] = await attempts(2)
    expect(first).toMatchObject({ requestId: `${queue.name}/${job.id}` })
    expect(second).toMatchObject({ requestId: first?.requestId, attempt: 2 })
    expect(await followed.textOf('root.log')).toBe('')
  })

  test.each([
    ['that is not JSON', '{'],
    ['of another telemetry', JSON.stringify({ traceparent: '00-1' })],
    ['that is too large', JSON.stringify({ v: 1, id: 'x', account: 'acme', padding: 'x'.repeat(1_000_000) })],
    ['of another version', JSON.stringify({ v: 2, id: 'x', account: 'acme' })],
  ])('runs without an account for metadata %s, and logs a warning', async (_, metadata) => {
    const queue = openQueue(freshName(), { telemetry: undefined as never })
    await queue.add('mail', {}, { telemetry: { metadata } })
    openWorker(queue.name, async () => {})
    const [line] = await attempts(1)
    expect(line).toMatchObject({ name: 'mail', level: 'info' })
    expect(line).not.toHaveProperty('account')
    expect(await followed.textOf('root.log')).toContain(`[WARN] runChild: what was carried is not what carry gave`)
  })

  test('has one id over all attempts when its metadata is refused', async () => {
    const queue = openQueue(freshName(), { telemetry: undefined as never })
    const job = await queue.add('mail', {}, { attempts: 2, telemetry: { metadata: '{"traceparent":"00-1"}' } })
    openWorker(queue.name, async ({ attemptsStarted }) => {
      if (attemptsStarted === 1) throw new Error('once')
    })
    const requestId = `${queue.name}/${job.id}`
    expect(await attempts(2)).toMatchObject([
      { requestId, attempt: 1 },
      { requestId, attempt: 2 },
    ])
  })

  test('is listed without a name when a bulk has several names', async () => {
    const queue = openQueue()
    const bulk = ['mail', 'mail', 'text'].map((name) => ({ name, data: {} }))
    await spoor.runChild(spoor.carry(), { name: 'parent' }, () => queue.addBulk(bulk))
    await attempts(1)
    expect(followed.kept[0]?.jobs).toMatchObject([{ name: undefined, count: 3 }])
  })

  test('is not listed for an empty bulk', async () => {
    const queue = openQueue()
    await spoor.runChild(spoor.carry(), { name: 'parent' }, () => queue.addBulk([]))
    await attempts(1)
    expect(followed.kept).toMatchObject([{ name: 'parent', jobs: [] }])
  })

  test('leaves a failed line with the readable parts of its error', async () => {
    const queue = openQueue()
    await queue.add('mail', {})
    const unreadable = Object.defineProperty(new Error('no luck'), 'name', { get: () => expect.fail('asked') })
    openWorker(queue.name, () => Promise.reject(unreadable))
    expect(await attempts(1)).toMatchObject([{ level: 'error', error: { message: 'no luck' } }])
  })

  test.each([
    ['a string', 'just text'],
    ['an object', { code: 7 }],
    ['null', null],
    ['nothing', undefined],
  ])('whose processor throws %s leaves a failed line', async (_, thrown) => {
    const queue = openQueue()
    await queue.add('mail', {})
    openWorker(queue.name, () => Promise.reject(thrown))
    const [line] = await attempts(1)
    expect(line).toMatchObject({ level: 'error', attempt: 1, error: expect.anything() })
  })

  test('that is put back is not logged as failed', async () => {
    const queue = openQueue()
    const job = await queue.add('mail', {})
    openWorker(queue.name, async (running, token) => {
      if (running.attemptsStarted > 1) return
      await running.moveToDelayed(Date.now() + 20, token)
      throw new DelayedError()
    })
    const lines = await attempts(2)
    expect(lines).toMatchObject([
      { level: 'info', attempt: 1 },
      { level: 'info', attempt: 2, requestId: lines[0]?.requestId },
    ])
    // Its line comes before Redis knows.
    await vi.waitFor(async () => expect(await job.getState()).toBe('completed'), WAITING)
  })

  test("leaves its line without Spoor's processor too, with what BullMQ reports", async () => {
    const queue = openQueue()
    const worker = new Worker(queue.name, async () => Promise.reject(new TypeError('no luck')), {
      connection: connection(),
      telemetry,
    })
    onTestFinished(() => worker.close())
    await spoor.run({ requestId: 'request-1' }, () => queue.add('mail', {}, { attempts: 2 }))
    expect(await attempts(2)).toMatchObject([
      { level: 'error', attempt: 1, parentId: 'request-1', error: { type: 'JobError', message: 'no luck' } },
      { level: 'error', attempt: 2, parentId: 'request-1' },
    ])
  })

  test.each([
    ['null', null],
    ['nothing', undefined],
  ])('whose own processor throws %s is logged as unfinished', async (_, thrown) => {
    const queue = openQueue()
    const worker = new Worker(queue.name, () => Promise.reject(thrown), { connection: connection(), telemetry })
    worker.on('error', () => {})
    onTestFinished(() => worker.close())
    await queue.add('mail', {})
    expect(await attempts(1)).toMatchObject([
      { level: 'error', error: { type: 'JobError', message: expect.stringMatching(/\S/) } },
    ])
  })

  test('that BullMQ completed is not logged as failed when Redis was away in between', async () => {
    const { contextManager, tracer } = telemetry
    const span = tracer.startSpan('process', { kind: 4 })
    contextManager.with(span.setSpanOnContext({}), () => span.recordException('Connection is closed.'))
    span.addEvent('job completed', {})
    span.end()
    const [line] = await attempts(1)
    expect(line).toMatchObject({ level: 'info' })
    expect(line).not.toHaveProperty('error')
  })

  test('runs even if its worker has the processor but no telemetry, and one warning has the fix', async () => {
    const queue = openQueue()
    const ran = vi.fn(async () => {})
    openWorker(queue.name, ran, { telemetry: undefined as never })
    await queue.addBulk([1, 2].map((data) => ({ name: 'mail', data })))
    await vi.waitFor(() => expect(ran).toHaveBeenCalledTimes(2), WAITING)
    const said = await followed.textOf('root.log')
    expect(said.match(/pass both/g)).toHaveLength(1)
  })

  test('whose worker was killed is attempted again under its id, and its line has the stall', async () => {
    const queue = openQueue()
    await spoor.run({ requestId: 'request-1', account: 'acme' }, () => queue.add('mail', {}))
    const killed = startWorkerProcess(queue.name, redis.url)
    await vi.waitFor(async () => expect(await queue.getActiveCount()).toBe(1), WAITING)
    killed.kill('SIGKILL')
    openWorker(queue.name, async () => {}, { stalledInterval: 100 })
    const [line] = await attempts(1)
    expect(line).toMatchObject({ attempt: 2, stalled: 1, parentId: 'request-1', account: 'acme', level: 'info' })
  })

  test('that stalled too often fails without running, and its line has the reason', async () => {
    const queue = openQueue()
    await spoor.run({ requestId: 'request-1' }, () => queue.add('mail', {}))
    const killed = startWorkerProcess(queue.name, redis.url)
    await vi.waitFor(async () => expect(await queue.getActiveCount()).toBe(1), WAITING)
    killed.kill('SIGKILL')
    const run = vi.fn(async () => {})
    openWorker(queue.name, run, { stalledInterval: 100, maxStalledCount: 0 })
    const [line] = await attempts(1)
    expect(line).toMatchObject({
      level: 'error',
      parentId: 'request-1',
      error: { message: expect.stringContaining('stalled') },
    })
    expect(run).not.toHaveBeenCalled()
  })

  test.each([
    ['closed', false],
    ['closed by force', true],
  ])('that runs while its worker and queue are %s leaves one line', async (_, force) => {
    const queue = openQueue()
    await spoor.run({ account: 'acme' }, () => queue.add('mail', {}))
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const processor = vi.fn(() => gate)
    const worker = openWorker(queue.name, processor)
    await vi.waitFor(() => expect(processor).toHaveBeenCalled(), WAITING)
    const closed = Promise.all([worker.close(force), queue.close()])
    open()
    await closed
    expect(await attempts(1)).toMatchObject([{ account: 'acme', attempt: 1, level: 'info' }])
  })
})

/**
 * A worker in a process of its own, whose jobs never end and whose locks last as long as a test can wait. It looks for no
 * stalled jobs: one that stood still for 300 ms would take up its own again.
 */
function startWorkerProcess(name: string, url: string): ChildProcess {
  const program = `
    const { Worker } = require('bullmq')
    const connection = { url: process.argv[2], maxRetriesPerRequest: null }
    const options = { connection, lockDuration: 300, skipStalledCheck: true }
    new Worker(process.argv[1], () => new Promise(() => {}), options)`
  const child = spawn(process.execPath, ['--eval', program, name, url], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
