import { describe, expect, test, vi } from 'vitest'
import type { Config } from '../config.js'
import { type Address, type Answer, call, type Line, linesOf, post, start, WAITING } from './publisher.js'
import { postJson, startSite } from './site.js'

export function publishLaterAs(publisher: Address, token: string, body: unknown = post): Promise<Answer> {
  return call(publisher, 'POST', '/api/v1/publish?later=1', { token, body })
}

/** Requests a job until it is in one of these states. */
export function jobIn(publisher: Address, token: string, jobId: unknown, ...states: string[]): Promise<Answer> {
  return vi.waitFor(async () => {
    const answer = await call(publisher, 'GET', `/api/v1/jobs/${jobId}`, { token })
    if (!states.includes(String(answer.json.state))) throw new Error(`the job is ${answer.text}`)
    return answer
  }, PATIENT)
}

/** Long enough for a site to return and for the next attempt. */
const PATIENT = { timeout: 40_000, interval: 20 }

/** Resolves to the lines of job attempts that a request caused, once there are `count` of them. */
export function attemptsOf(requestId: string, count: number): Promise<Line[]> {
  return vi.waitFor(async () => {
    const lines = (await linesOf('requests.jsonl')).filter(({ parentId }) => parentId === requestId)
    if (lines.length < count) throw new Error(`${lines.length} of ${count} attempts`)
    return lines
  }, WAITING)
}

/** Tests of publishing later, the same for each kind of queue. */
export function publishingLater(where: string, config: () => Partial<Config>): void {
  describe(`publishing later, ${where}`, () => {
    test('answers 202 with a job that publishes the post, with its own id and the request as parent', async () => {
      const publisher = await start(config())
      const answer = await publishLaterAs(publisher, 'acme-user')
      const { jobId } = answer.json
      expect(answer).toMatchObject({ status: 202, json: { jobId: expect.any(String) } })
      expect(answer.headers.get('location')).toBe(`/api/v1/jobs/${jobId}`)

      const done = await jobIn(publisher, 'acme-user', jobId, 'done')
      expect(done.json).toEqual({
        jobId,
        state: 'done',
        attempts: 1,
        published: { postId: 1, link: expect.any(String) },
      })
      const [attempt] = await attemptsOf(answer.id, 1)
      expect(attempt).toMatchObject({ kind: 'job', name: 'publish', attempt: 1, account: 'acme', level: 'info' })
      const steps = await linesOf('publish_sync.log', attempt?.requestId)
      expect(steps.map(({ message }) => message)).toEqual([
        'post accepted',
        'post created',
        'post read back',
        'published',
      ])
      const calls = await linesOf('wordpress-api.log', attempt?.requestId)
      for (const line of [...steps, ...calls]) expect(line).toMatchObject({ account: 'acme', parentId: answer.id })
      expect(calls).toHaveLength(2)
      const [request] = await linesOf('requests.jsonl', answer.id)
      expect(request).toMatchObject({ jobsQueued: 1, status: 202 })
    })

    test('shows a job to its account only, and answers other accounts as for an unknown job', async () => {
      const publisher = await start(config())
      const { json } = await publishLaterAs(publisher, 'acme-user')
      await jobIn(publisher, 'acme-admin', json.jobId, 'done')
      const unknown = '00000000-0000-4000-8000-000000000000'
      const answers = await Promise.all(
        [json.jobId, unknown, 'meta', 'wait', 'events'].map((id) =>
          call(publisher, 'GET', `/api/v1/jobs/${id}`, { token: 'globex-user' }),
        ),
      )
      const bodies = answers.map(({ status, text, id }) => [status, text.replace(id, 'ID')])
      for (const body of bodies) expect(body).toEqual(bodies[1])
      expect(bodies[1]?.[0]).toBe(404)
      expect(await call(publisher, 'GET', `/api/v1/jobs/${json.jobId}`)).toMatchObject({ status: 401 })
    })

    test('retries a failing site with growing delays, under one id, until it takes the post', async () => {
      let asked = 0
      const wordpress = await startSite((_, res) => {
        if (++asked <= 2) res.writeHead(500).end('{}')
        else res.setHeader('content-type', 'application/json').end(postJson())
      })
      const publisher = await start({ ...config(), wordpress, jobBackoffMs: 100 })
      const answer = await publishLaterAs(publisher, 'acme-user')
      expect((await jobIn(publisher, 'acme-user', answer.json.jobId, 'done')).json).toMatchObject({ attempts: 3 })
      const attempts = await attemptsOf(answer.id, 3)
      expect(attempts).toMatchObject([
        { attempt: 1, level: 'error', error: { code: 'wordpress_failed' }, willRetry: true, nextAttemptInMs: 100 },
        { attempt: 2, level: 'error', maxAttempts: 5, willRetry: true, nextAttemptInMs: 200 },
        { attempt: 3, level: 'info', maxAttempts: 5 },
      ])
      expect(attempts[2]).not.toHaveProperty('willRetry')
      expect(new Set(attempts.map(({ requestId }) => requestId)).size).toBe(1)
      // A timer of n ms may fire 1 ms early.
      const [first = 0, second = 0, third = 0] = attempts.map(({ startedAt }) => Date.parse(String(startedAt)))
      expect(second - first).toBeGreaterThanOrEqual(99)
      expect(third - second).toBeGreaterThanOrEqual(199)
    })

    test('fails after five attempts if the site stays away', async () => {
      const wordpress = await startSite((_, res) => res.writeHead(500).end('{}'))
      const publisher = await start({ ...config(), wordpress, jobBackoffMs: 1 })
      const answer = await publishLaterAs(publisher, 'acme-user')
      const { json } = await jobIn(publisher, 'acme-user', answer.json.jobId, 'failed')
      expect(json).toMatchObject({ state: 'failed', attempts: 5 })
      const attempts = await attemptsOf(answer.id, 5)
      expect(attempts.map(({ willRetry }) => willRetry)).toEqual([true, true, true, true, false])
      expect(attempts[4]).not.toHaveProperty('nextAttemptInMs')
    })

    test('fails at once if the site refuses the post', async () => {
      const wordpress = await startSite((_, res) => res.writeHead(400).end('{"code":"rest_invalid_param"}'))
      const publisher = await start({ ...config(), wordpress })
      const answer = await publishLaterAs(publisher, 'acme-user')
      const { json } = await jobIn(publisher, 'acme-user', answer.json.jobId, 'failed')
      expect(json).toEqual({ jobId: answer.json.jobId, state: 'failed', attempts: 1 })
      expect(await attemptsOf(answer.id, 1)).toMatchObject([{ level: 'error', account: 'acme', willRetry: false }])
    })

    test('finishes a running attempt and its line when the service closes', async () => {
      let answer: (() => void) | undefined
      const wordpress = await startSite((_, res) => {
        const respond = (): void => void res.setHeader('content-type', 'application/json').end(postJson())
        if (answer === undefined) answer = respond
        else respond()
      })
      const publisher = await start({ ...config(), wordpress })
      const { id } = await publishLaterAs(publisher, 'acme-user')
      await vi.waitFor(() => expect(answer).toBeDefined(), WAITING)
      const closed = publisher.close()
      await vi.waitFor(() => expect(fetch(publisher.url)).rejects.toThrow(), WAITING)
      answer?.()
      await closed
      // Already now, not later.
      const attempt = (await linesOf('requests.jsonl')).find(({ parentId }) => parentId === id)
      expect(attempt).toMatchObject({ attempt: 1, level: 'info', account: 'acme' })
      const steps = await linesOf('publish_sync.log', attempt?.requestId)
      expect(steps.at(-1)).toMatchObject({ message: 'published', parentId: id })
    })

    test('checks the post before it is queued', async () => {
      const answer = await publishLaterAs(await start(config()), 'acme-user', { title: '' })
      expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_post' } })
    })
  })
}
