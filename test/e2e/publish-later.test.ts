// The example's jobs over a real Redis. Left out, by name, where Redis is not installed.
import '../../examples/publisher/testing/log-directory.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { attemptsOf, jobIn, publishingLater, publishLaterAs } from '../../examples/publisher/testing/later.js'
import { call, start } from '../../examples/publisher/testing/publisher.js'
import { deadAddress } from '../../examples/publisher/testing/site.js'
import { available, type Redis, startRedis } from './services.js'

describe.skipIf(!available('redis'))('with REDIS_URL', () => {
  const dir = mkdtempSync(join(tmpdir(), 'publish-redis-'))
  let redis: Redis

  beforeAll(async () => {
    redis = await startRedis({ dir })
  })

  afterAll(async () => {
    await redis?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  publishingLater('over Redis', () => ({ redisUrl: redis.url }))

  test('a Redis that is not there is a 503 for jobs and nothing for the rest', async () => {
    const url = (await deadAddress()).replace('http:', 'redis:')
    const publisher = await start({ redisUrl: url })
    const answer = await publishLaterAs(publisher, 'acme-user')
    expect(answer).toMatchObject({ status: 503, json: { code: 'jobs_unavailable', requestId: answer.id } })
    expect(answer.headers.get('retry-after')).toBe('5')
    const posted = { title: 'A title', content: 'Text' }
    const token = 'acme-user'
    expect(await call(publisher, 'POST', '/api/v1/publish', { token, body: posted })).toMatchObject({ status: 201 })
  })

  test('a Redis that hangs is a 503 for jobs, and does not keep the service from ending', async () => {
    const publisher = await start({ redisUrl: redis.url })
    const { json } = await publishLaterAs(publisher, 'acme-user')
    await jobIn(publisher, 'acme-user', json.jobId, 'done')
    process.kill(redis.pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(redis.pid, 'SIGCONT'))
    expect(await publishLaterAs(publisher, 'acme-user')).toMatchObject({ status: 503 })
    const began = performance.now()
    await publisher.close()
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  test('a Redis that is killed and started again is queued to again', async () => {
    const publisher = await start({ redisUrl: redis.url })
    const before = await publishLaterAs(publisher, 'acme-user')
    await jobIn(publisher, 'acme-user', before.json.jobId, 'done')
    process.kill(redis.pid, 'SIGKILL')
    expect(await publishLaterAs(publisher, 'acme-user')).toMatchObject({ status: 503 })
    redis = await startRedis({ dir, port: Number(new URL(redis.url).port) })
    const after = await publishLaterAs(publisher, 'acme-user')
    await jobIn(publisher, 'acme-user', after.json.jobId, 'done')
    expect(await attemptsOf(after.id, 1)).toMatchObject([{ account: 'acme', attempt: 1 }])
  })
})
