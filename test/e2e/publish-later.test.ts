// The example's jobs over a real Redis. Left out, by name, where Redis is not installed.
import '../../examples/publisher/testing/log-directory.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Publisher } from '../../examples/publisher/publisher.js'
import { attemptsOf, jobIn, publishingLater, publishLaterAs } from '../../examples/publisher/testing/later.js'
import { type Answer, call, start, WAITING } from '../../examples/publisher/testing/publisher.js'
import { deadAddress, postJson, startSite } from '../../examples/publisher/testing/site.js'
import { temporaryFolder } from '../programs/folder.js'
import { available, type Redis, startRedis } from './services.js'

const AT_ONCE = { timeout: 20_000, interval: 0 }

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

  test('a finished job returns the published post, also while it finishes', async () => {
    const publisher = await start({ redisUrl: redis.url })
    for (let count = 0; count < 30; count++) {
      const { json } = await publishLaterAs(publisher, 'acme-user')
      const done = await vi.waitFor(async () => {
        const answer = await call(publisher, 'GET', `/api/v1/jobs/${json.jobId}`, { token: 'acme-user' })
        if (answer.json.state !== 'done') throw new Error(`the job is ${answer.text}`)
        return answer
      }, AT_ONCE)
      expect(done.json).toMatchObject({ published: { link: expect.any(String) } })
    }
  })

  test('jobs get a 503 without Redis, and all other routes work', async () => {
    const url = (await deadAddress()).replace('http:', 'redis:')
    const publisher = await start({ redisUrl: url })
    const answer = await publishLaterAs(publisher, 'acme-user')
    expect(answer).toMatchObject({ status: 503, json: { code: 'jobs_unavailable', requestId: answer.id } })
    expect(answer.headers.get('retry-after')).toBe('5')
    const posted = { title: 'A title', content: 'Text' }
    const token = 'acme-user'
    expect(await call(publisher, 'POST', '/api/v1/publish', { token, body: posted })).toMatchObject({ status: 201 })
  })

  test('jobs get a 503 when Redis hangs, and the service can stop', async () => {
    // Of its own: what it was asked while it hung it may do afterwards.
    const hanging = await startRedis({ dir: temporaryFolder() })
    onTestFinished(hanging.stop)
    const publisher = await start({ redisUrl: hanging.url })
    const { json } = await publishLaterAs(publisher, 'acme-user')
    await jobIn(publisher, 'acme-user', json.jobId, 'done')
    process.kill(hanging.pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(hanging.pid, 'SIGCONT'))
    expect(await publishLaterAs(publisher, 'acme-user')).toMatchObject({ status: 503 })
    const began = performance.now()
    await publisher.close()
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  test('jobs are queued once Redis starts, and earlier refused jobs are not published', async () => {
    const { wordpress, taken } = await startTakingSite()
    const url = (await deadAddress()).replace('http:', 'redis:')
    const publisher = await start({ redisUrl: url, wordpress })
    expect(await publishTitled(publisher, 'refused')).toMatchObject({ status: 503 })
    const late = await startRedis({ dir: temporaryFolder(), port: Number(new URL(url).port) })
    onTestFinished(late.stop)
    await queuedAtLast(publisher, 'after')
    expect(taken).toEqual(['after'])
  })

  test('jobs are queued again after a restart of Redis, and jobs refused meanwhile are not published', async () => {
    const { wordpress, taken } = await startTakingSite()
    const publisher = await start({ redisUrl: redis.url, wordpress })
    await queuedAtLast(publisher, 'before')
    process.kill(redis.pid, 'SIGKILL')
    expect(await publishTitled(publisher, 'refused')).toMatchObject({ status: 503 })
    redis = await startRedis({ dir, port: Number(new URL(redis.url).port) })
    const after = await queuedAtLast(publisher, 'after')
    expect(await attemptsOf(after.id, 1)).toMatchObject([{ account: 'acme', attempt: 1 }])
    expect(taken).toEqual(['before', 'after'])
  })

  test('the service stops when Redis is gone', async () => {
    const publisher = await start({ redisUrl: redis.url })
    await queuedAtLast(publisher, 'before')
    process.kill(redis.pid, 'SIGKILL')
    await publisher.close()
    redis = await startRedis({ dir, port: Number(new URL(redis.url).port) })
  })

  test('a job that Redis lost is unknown, and its log lines stay', async () => {
    const wordpress = await startSite((_, res) => res.writeHead(500).end('{}'))
    const publisher = await start({ redisUrl: redis.url, wordpress, jobBackoffMs: 600_000 })
    const { id, json } = await publishTitled(publisher, 'waiting')
    await jobIn(publisher, 'acme-user', json.jobId, 'retrying')
    process.kill(redis.pid, 'SIGKILL')
    redis = await startRedis({ dir, port: Number(new URL(redis.url).port) })
    await vi.waitFor(async () => {
      const answer = await call(publisher, 'GET', `/api/v1/jobs/${json.jobId}`, { token: 'acme-user' })
      expect(answer).toMatchObject({ status: 404, json: { code: 'unknown_job' } })
    }, WAITING)
    expect(await attemptsOf(id, 1)).toMatchObject([{ attempt: 1, level: 'error' }])
  })
})

/** A site that takes every post, and the titles it took. */
async function startTakingSite() {
  const taken: string[] = []
  const wordpress = await startSite(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    if (body !== '') taken.push(JSON.parse(body).title)
    res.setHeader('content-type', 'application/json').end(postJson({ title: { raw: taken.at(-1) } }))
  })
  return { wordpress, taken }
}

function publishTitled(publisher: Publisher, title: string): Promise<Answer> {
  return publishLaterAs(publisher, 'acme-user', { title, content: 'Text' })
}

/** Queues a post as soon as there is a Redis, and sees its job done. Jobs queued before it are then done too. */
async function queuedAtLast(publisher: Publisher, title: string): Promise<Answer> {
  const answer = await vi.waitFor(async () => {
    const answer = await publishTitled(publisher, title)
    expect(answer).toMatchObject({ status: 202 })
    return answer
  }, WAITING)
  await jobIn(publisher, 'acme-user', answer.json.jobId, 'done')
  return answer
}
