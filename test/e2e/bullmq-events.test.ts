// What listeners and callbacks of BullMQ know of the job, over a real Redis. Left out, by name, where Redis is not installed.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DelayedError, type Job, type Processor, type Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { openQueues, type Queues } from './bullmq-queues.js'
import { WAITING } from './followed-jobs.js'
import { available, type Redis, startRedis } from './services.js'

interface Heard {
  readonly event: string
  /** BullMQ's id of the job that the event is about. */
  readonly about: string | undefined
  readonly account: string | undefined
  readonly requestId: string | undefined
}

const events = ['active', 'completed', 'failed', 'progress', 'drained', 'stalled', 'ready', 'error'] as const

describe.skipIf(!available('redis'))('listeners of a worker of BullMQ', () => {
  const dir = temporaryFolder(afterAll)
  let redis: Redis

  beforeAll(async () => {
    redis = await startRedis({ dir })
  })

  afterAll(async () => {
    await redis?.stop()
  })

  function listen({ spoor }: Queues, worker: Worker): Heard[] {
    const heard: Heard[] = []
    for (const event of events) {
      worker.on(event as 'active', (job: Job) => {
        const { account, requestId } = spoor.context() ?? {}
        heard.push({ event, about: job?.id, account, requestId })
      })
    }
    return heard
  }

  const accounts = ['acme', 'globex', 'initech']

  async function addThree({ spoor, queue }: Queues, opts = {}): Promise<Map<string | undefined, string>> {
    const owners = new Map<string | undefined, string>()
    for (const account of accounts) {
      const job = await spoor.run({ account }, () => queue.add('mail', { account }, opts))
      owners.set(job.id, account)
    }
    return owners
  }

  /** No id at all, or the one of the job that the event is about. */
  function expectNoForeignId(heard: Heard[], owners: Map<string | undefined, string>): void {
    for (const { event, about, account } of heard) {
      expect([event, about, account]).toEqual([event, about, account === undefined ? undefined : owners.get(about)])
    }
  }

  const fileProcessor = (): string => {
    const file = join(temporaryFolder(), 'mail.cjs')
    writeFileSync(file, 'module.exports = async () => {}')
    return file
  }

  const kinds: [string, () => Processor | string, boolean][] = [
    ['a wrapped processor', () => async () => {}, false],
    ['a processor that is not wrapped', () => async () => {}, true],
    ['a processor in its own file', fileProcessor, true],
    ['a wrapped processor that fails', () => () => Promise.reject(new Error('no luck')), false],
    ['a failing processor that is not wrapped', () => () => Promise.reject(new Error('no luck')), true],
  ]

  test.each(kinds)('never have the id of the job before, with %s', async (_, processor, plain) => {
    const queues = openQueues(redis.url)
    const owners = await addThree(queues)
    const heard = listen(queues, queues.work(processor(), { plain }))
    await vi.waitFor(() => expect(heard.map(({ event }) => event)).toContain('drained'), WAITING)
    const told = heard.filter(({ event }) => event === 'active' || event === 'drained')
    expect(told.map(({ event }) => event)).toEqual(['active', 'active', 'active', 'drained'])
    for (const one of told) expect(one).toMatchObject({ account: undefined, requestId: undefined })
    expectNoForeignId(heard, owners)
  })

  test('for completed and failed run with the id of the job', async () => {
    const queues = openQueues(redis.url)
    const owners = await addThree(queues)
    const worker = queues.work(
      async ({ data }) => {
        if (data.account === 'globex') throw new Error('no luck')
      },
      { concurrency: 2 },
    )
    const heard = listen(queues, worker)
    const outcomes = (): Heard[] => heard.filter(({ event }) => event === 'completed' || event === 'failed')
    await vi.waitFor(() => expect(outcomes()).toHaveLength(3), WAITING)
    for (const { about, account } of outcomes()) expect(account).toBe(owners.get(about))
  })

  test('for progress run with the id of the job that reports it, also inside a scope', async () => {
    const queues = openQueues(redis.url)
    const owners = await addThree(queues)
    const worker = queues.work((job) => queues.spoor.run({ name: 'step' }, () => job.updateProgress(50)), {
      concurrency: 3,
    })
    const heard = listen(queues, worker)
    const told = (): Heard[] => heard.filter(({ event }) => event === 'progress')
    await vi.waitFor(() => expect(told()).toHaveLength(3), WAITING)
    for (const { about, account } of told()) expect(account).toBe(owners.get(about))
  })

  test('do not run with the id of a job that was put back', async () => {
    const queues = openQueues(redis.url)
    const owners = await addThree(queues)
    const worker = queues.work(async (job, token) => {
      if (job.attemptsStarted > 1) return
      await job.moveToDelayed(Date.now() + 20, token)
      throw new DelayedError()
    })
    const heard = listen(queues, worker)
    await vi.waitFor(() => expect(heard.filter(({ event }) => event === 'completed')).toHaveLength(3), WAITING)
    expect(heard.filter(({ event }) => event === 'active')).toHaveLength(6)
    for (const one of heard.filter(({ event }) => event === 'active')) expect(one.requestId).toBeUndefined()
    expectNoForeignId(heard, owners)
  })

  test('of a worker that a request started do not run with the id of that request once the worker runs', async () => {
    const queues = openQueues(redis.url)
    const worker = queues.spoor.run({ requestId: 'lazy-1', account: 'globex' }, () => queues.work(async () => {}))
    const heard = listen(queues, worker)
    const first = await queues.queue.add('mail', {})
    await vi.waitFor(() => expect(heard.map(({ about }) => about)).toContain(first.id), WAITING)
    await vi.waitFor(() => expect(heard.map(({ event }) => event)).toContain('drained'), WAITING)
    heard.length = 0
    await queues.queue.add('mail', {})
    await vi.waitFor(() => expect(heard.map(({ event }) => event)).toContain('drained'), WAITING)
    expect(heard.filter(({ requestId }) => requestId === 'lazy-1')).toEqual([])
  })

  test('for calls of a request to the worker, and for events of the service, run with the id of that request', async () => {
    const queues = openQueues(redis.url)
    const worker = queues.work(async () => {})
    await queues.queue.add('mail', {})
    await queues.attempts(1)
    const seen: unknown[] = []
    const note = (): void => void seen.push(queues.spoor.context()?.requestId)
    worker.on('paused', note).on('mine' as 'paused', note)
    await queues.spoor.run({ requestId: 'pausing-1' }, async () => {
      worker.emit('mine' as 'paused')
      await worker.pause()
    })
    expect(seen).toEqual(['pausing-1', 'pausing-1'])
  })

  test('and a backoff strategy runs with the id of the failed job', async () => {
    const queues = openQueues(redis.url)
    const seen: unknown[] = []
    const owners = await addThree(queues, { attempts: 2, backoff: { type: 'mine' } })
    const backoffStrategy = (_made: number, _type?: string, _error?: Error, job?: { id?: string }): number => {
      seen.push([job?.id, queues.spoor.context()?.account])
      return 5
    }
    const settings = { backoffStrategy }
    queues.work(() => Promise.reject(new Error('no luck')), { settings })
    await queues.attempts(6)
    expect(seen).toEqual([...owners].map(([id, account]) => [id, account]))
  })

  test('and a worker can cancel a job whose processor takes a signal', async () => {
    const queues = openQueues(redis.url)
    let begun = (_jobId: string): void => {}
    const running = new Promise<string>((resolve) => {
      begun = resolve
    })
    const worker = queues.work((job, _token, signal) => {
      begun(String(job.id))
      return new Promise((_, reject) => {
        if (signal === undefined) throw new Error('there is no signal')
        signal.addEventListener('abort', () => reject(new Error('cancelled')))
      })
    })
    await queues.queue.add('mail', {})
    expect(worker.cancelJob(await running)).toBe(true)
    expect(await queues.attempts(1)).toMatchObject([{ level: 'error', error: { message: 'cancelled' } }])
  })

  test('and a worker reports that it cannot cancel a job whose processor takes no signal', async () => {
    const queues = openQueues(redis.url)
    const cancelled: boolean[] = []
    const worker = queues.work(async (job) => void cancelled.push(worker.cancelJob(String(job.id))))
    await queues.queue.add('mail', {})
    await queues.attempts(1)
    expect(cancelled).toEqual([false])
  })

  test('and a processor gets the arguments of BullMQ, and keeps its length and name', async () => {
    const queues = openQueues(redis.url)
    const seen: unknown[] = []
    async function sendMail(this: unknown, ...args: unknown[]): Promise<void> {
      seen.push(this, args.length)
    }
    const worker = queues.work(sendMail)
    await queues.queue.add('mail', {})
    await queues.attempts(1)
    expect(seen[0]).toBe(worker)
    expect(seen[1]).toBe(3)
    const lengths = [async () => {}, async (_: Job) => {}, async (_: Job, _token?: string, _signal?: AbortSignal) => {}]
    const shapeOf = ({ length, name }: { length: number; name: string }): unknown => ({ length, name })
    for (const fn of [...lengths, sendMail]) expect(shapeOf(queues.telemetry.processor(fn))).toEqual(shapeOf(fn))
  })
})
