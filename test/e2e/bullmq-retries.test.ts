// What the line of a failed attempt says of the next one, over a real Redis. Left out, by name, where Redis is not installed.
import { type JobsOptions, UnrecoverableError } from 'bullmq'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../programs/folder.js'
import { openQueues } from './bullmq-queues.js'
import type { Line } from './followed-jobs.js'
import { available, type Redis, startRedis } from './services.js'

describe.skipIf(!available('redis'))('the line and the record of a failed attempt at a job of BullMQ', () => {
  const dir = temporaryFolder(afterAll)
  let redis: Redis

  beforeAll(async () => {
    redis = await startRedis({ dir })
  })

  afterAll(async () => {
    await redis?.stop()
  })

  const next = ({ attempt, maxAttempts, willRetry, nextAttemptInMs }: Line): unknown[] => [
    attempt,
    maxAttempts,
    willRetry,
    nextAttemptInMs,
  ]

  async function fail(count: number, opts: JobsOptions, error: () => Error = () => new Error('no luck')) {
    const queues = openQueues(redis.url)
    await queues.queue.add('mail', {}, opts)
    queues.work(() => Promise.reject(error()), { settings: { backoffStrategy: (made) => (made > 1 ? -1 : 7) } })
    const lines = await queues.attempts(count)
    const records = lines.map(({ id }) => queues.kept.find((record) => record.id === id) as unknown as Line)
    expect(records.map(next)).toEqual(lines.map(next))
    return lines.map(next)
  }

  test.each<[string, JobsOptions, unknown[][]]>([
    ['with a single attempt', {}, [[1, 1, false, undefined]]],
    [
      'with an immediate retry',
      { attempts: 2 },
      [
        [1, 2, true, 0],
        [2, 2, false, undefined],
      ],
    ],
    [
      'with a retry after a fixed delay',
      { attempts: 2, backoff: 15 },
      [
        [1, 2, true, 15],
        [2, 2, false, undefined],
      ],
    ],
    [
      'with exponential backoff',
      { attempts: 3, backoff: { type: 'exponential', delay: 10 } },
      [
        [1, 3, true, 10],
        [2, 3, true, 20],
        [3, 3, false, undefined],
      ],
    ],
    [
      'whose backoff strategy stops early',
      { attempts: 5, backoff: { type: 'mine' } },
      [
        [1, 5, true, 7],
        [2, 5, false, undefined],
      ],
    ],
  ])('%s say whether another attempt follows, and when', async (_, opts, expected) => {
    expect(await fail(expected.length, opts)).toEqual(expected)
  })

  test('have the random delay that BullMQ chose', async () => {
    const [first] = await fail(2, { attempts: 2, backoff: { type: 'fixed', delay: 100, jitter: 1 } })
    expect(first?.slice(0, 3)).toEqual([1, 2, true])
    expect(first?.[3]).toBeGreaterThanOrEqual(0)
    expect(first?.[3]).toBeLessThanOrEqual(100)
  })

  test('say that no attempt follows an unrecoverable error', async () => {
    expect(await fail(1, { attempts: 3 }, () => new UnrecoverableError('never'))).toEqual([[1, 3, false, undefined]])
  })

  test("say without Spoor's processor, too, whether another attempt follows", async () => {
    const queues = openQueues(redis.url)
    await queues.queue.add('mail', {}, { attempts: 2, backoff: 5 })
    queues.work(() => Promise.reject(new Error('no luck')), { plain: true })
    expect((await queues.attempts(2)).map(next)).toEqual([
      [1, undefined, true, undefined],
      [2, undefined, false, undefined],
    ])
  })

  test('differ from the line of a successful attempt, which has no retry', async () => {
    const queues = openQueues(redis.url)
    await queues.queue.add('mail', {}, { attempts: 3 })
    queues.work(async () => {})
    expect((await queues.attempts(1)).map(next)).toEqual([[1, 3, undefined, undefined]])
  })
})
